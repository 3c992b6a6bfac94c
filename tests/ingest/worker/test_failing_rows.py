"""Rows that poison a model, over a real index."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import ClusterUnavailableError
from gram_es.index.state_store import next_run_number
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.batch import Batch
from ingest.runs.batch_store import Ledger
from ingest.runs.outcomes import Fate
from ingest.worker.batch_job import index_isolating, index_one_by_one
from ingest.worker.pipeline import Origin, Outcome, Pipeline

ROWS = [Row(n, n, Product(f"k-{n}", f"Kettle {n}")) for n in range(1, 8)]
ORIGIN = Origin("shop.xml", 1)


@pytest.fixture
def poison(model: Any) -> Any:
    """Let the model choke on these products, whatever they are read with."""

    def put(*ids: str) -> None:
        enrich = model.enrich

        def choke(products: Sequence[Product]) -> Any:
            if any(product.id in ids for product in products):
                raise RuntimeError("index out of range in self")
            return enrich(products)

        model.enrich = choke

    return put


def test_a_row_that_the_model_chokes_on_fails_alone(
    pipeline: Pipeline, poison: Any, model: Any
) -> None:
    poison("k-3")

    outcome = index_isolating(pipeline.index_rows, ROWS, ORIGIN)

    assert outcome.tally() == {Fate.NEW: 6, Fate.FAILED: 1}
    (failed,) = outcome.failed
    assert (failed.row, failed.stage) == (ROWS[2], "enrich")
    assert failed.reason == "RuntimeError: index out of range in self"
    assert sorted(model.asked) == [f"k-{n}" for n in (1, 2, 4, 5, 6, 7)]


def test_several_such_rows_fail_and_no_other(pipeline: Pipeline, poison: Any) -> None:
    poison("k-1", "k-4", "k-5", "k-7")

    outcome = index_isolating(pipeline.index_rows, ROWS, ORIGIN)

    assert [fate is Fate.FAILED for _, fate in sorted(outcome.fates.items())] == [
        number in (1, 4, 5, 7) for number in range(1, 8)
    ]


def test_a_poison_of_elasticsearch_beside_one_of_the_model(pipeline: Pipeline, poison: Any) -> None:
    poison("k-1")
    immense = Row(8, 8, Product("x", "Poison", attributes={"n" * 33_000: ("v",)}))

    outcome = index_isolating(pipeline.index_rows, [*ROWS, immense], ORIGIN)

    assert outcome.tally() == {Fate.NEW: 6, Fate.FAILED: 2}
    assert {failed.row.number: failed.stage for failed in outcome.failed} == {
        1: "enrich",
        8: "index",
    }


def test_what_is_not_about_a_row_is_not_looked_for_in_the_rows() -> None:
    asked = 0

    def away(_rows: Sequence[Row], _origin: Origin) -> Outcome:
        nonlocal asked
        asked += 1
        raise ClusterUnavailableError("away")

    with pytest.raises(ClusterUnavailableError):
        index_isolating(away, ROWS, ORIGIN)
    assert asked == 1


def test_a_row_that_ends_workers_fails_alone(
    client: Elasticsearch, installed: Settings, pipeline: Pipeline, model: Any
) -> None:
    run = next_run_number(client)
    enrich = model.enrich

    def die(products: Sequence[Product]) -> Any:
        if any(product.id == "k-3" for product in products):
            raise SystemExit("killed")
        return enrich(products)

    model.enrich = die
    workers = (Ledger(client, installed.index, lease_s=0, worker=f"host:{n}") for n in range(9))
    ledger = next(workers)
    ledger.add(Origin("shop.xml", run), Batch(1, tuple(ROWS)))

    def work(ledger: Ledger) -> Outcome | None:
        batch = ledger.take(run, 1)
        assert batch is not None
        assert not batch.has_killed_workers
        if not batch.is_suspicious:
            return index_isolating(pipeline.index_rows, batch.rows, batch.origin)
        return index_one_by_one(
            pipeline.index_rows,
            batch.rows,
            batch.origin,
            suspects=batch.suspects,
            before_each=partial(ledger.note_trying, batch),
        )

    for _ in range(4):
        with pytest.raises(SystemExit):
            work(next(workers))
    outcome = work(next(workers))

    assert outcome is not None
    assert outcome.tally() == {Fate.NEW: 6, Fate.FAILED: 1}
    (failed,) = outcome.failed
    assert (failed.row.number, failed.reason) == (
        3,
        "two workers ended while they were at this row",
    )

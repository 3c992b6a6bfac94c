"""Rows at which a model fails, over a real index."""

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
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import IndexingResult, Origin, Outcome
from ingest.worker.batch_job import index_isolating_failures, index_one_by_one
from ingest.worker.pipeline import Pipeline

ROWS = [Row(n, n, Product(f"k-{n}", f"Kettle {n}")) for n in range(1, 8)]
ORIGIN = Origin("shop.xml", 1)


@pytest.fixture
def fail_on(model: Any) -> Any:
    """A function that makes the model fail on every batch that contains one of given products."""

    def patch(*ids: str) -> None:
        enrich = model.enrich

        def failing_enrich(products: Sequence[Product]) -> Any:
            if any(product.id in ids for product in products):
                raise RuntimeError("index out of range in self")
            return enrich(products)

        model.enrich = failing_enrich

    return patch


def test_a_row_at_which_the_model_fails_fails_alone(
    pipeline: Pipeline, fail_on: Any, model: Any
) -> None:
    fail_on("k-3")

    result = index_isolating_failures(pipeline.index_rows, ROWS, ORIGIN)

    assert result.tally() == {Outcome.CREATED: 6, Outcome.FAILED: 1}
    (failed,) = result.failed
    assert (failed.row, failed.stage) == (ROWS[2], "enrich")
    assert failed.reason == "RuntimeError: index out of range in self"
    assert sorted(model.asked) == [f"k-{n}" for n in (1, 2, 4, 5, 6, 7)]


def test_several_such_rows_fail_and_no_others(pipeline: Pipeline, fail_on: Any) -> None:
    fail_on("k-1", "k-4", "k-5", "k-7")

    result = index_isolating_failures(pipeline.index_rows, ROWS, ORIGIN)

    assert [outcome is Outcome.FAILED for _, outcome in sorted(result.outcomes.items())] == [
        number in (1, 4, 5, 7) for number in range(1, 8)
    ]


def test_a_row_that_elasticsearch_rejects_and_one_that_the_model_fails_on(
    pipeline: Pipeline, fail_on: Any
) -> None:
    fail_on("k-1")
    immense = Row(8, 8, Product("x", "Poison", attributes={"n" * 33_000: ("v",)}))

    result = index_isolating_failures(pipeline.index_rows, [*ROWS, immense], ORIGIN)

    assert result.tally() == {Outcome.CREATED: 6, Outcome.FAILED: 2}
    assert {failed.row.number: failed.stage for failed in result.failed} == {
        1: "enrich",
        8: "index",
    }


def test_an_error_that_no_row_causes_is_raised_without_bisection() -> None:
    calls = 0

    def unavailable(_rows: Sequence[Row], _origin: Origin) -> IndexingResult:
        nonlocal calls
        calls += 1
        raise ClusterUnavailableError("unavailable")

    with pytest.raises(ClusterUnavailableError):
        index_isolating_failures(unavailable, ROWS, ORIGIN)
    assert calls == 1


def test_a_row_that_kills_workers_fails_alone(
    client: Elasticsearch, installed: Settings, pipeline: Pipeline, model: Any
) -> None:
    run = next_run_number(client)
    enrich = model.enrich

    def die(products: Sequence[Product]) -> Any:
        if any(product.id == "k-3" for product in products):
            raise SystemExit("killed")
        return enrich(products)

    model.enrich = die
    workers = (
        BatchStore(client, installed.index, lease_s=60, worker=f"host:{n}") for n in range(9)
    )
    ledger = next(workers)
    ledger.add(Origin("shop.xml", run), Batch(1, tuple(ROWS)))

    def process(ledger: BatchStore) -> IndexingResult | None:
        batch = ledger.lease(run, 1)
        assert batch is not None
        assert not batch.has_killed_workers
        if not batch.is_suspicious:
            return index_isolating_failures(pipeline.index_rows, batch.rows, batch.origin)
        return index_one_by_one(
            pipeline.index_rows,
            batch.rows,
            batch.origin,
            suspects=batch.suspects,
            before_each=partial(ledger.record_row_in_progress, batch),
        )

    for _ in range(4):
        with pytest.raises(SystemExit):
            process(next(workers))
        (seen,) = ledger.states(run, [1])
        assert ledger.revoke_lease(run, seen)
    result = process(next(workers))

    assert result is not None
    assert result.tally() == {Outcome.CREATED: 6, Outcome.FAILED: 1}
    (failed,) = result.failed
    assert (failed.row.number, failed.reason) == (
        3,
        "two workers died while they processed this row",
    )

"""Rows that poison a model, over a real index."""

from collections.abc import Sequence
from typing import Any

import pytest

from gram_es.errors import ClusterUnavailableError
from gram_es.records import Product
from ingest.fates import Fate
from ingest.feeds import Row
from ingest.isolating import index_isolating
from ingest.pipeline import Origin, Outcome, Pipeline

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

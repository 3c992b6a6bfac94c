from dataclasses import replace

import pytest

from ingest.runs.outcomes import Outcome
from ingest.worker.decisions import Decision, StoredProduct, decide, decide_unlisted

SAME, OTHER_OFFER, OTHER = (f"{'row':32}1", f"{'row':32}2", f"{'other':32}1")
STORED = StoredProduct(
    seq_no=7,
    primary_term=1,
    source="shop.xml",
    run=5,
    row=10,
    outcome=Outcome.CREATED,
    row_hash=SAME,
    input_hash="input",
)


@pytest.mark.parametrize(
    ("run", "row", "row_hash", "input_hash", "decision"),
    [
        (6, 1, SAME, "input", Decision(Outcome.UNCHANGED)),
        (6, 1, OTHER_OFFER, "input", Decision(Outcome.REUSED_CODES, updates=True)),
        (6, 1, OTHER, "input", Decision(Outcome.REUSED_CODES, rewrites=True)),
        (6, 1, OTHER, "other", Decision(Outcome.UPDATED, rewrites=True, calls_model=True)),
        (5, 10, SAME, "input", Decision(Outcome.CREATED)),
        (5, 9, OTHER, "other", Decision(Outcome.SUPERSEDED)),
        (4, 99, OTHER, "other", Decision(Outcome.SUPERSEDED)),
    ],
    ids=[
        "the same row again",
        "another price",
        "another image",
        "another title",
        "the same row delivered again keeps its outcome",
        "an older row of the same run",
        "an older run",
    ],
)
def test_a_stored_product_is_written_only_if_the_row_differs(
    run: int, row: int, row_hash: str, input_hash: str, decision: Decision
) -> None:
    actual = decide(STORED, run=run, row=row, row_hash=row_hash, input_hash=lambda: input_hash)

    assert actual == decision


def test_the_model_input_is_not_hashed_for_the_same_row_or_another_offer() -> None:
    def input_hash() -> str:
        raise AssertionError("the text was normalised for nothing")

    for run, row in ((6, 1), (5, 10), (4, 1)):
        decide(STORED, run=run, row=row, row_hash=SAME, input_hash=input_hash)
    decide(STORED, run=6, row=1, row_hash=OTHER_OFFER, input_hash=input_hash)


def test_a_missing_product_is_created() -> None:
    decision = decide(None, run=1, row=1, row_hash="row", input_hash=lambda: "input")

    assert decision == Decision(Outcome.CREATED, rewrites=True, calls_model=True)


@pytest.mark.parametrize("run", [5, 6])
@pytest.mark.parametrize("row_hash", [SAME, OTHER_OFFER])
def test_a_document_without_codes_of_the_models_slot_calls_the_model(
    run: int, row_hash: str
) -> None:
    bare = replace(STORED, input_hash=None)

    decision = decide(bare, run=run, row=10, row_hash=row_hash, input_hash=lambda: "input")

    assert decision == Decision(Outcome.UPDATED, rewrites=True, calls_model=True)


def test_a_product_is_read_from_a_document_that_ingest_did_not_write() -> None:
    document = {"_seq_no": 3, "_primary_term": 1, "_source": {"title": "Kettle"}}

    stored = StoredProduct.of(document, "m1")

    assert (stored.run, stored.row, stored.row_hash, stored.input_hash) == (0, 0, None, None)


@pytest.mark.parametrize(
    ("stored", "outcome"),
    [
        (STORED, Outcome.DELETED),
        (None, Outcome.DELETED),
        (replace(STORED, source="outlet.xml"), Outcome.RETAINED),
        (replace(STORED, source=None), Outcome.RETAINED),
        (replace(STORED, run=7), Outcome.RETAINED),
    ],
    ids=["as it was", "already deleted", "another feed's", "of no feed", "a newer run wrote it"],
)
def test_an_unlisted_product_is_deleted_if_an_older_run_of_the_same_feed_wrote_it(
    stored: StoredProduct | None, outcome: Outcome
) -> None:
    assert decide_unlisted(stored, source="shop.xml", run=6) == outcome

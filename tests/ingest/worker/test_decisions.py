from dataclasses import replace

import pytest

from ingest.runs.outcomes import Fate
from ingest.worker.decisions import Known, Verdict, decide, decide_unlisted

SAME, OTHER_OFFER, OTHER = (f"{'row':32}1", f"{'row':32}2", f"{'other':32}1")
KNOWN = Known(
    seq_no=7,
    primary_term=1,
    source="shop.xml",
    run=5,
    row=10,
    fate=Fate.NEW,
    row_hash=SAME,
    input_hash="input",
)


@pytest.mark.parametrize(
    ("run", "row", "row_hash", "input_hash", "verdict"),
    [
        (6, 1, SAME, "input", Verdict(Fate.UNCHANGED)),
        (6, 1, OTHER_OFFER, "input", Verdict(Fate.REUSED, updates=True)),
        (6, 1, OTHER, "input", Verdict(Fate.REUSED, rewrites=True)),
        (6, 1, OTHER, "other", Verdict(Fate.CHANGED, rewrites=True, calls_model=True)),
        (5, 10, SAME, "input", Verdict(Fate.NEW)),
        (5, 9, OTHER, "other", Verdict(Fate.SUPERSEDED)),
        (4, 99, OTHER, "other", Verdict(Fate.SUPERSEDED)),
    ],
    ids=[
        "the same row again",
        "another price",
        "another image",
        "another title",
        "the same row delivered again keeps its fate",
        "an older row of the same run",
        "an older run",
    ],
)
def test_a_known_product_is_written_only_where_the_row_says_more(
    run: int, row: int, row_hash: str, input_hash: str, verdict: Verdict
) -> None:
    found = decide(KNOWN, run=run, row=row, row_hash=row_hash, input_hash=lambda: input_hash)

    assert found == verdict


def test_the_same_row_and_another_offer_are_not_read_as_the_model_would_read_it() -> None:
    def read() -> str:
        raise AssertionError("the text was normalised for nothing")

    for run, row in ((6, 1), (5, 10), (4, 1)):
        decide(KNOWN, run=run, row=row, row_hash=SAME, input_hash=read)
    decide(KNOWN, run=6, row=1, row_hash=OTHER_OFFER, input_hash=read)


def test_an_unknown_product_is_new() -> None:
    verdict = decide(None, run=1, row=1, row_hash="row", input_hash=lambda: "input")

    assert verdict == Verdict(Fate.NEW, rewrites=True, calls_model=True)


@pytest.mark.parametrize("run", [5, 6])
@pytest.mark.parametrize("row_hash", [SAME, OTHER_OFFER])
def test_a_document_without_codes_of_the_models_slot_calls_the_model(
    run: int, row_hash: str
) -> None:
    bare = replace(KNOWN, input_hash=None)

    verdict = decide(bare, run=run, row=10, row_hash=row_hash, input_hash=lambda: "input")

    assert verdict == Verdict(Fate.CHANGED, rewrites=True, calls_model=True)


def test_a_product_is_read_from_a_document_that_ingest_did_not_write() -> None:
    found = {"_seq_no": 3, "_primary_term": 1, "_source": {"title": "Kettle"}}

    known = Known.of(found, "m1")

    assert (known.run, known.row, known.row_hash, known.input_hash) == (0, 0, None, None)


@pytest.mark.parametrize(
    ("known", "fate"),
    [
        (KNOWN, Fate.DELETED),
        (None, Fate.DELETED),
        (replace(KNOWN, source="outlet.xml"), Fate.KEPT),
        (replace(KNOWN, source=None), Fate.KEPT),
        (replace(KNOWN, run=7), Fate.KEPT),
    ],
    ids=["as it was", "gone already", "another feed's", "of no feed", "a newer run wrote it"],
)
def test_what_a_full_feed_no_longer_lists_is_deleted_if_it_is_the_feeds_own_and_older(
    known: Known | None, fate: Fate
) -> None:
    assert decide_unlisted(known, source="shop.xml", run=6) == fate

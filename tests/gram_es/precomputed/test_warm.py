"""Precomputed query codes: storing, using and deleting them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from gram_es.errors import CatalogueIndexError
from gram_es.index.scan import read_live_codes
from gram_es.precomputed.store import PrecomputedQuery, PrecomputedStore
from gram_es.precomputed.warm import WarmReport, warm
from gram_es.precomputed.watcher import PrecomputedWatcher
from gram_es.records import WeightedCode
from gram_es.retrieval.context import Deadline
from gram_es.retrieval.query.model_worker import ModelWorker
from gram_es.retrieval.recall.multi_search import retrieve
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.text.spelling.speller import Spelling

FREQUENT = [("cordless drill", 9), ("running shoes", 5), ("led bulb", 2)]
ABSTAINED = ("qwrtzx", 1)


@pytest.fixture(scope="module")
def live(client, gram, shop_index):
    return gram.live_codes(read_live_codes(client, shop_index.index, gram.slot))


@pytest.fixture(scope="module")
def store(client, gram, shop_index) -> PrecomputedStore:
    """Return a store that contains the codes of ``FREQUENT``, and ``ABSTAINED`` without codes."""
    understand = gram.understand

    def abstain(queries, live):
        answers = zip(queries, understand(queries, live), strict=True)
        return [replace(a, codes=()) if q.typed == ABSTAINED[0] else a for q, a in answers]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gram, "understand", abstain)
        assert warm(client, gram, shop_index.index, [*FREQUENT, ABSTAINED]) == WarmReport(3, 1, 0)
    return PrecomputedStore(client, shop_index.index, gram.fingerprint)


@pytest.fixture
def watcher(store) -> PrecomputedWatcher:
    watcher = PrecomputedWatcher(store)
    watcher.refresh()
    return watcher


def as_typed(text):
    return Spelling(text, text)


def ask(model, live, spelling):
    return model.ask(spelling, live, deadline=Deadline(60_000.0))


def test_the_stored_codes_are_those_of_the_model(store, gram, live):
    stored = store.read(2)

    expected = gram.understand([as_typed(query) for query, _ in FREQUENT], live)[:2]
    assert [(each.query, each.count) for each in stored] == FREQUENT[:2]
    for each, answer in zip(stored, expected, strict=True):
        assert [code.label for code in each.codes] == [code.label for code in answer.codes]
        np.testing.assert_allclose(each.vector, answer.vector, atol=1e-6)


def test_a_precomputed_query_is_answered_without_the_model(gram, watcher, live, monkeypatch):
    monkeypatch.setattr(gram, "understand", None)
    model = ModelWorker(gram, precomputed=watcher)

    answer = ask(model, live, as_typed("cordless drill"))

    assert answer.codes
    assert ask(model, live, as_typed("cordless drill")) is answer


def test_a_query_from_which_the_model_abstained_is_answered_without_it(
    gram, watcher, live, monkeypatch
):
    monkeypatch.setattr(gram, "understand", None)

    answer = ask(ModelWorker(gram, precomputed=watcher), live, gram.speller.spell(ABSTAINED[0]))

    assert answer.codes == ()
    assert answer.vector.shape == (gram.dimensions,)


def test_a_query_that_is_corrected_otherwise_and_an_unknown_one_are_answered(gram, store, live):
    old = PrecomputedQuery("hoze", "hose", 1, (WeightedCode("garden hose", 1.0),), np.ones(4))
    watcher = PrecomputedWatcher(store)
    watcher._queries = {("hoze", "hose"): old}

    everything = gram.live_codes([code.label for code in gram.codebook])
    assert watcher.get(as_typed("hoze"), everything) is None
    assert ask(ModelWorker(gram, precomputed=watcher), live, as_typed("garden hose")).codes


def test_codes_that_are_no_longer_live_are_left_out_and_the_sum_of_weights_stays(
    gram, watcher, live
):
    codes = watcher.get(as_typed("cordless drill"), live).codes
    live_labels = [code.label for code in codes[1:]]

    remaining = watcher.get(as_typed("cordless drill"), gram.live_codes(live_labels)).codes

    assert [code.label for code in remaining] == live_labels
    assert sum(c.weight for c in remaining) == pytest.approx(sum(c.weight for c in codes))
    assert watcher.get(as_typed("cordless drill"), gram.live_codes([])) is None


def test_precomputed_queries_of_another_model_or_index_are_not_read(
    client, gram, shop_index, store
):
    assert PrecomputedStore(client, shop_index.index, "f" * 64).read(9) == []
    assert PrecomputedStore(client, "test-other", gram.fingerprint).read(9) == []


def test_stale_queries_are_deleted_and_the_watcher_reads_the_change(
    client, gram, shop_index, store, live
):
    other = PrecomputedStore(client, shop_index.index, "f" * 64)
    in_use = PrecomputedStore(client, shop_index.index, "e" * 64)
    now = datetime.now(UTC)
    codes = (WeightedCode("hose", 1.0),)
    old = PrecomputedQuery("garden hose", "garden hose", 1, codes, np.ones(4, np.float32))
    for each in (store, other, in_use):
        each.put([old], now - timedelta(days=1))
    client.indices.refresh(index="gram-es-precomputed")
    watcher = PrecomputedWatcher(store)
    watcher.refresh()
    assert "garden hose" in {each.query for each in store.read(9)}

    deleted = store.delete_stale(before=now - timedelta(hours=1), models_in_use=["e" * 64])
    watcher.refresh()

    assert deleted == 2
    assert (len(store.read(9)), len(other.read(9)), len(in_use.read(9))) == (4, 0, 1)
    assert watcher.get(as_typed("garden hose"), live) is None
    assert in_use.delete_stale(before=now, models_in_use=[gram.fingerprint]) == 1


class OtherModel:
    """A model that has only a slot and a fingerprint."""

    slot, fingerprint = "m2", "g"


def test_a_model_whose_codes_are_not_in_the_index_is_rejected(client, shop_index):
    with pytest.raises(CatalogueIndexError, match="not of the loaded model"):
        warm(client, OtherModel(), shop_index.index, FREQUENT)


def test_queries_are_stored_as_searches_correct_them(client, gram, shop_index):
    counts = [("cordles drill", 9), ("burgandy curtians", 5)]
    warm(client, gram, shop_index.index, counts, keep=frozenset({"burgandy"}))

    stored = PrecomputedStore(client, shop_index.index, gram.fingerprint).read(9)

    assert {(each.query, each.corrected) for each in stored} >= {
        ("cordles drill", "cordless drill"),
        ("burgandy curtians", "burgandy curtains"),
    }


ANSWER = (WeightedCode("garden hose", 1.0),)
MAY_LEAD = frozenset({"garden hose"})


def answered(query: str, count: int = 0) -> PrecomputedQuery:
    return PrecomputedQuery(query, query, count, ANSWER, np.ones(4, np.float32), "gemma", MAY_LEAD)


def vector(gram):
    return np.ones(gram.dimensions, np.float32) / np.float32(gram.dimensions**0.5)


def test_answers_of_a_language_model_are_found_by_query_and_are_not_frequent(client, shop_index):
    store = PrecomputedStore(client, shop_index.index, "d" * 64)
    store.put([answered("telly")], datetime.now(UTC))
    client.indices.refresh(index="gram-es-precomputed")

    found = store.get_all([as_typed("telly"), as_typed("settee")])

    assert [*found] == ["telly"]
    assert (found["telly"].language_model, found["telly"].codes) == ("gemma", ANSWER)
    assert found["telly"].may_lead == MAY_LEAD
    assert store.read(9) == []
    hits = client.search(
        index="gram-es-precomputed", **store.get_body(as_typed("telly"), timeout_ms=1_000)
    )["hits"]["hits"]
    assert [hit["_source"]["query"] for hit in hits] == ["telly"]


def test_queries_coded_in_another_way_are_not_used(client, shop_index, monkeypatch):
    store = PrecomputedStore(client, shop_index.index, "e" * 64)
    with monkeypatch.context() as former:
        former.setattr("gram_es.precomputed.store._CODING_METHOD", "likelihoods")
        store.put([answered("telly", count=3), answered("settee")], datetime.now(UTC))
    store.put([answered("duvet", count=2)], datetime.now(UTC))
    client.indices.refresh(index="gram-es-precomputed")

    assert [each.query for each in store.read(9)] == ["duvet"]
    assert store.get_all([as_typed("telly"), as_typed("settee")]) == {}


def test_old_answers_those_of_unused_models_and_too_many_are_deleted(client, shop_index):
    index = f"{shop_index.index}-answers"
    store, unused = (PrecomputedStore(client, index, letter * 64) for letter in "ab")
    now = datetime.now(UTC)
    store.put([answered("old"), answered("frequent", count=3)], now - timedelta(days=2))
    store.put([answered("older than the others")], now - timedelta(hours=2))
    store.put([answered("new"), answered("newer")], now)
    unused.put([answered("unused")], now)

    deleted = store.delete_answered(
        before=now - timedelta(days=1), models_in_use=["a" * 64], limit=2
    )

    assert deleted == 3
    texts = ["old", "frequent", "older than the others", "new", "newer"]
    queries = [as_typed(text) for text in texts]
    assert [*store.get_all(queries)] == ["frequent", "new", "newer"]
    assert unused.get_all([as_typed("unused")]) == {}
    store.delete_stale(before=now + timedelta(days=1), models_in_use=["a" * 64])
    assert [*store.get_all(queries)] == ["new", "newer"]


def test_warming_without_a_language_model_keeps_what_one_has_chosen(client, gram, shop_index):
    store = PrecomputedStore(client, shop_index.index, gram.fingerprint)
    store.put([replace(answered("led bulb"), vector=vector(gram))], datetime.now(UTC))

    warm(client, gram, shop_index.index, [("led bulb", 7)])

    kept = store.get_all([as_typed("led bulb")])["led bulb"]
    assert (kept.language_model, kept.count, kept.codes) == ("gemma", 7, ANSWER)


def test_the_next_search_uses_the_answer_of_a_language_model(client, gram, shop_index, monkeypatch):
    store = PrecomputedStore(client, shop_index.index, gram.fingerprint)
    searcher = Searcher(client, gram, index=shop_index.index, answered=store)
    request = SearchRequest("settee boots")

    def search():
        return searcher.search(request, deadline=Deadline(60_000.0))

    first = search()
    assert first.awaiting_spelling == as_typed("settee boots")
    stored = replace(answered("settee boots"), codes=first.codes[1:2], vector=vector(gram))
    store.put([stored], datetime.now(UTC))
    client.indices.refresh(index="gram-es-precomputed")
    requests = []
    monkeypatch.setattr(
        "gram_es.retrieval.searcher.retrieve",
        lambda *args: requests.append(args) or retrieve(*args),
    )
    second, third = search(), search()

    assert [result.language_model for result in (first, second, third)] == [None, "gemma", "gemma"]
    assert [code.label for code in third.codes] == [first.codes[1].label]
    assert third.awaiting_spelling is None
    assert len(requests) == 3
    assert [bodies.answered is None for _, _, _, bodies in requests] == [False, True, True]


def test_an_answer_for_another_correction_or_without_live_codes_is_not_used(
    client, gram, shop_index
):
    store = PrecomputedStore(client, shop_index.index, gram.fingerprint)
    searcher = Searcher(client, gram, index=shop_index.index, answered=store)
    otherwise = replace(answered("floor lamp"), corrected="flour lamp")
    gone = replace(answered("desk lamp"), codes=(WeightedCode("no such code", 1.0),))
    store.put([otherwise, gone], datetime.now(UTC))
    client.indices.refresh(index="gram-es-precomputed")

    for text in ("floor lamp", "desk lamp"):
        result = searcher.search(SearchRequest(text), deadline=Deadline(60_000.0))
        assert result.language_model is None

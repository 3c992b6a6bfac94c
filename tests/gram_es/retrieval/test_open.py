import pytest
from elasticsearch import Elasticsearch

from gram_es.model.gram import Gram
from gram_es.retrieval.context import Deadline
from gram_es.retrieval.open import warm_up
from gram_es.retrieval.query.observer import Observer
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from gram_es.text.spelling import lexicon


def test_warm_up_runs_a_model_whose_codes_are_not_live_yet(
    client: Elasticsearch, shop_index: Settings, other_gram: Gram, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries: list[str] = []
    understand = other_gram.understand
    monkeypatch.setattr(other_gram, "understand", lambda q: queries.extend(q) or understand(q))

    warm_up(Searcher(client, other_gram, index=shop_index.index))

    assert len(queries) == 1


def test_a_model_that_fails_during_warm_up_is_only_logged(
    client: Elasticsearch,
    shop_index: Settings,
    other_gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: list[str]) -> None:
        raise RuntimeError("broken weights")

    monkeypatch.setattr(other_gram, "understand", fail)

    warm_up(Searcher(client, other_gram, index=shop_index.index))

    assert "broken weights" in caplog.text


def test_the_first_search_after_warm_up_reads_no_list_of_words(
    client: Elasticsearch, shop_index: Settings, gram: Gram, monkeypatch: pytest.MonkeyPatch
) -> None:
    lexicon._words.cache_clear()
    searcher = Searcher(client, gram, index=shop_index.index)
    warm_up(searcher)
    monkeypatch.setattr("wordfreq.get_frequency_list", _fail)

    result = searcher.search(SearchRequest("nappies"), deadline=Deadline(60_000))

    assert result.degraded == ()


def test_warm_up_takes_the_way_of_a_search_with_a_deadline(
    client: Elasticsearch, shop_index: Settings, gram: Gram
) -> None:
    observed: list[int] = []

    class Counts(Observer):
        def batch_answered(self, queries: int) -> None:
            observed.append(queries)

    warm_up(Searcher(client, gram, index=shop_index.index, observer=Counts()))

    assert observed == [1]


def _fail(*_: object) -> None:
    raise AssertionError("the list of words was read again")

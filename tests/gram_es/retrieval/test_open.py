import pytest
from elasticsearch import Elasticsearch

from gram_es.model.gram import Gram
from gram_es.retrieval.open import warm_up
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings


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

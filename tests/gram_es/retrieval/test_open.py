import pytest
from elasticsearch import Elasticsearch

from gram_es.model.gram import Gram
from gram_es.retrieval.open import warm_up
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings


def test_a_model_whose_codes_are_not_live_yet_is_run_before_its_first_search(
    client: Elasticsearch, stocked: Settings, other_gram: Gram, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    understand = other_gram.understand
    monkeypatch.setattr(other_gram, "understand", lambda q: asked.extend(q) or understand(q))

    warm_up(Searcher(client, other_gram, index=stocked.index))

    assert len(asked) == 1


def test_a_model_that_fails_during_warm_up_is_logged_and_costs_nothing_else(
    client: Elasticsearch,
    stocked: Settings,
    other_gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: list[str]) -> None:
        raise RuntimeError("broken weights")

    monkeypatch.setattr(other_gram, "understand", fail)

    warm_up(Searcher(client, other_gram, index=stocked.index))

    assert "broken weights" in caplog.text

"""Answer the parser's questions about the catalogue from the live index."""

from __future__ import annotations

import threading
from typing import Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.retrieval.context import IndexView
from gram_es.text.normalise import normalise

_MAX_PHRASES: Final = 10_000
_Question = tuple[str, str]


class PhraseCache:
    """The answers about phrases of the live index; safe for many threads.

    They are forgotten when the index is read again. At most 10,000 answers are kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._view: IndexView | None = None
        self._answers: dict[_Question, bool] = {}

    def get(self, question: _Question, view: IndexView) -> bool | None:
        """Return the answer to ``question`` that was found while ``view`` was current."""
        with self._lock:
            return self._answers.get(question) if view is self._view else None

    def put(self, question: _Question, view: IndexView, *, answer: bool) -> None:
        """Keep an answer; it is of ``view``, so those of another view are forgotten."""
        with self._lock:
            if view is not self._view or len(self._answers) >= _MAX_PHRASES:
                self._view, self._answers = view, {}
            self._answers[question] = answer


class IndexCatalogue:
    """A :class:`~gram_es.retrieval.conditions.catalogue.Catalogue` that asks the live index.

    Few queries need it: those with words such as "no", "free" and "max". An answer takes about a
    millisecond, and is kept in ``cache``.
    """

    def __init__(
        self, client: Elasticsearch, index: str, view: IndexView, cache: PhraseCache
    ) -> None:
        self._client = client
        self._index = index
        self._view = view
        self._cache = cache

    @property
    def currencies(self) -> frozenset[str]:
        """The ISO codes of the currencies that prices are in."""
        return frozenset(self._view.currencies)

    def has_in_title(self, phrase: str) -> bool:
        """Return whether the title of a product contains ``phrase``.

        :raises ClusterError: when the cluster does not answer.
        """
        return self._has("title", phrase)

    def has_in_text(self, phrase: str) -> bool:
        """Return whether the text of a product contains ``phrase``.

        :raises ClusterError: when the cluster does not answer.
        """
        return self._has("text", normalise(phrase))

    def _has(self, field: str, phrase: str) -> bool:
        question = (field, phrase.casefold())
        answer = self._cache.get(question, self._view)
        if answer is None:
            answer = self._ask(field, phrase)
            self._cache.put(question, self._view, answer=answer)
        return answer

    def _ask(self, field: str, phrase: str) -> bool:
        with cluster_errors(f"look for a phrase in {self._index}"):
            response = self._client.search(
                index=self._index,
                query={"match_phrase": {field: phrase}},
                size=0,
                terminate_after=1,
            )
        return bool(response["hits"]["total"]["value"])

"""Answer the parser's questions about the catalogue from the live index."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.retrieval.context import IndexView
from gram_es.retrieval.recall.bodies import Body
from gram_es.text.identifiers import MAX_IDENTIFIER_CHARS, identifier_key
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

    Few queries need it: those whose words may state a condition. An answer takes about a
    millisecond, and is kept in ``cache``. ``connect`` returns the client; it is called only then,
    since it takes a quarter of a millisecond.
    """

    def __init__(
        self,
        connect: Callable[[], Elasticsearch],
        index: str,
        view: IndexView,
        cache: PhraseCache,
    ) -> None:
        self._connect = connect
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
        return self._has("title", phrase, {"match_phrase": {"title": phrase}})

    def has_in_text(self, phrase: str) -> bool:
        """Return whether the text of a product contains ``phrase``.

        :raises ClusterError: when the cluster does not answer.
        """
        phrase = normalise(phrase)
        return self._has("text", phrase, {"match_phrase": {"text": phrase}})

    def has_brand(self, name: str) -> bool:
        """Return whether a product has this brand, in whichever case.

        :raises ClusterError: when the cluster does not answer.
        """
        brand = {"brand": {"value": name, "case_insensitive": True}}
        return self._has("brand", name, {"term": brand})

    def has_identifier(self, written: str) -> bool:
        """Return whether ``written`` is an identifier of a product, whatever its punctuation.

        :raises ClusterError: when the cluster does not answer.
        """
        return self._has_key("term", identifier_key(written))

    def starts_identifier(self, written: str) -> bool:
        """Return whether ``written`` is an identifier of a product, or the start of one.

        :raises ClusterError: when the cluster does not answer.
        """
        return self._has_key("prefix", identifier_key(written))

    def _has_key(self, kind: str, key: str) -> bool:
        is_searched = 0 < len(key) <= MAX_IDENTIFIER_CHARS
        return is_searched and self._has(f"identifiers {kind}", key, {kind: {"identifiers": key}})

    def _has(self, kind: str, text: str, query: Body) -> bool:
        question = (kind, text.casefold())
        answer = self._cache.get(question, self._view)
        if answer is None:
            answer = self._ask(query)
            self._cache.put(question, self._view, answer=answer)
        return answer

    def _ask(self, query: Body) -> bool:
        with cluster_errors(f"look for a phrase in {self._index}"):
            response = self._connect().search(
                index=self._index, query=query, size=0, terminate_after=1
            )
        return bool(response["hits"]["total"]["value"])

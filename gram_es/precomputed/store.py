"""Store the codes of queries in the side index ``gram-es-precomputed``.

The codes of frequent queries are computed in advance and kept in memory by all processes that
search. The codes that a worker with a language model computed for a query that somebody asked have
the count 0; they are fetched by their id.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk
from numpy.typing import NDArray

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.change_marker import ChangeMarker, read_change_marker
from gram_es.index.names import PRECOMPUTED
from gram_es.index.scan import scan
from gram_es.records import WeightedCode
from gram_es.text.spelling.speller import Spelling

if TYPE_CHECKING:
    from gram_es.model.gram import LiveCodes, QueryCodes

KEPT: Final = timedelta(days=30)
"""How long the codes that a language model chose are kept; then the catalogue may have changed."""
_CODING_METHOD: Final = "nearness to names"
"""How models choose the codes of a query: another version does not use what this one stored."""
_PAGE: Final = 1_000
_MAX_TRIMMED: Final = 10_000  # the most that one search returns
_ANSWERED: Final = {"term": {"count": 0}}


@dataclass(frozen=True, slots=True, eq=False)
class PrecomputedQuery:
    """A query with the model's codes and vector for it.

    ``query`` is in normal form, and ``corrected`` is its corrected form; ``count`` is how often it
    was typed, 0 for a query that a worker answered. ``codes`` is empty if the model abstains.
    ``vector`` is ``(dimensions,)`` float32. ``language_model`` names the language model that chose
    the codes together with the encoder; ``None`` if there was none. ``may_lead``
    are the labels of the codes that may lead as both see it. ``coded``
    is when they did so; ``None`` stands for the time of storing.
    """

    query: str
    corrected: str
    count: int
    codes: tuple[WeightedCode, ...]
    vector: NDArray[np.float32]
    language_model: str | None = None
    may_lead: frozenset[str] | None = None
    coded: datetime | None = None

    def is_kept(self, language_model: str | None = None) -> bool:
        """Return whether a language model chose the codes in the last thirty days.

        :param language_model: the name that the language model must have, if any.
        """
        is_recent = self.coded is not None and datetime.now(UTC) - self.coded < KEPT
        name = language_model or self.language_model
        return is_recent and name is not None and self.language_model == name

    def still_live(self, live: LiveCodes) -> QueryCodes | None:
        """Return the codes of this query that are in ``live``, the codes of the live index.

        Their weights are scaled up to the sum of the weights in ``codes``. If the query has codes,
        but none is live, return ``None``.
        """
        from gram_es.model.gram import QueryCodes  # loaded already, with ``live``

        codes = [code for code in self.codes if code.label in live.labels]
        if self.codes and not codes:
            return None
        total = sum(code.weight for code in codes)
        factor = sum(code.weight for code in self.codes) / total if total else 0.0
        scaled = tuple(WeightedCode(code.label, code.weight * factor) for code in codes)
        return QueryCodes(scaled, self.vector, self.language_model, self.may_lead)


def answered_query(spelling: Spelling, answer: QueryCodes, *, count: int = 0) -> PrecomputedQuery:
    """Return a query with the answer of a model."""
    codes, vector = answer.codes, answer.vector
    forms = spelling.typed, spelling.corrected
    return PrecomputedQuery(*forms, count, codes, vector, answer.language_model, answer.may_lead)


class PrecomputedStore:
    """Reads and writes the precomputed queries of one index and one model.

    ``fingerprint`` identifies the model.
    """

    def __init__(self, client: Elasticsearch, index: str, fingerprint: str) -> None:
        self._client = client
        self._index = index
        self._fingerprint = fingerprint

    def change_marker(self) -> ChangeMarker:
        """Fetch, in one small request, a value that changes whenever a frequent query changes.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        return read_change_marker(self._client, PRECOMPUTED, self._frequent)

    def read(self, limit: int) -> list[PrecomputedQuery]:
        """Return at most ``limit`` frequent queries, the most frequent first.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        pages = scan(
            self._client,
            PRECOMPUTED,
            self._frequent,
            page_size=min(_PAGE, limit),
            sort=[{"count": "desc"}, {"query": "asc"}],
            ignore_unavailable=True,
        )
        with closing(pages):
            hits = islice(filter(self._is_current, chain.from_iterable(pages)), limit)
            return [read_query(hit["_source"]) for hit in hits]

    def _is_current(self, hit: Mapping[str, Any]) -> bool:
        """Return whether the codes of a stored query were chosen as this version chooses them."""
        source = hit["_source"]
        return bool(hit["_id"] == self._id(source["query"], source["corrected"]))

    def get_all(self, queries: Sequence[Spelling]) -> dict[str, PrecomputedQuery]:
        """Return the entries that some of ``queries`` have, by the query as typed.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        if not queries:
            return {}
        with cluster_errors(f"read {PRECOMPUTED}"):
            ids = [self._id(query.typed, query.corrected) for query in queries]
            documents = self._client.mget(index=PRECOMPUTED, ids=ids)
        return {
            query.typed: read_query(document["_source"])
            for query, document in zip(queries, documents["docs"], strict=True)
            if document.get("found")
        }

    def get_body(self, query: Spelling, *, timeout_ms: int) -> dict[str, Any]:
        """Return the body of a search of ``gram-es-precomputed`` for the entry of a query."""
        return {
            "query": {"ids": {"values": [self._id(query.typed, query.corrected)]}},
            "size": 1,
            "track_total_hits": False,
            "timeout": f"{timeout_ms}ms",
        }

    def put(self, queries: Iterable[PrecomputedQuery], at: datetime) -> None:
        """Store queries with the time ``at``; each replaces a stored entry of the same query.

        :raises CatalogueIndexError: if the side index is not installed.
        """
        with cluster_errors(f"write {PRECOMPUTED}"):
            if not self._client.indices.exists(index=PRECOMPUTED):  # else bulk creates it
                raise CatalogueIndexError(
                    f"there is no index {PRECOMPUTED}; make it with gram-es index install "
                    "--model DIR"
                )
            bulk(self._client, (self._action(query, at) for query in queries), index=PRECOMPUTED)

    def delete_stale(self, *, before: datetime, models_in_use: Collection[str]) -> int:
        """Delete the queries of this index stored before ``before``; return how many were deleted.

        If another model answered a query and is one of ``models_in_use``, the query is kept. So are
        the queries that workers answered with a model in use.

        :param models_in_use: fingerprints of models.
        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        others = [model for model in models_in_use if model != self._fingerprint]
        answered = {"filter": [_ANSWERED, {"terms": {"model": list(models_in_use)}}]}
        stale = {
            "filter": [*self._own, _before(before)],
            "must_not": [{"terms": {"model": others}}, {"bool": answered}],
        }
        return self._delete(stale)

    def delete_answered(
        self, *, before: datetime, models_in_use: Collection[str], limit: int
    ) -> int:
        """Delete queries that workers answered; return how many were deleted.

        Queries are deleted that were answered before ``before``, those of models not in use, and
        the oldest ones above ``limit``, at most 10,000 of these at a time.

        :param models_in_use: fingerprints of models.
        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        unused = {"bool": {"must_not": [{"terms": {"model": list(models_in_use)}}]}}
        expired = {"filter": [*self._own, _ANSWERED], "minimum_should_match": 1}
        return self._delete({**expired, "should": [_before(before), unused]}) + self._trim(limit)

    def _trim(self, limit: int) -> int:
        answered = {"bool": {"filter": [*self._own, _ANSWERED]}}
        with cluster_errors(f"count the queries in {PRECOMPUTED}"):
            excess = self._client.count(index=PRECOMPUTED, query=answered)["count"] - limit
            if excess <= 0:
                return 0
            oldest = self._client.search(
                index=PRECOMPUTED,
                query=answered,
                sort=[{"at": "asc"}],
                size=min(excess, _MAX_TRIMMED),
                source=False,
            )
        return self._delete_hits(oldest["hits"]["hits"])

    def _delete(self, conditions: Mapping[str, Any]) -> int:
        with cluster_errors(f"delete stale queries from {PRECOMPUTED}"):
            self._client.indices.refresh(index=PRECOMPUTED)
        pages = scan(
            self._client, PRECOMPUTED, {"bool": dict(conditions)}, page_size=_PAGE, source=False
        )
        return self._delete_hits([hit for page in pages for hit in page])

    def _delete_hits(self, hits: Iterable[Mapping[str, Any]]) -> int:
        deletes = [{"_op_type": "delete", "_id": hit["_id"]} for hit in hits]
        with cluster_errors(f"delete stale queries from {PRECOMPUTED}"):
            bulk(self._client, deletes, index=PRECOMPUTED, refresh=True, ignore_status=404)
        return len(deletes)

    @property
    def _own(self) -> list[dict[str, Any]]:
        return [{"term": {"index": self._index}}]

    @property
    def _frequent(self) -> dict[str, Any]:
        model = {"term": {"model": self._fingerprint}}
        return {"bool": {"filter": [*self._own, model], "must_not": [_ANSWERED]}}

    def _id(self, query: str, corrected: str) -> str:
        key = "\0".join((self._index, self._fingerprint, _CODING_METHOD, query, corrected))
        return sha256(key.encode()).hexdigest()

    def _action(self, query: PrecomputedQuery, at: datetime) -> dict[str, Any]:
        return {
            "_id": self._id(query.query, query.corrected),
            "_source": {
                "index": self._index,
                "model": self._fingerprint,
                "query": query.query,
                "corrected": query.corrected,
                "count": query.count,
                "codes": [{"code": code.label, "weight": code.weight} for code in query.codes],
                "language_model": query.language_model,
                "may_lead": None if query.may_lead is None else sorted(query.may_lead),
                "vector": b64encode(query.vector.astype("<f4").tobytes()).decode(),
                "at": at.isoformat(),
                "coded": (query.coded or at).isoformat(),
            },
        }


def read_query(source: Mapping[str, Any]) -> PrecomputedQuery:
    """Return the query that a document of ``gram-es-precomputed`` contains."""
    codes = tuple(WeightedCode(code["code"], float(code["weight"])) for code in source["codes"])
    vector = np.frombuffer(b64decode(source["vector"]), dtype="<f4")
    may_lead, coded = source.get("may_lead"), source.get("coded")
    return PrecomputedQuery(
        source["query"],
        source["corrected"],
        int(source["count"]),
        codes,
        vector,
        source.get("language_model"),
        None if may_lead is None else frozenset(may_lead),
        datetime.fromisoformat(coded) if coded else None,
    )


def _before(time: datetime) -> dict[str, Any]:
    return {"range": {"at": {"lt": time.isoformat()}}}

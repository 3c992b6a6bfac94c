"""Send the request bodies of a search in one round trip and read the responses."""

from __future__ import annotations

import logging
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterError, ClusterUnavailableError
from gram_es.index.names import PRECOMPUTED
from gram_es.index.slots import packed_field, vector_field
from gram_es.precomputed.store import PrecomputedQuery, read_query
from gram_es.retrieval.recall.bodies import Body
from gram_es.retrieval.recall.facets import counts_body
from gram_es.retrieval.recall.identifiers import IdentifierMatch, names_identifier
from gram_es.retrieval.recall.plan import (
    RELEVANT_CLAUSE,
    QueryPlan,
    beyond_window_body,
    window_body,
)
from gram_es.retrieval.recall.sort import sorted_page_body
from gram_es.retrieval.rerank.window_hit import WindowHit
from gram_es.text.normalise import clean_text

logger = logging.getLogger(__name__)

_IN_PRECOMPUTED: Final = {"index": PRECOMPUTED, "ignore_unavailable": True}
_WORD: Final = "word "  # a body's name is this prefix and its word


@dataclass(frozen=True, slots=True)
class SearchBodies:
    """The request bodies of one search; a body that is not needed is ``None``.

    ``window`` retrieves the result window: the best hits, which are reranked. ``beyond`` retrieves
    the hits of the page that are not in the window. ``counts`` counts the facets and the total. A
    page that is not sorted by relevance has no window; ``beyond`` retrieves all its hits. ``words``
    asks, for each word that the spelling correction replaces, whether a product contains it.
    ``answered`` asks ``gram-es-precomputed`` for the answer of a language model to the query.
    """

    window: Body | None = None
    beyond: Body | None = None
    counts: Body | None = None
    words: Mapping[str, Body] = field(default_factory=dict)
    answered: Body | None = None


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """The responses to :class:`SearchBodies`.

    ``counts`` are the aggregations, or ``None`` if nothing was counted. ``timed_out`` is true if
    Elasticsearch stopped before it had searched every product. ``indexed_words`` are the words that
    the spelling correction replaces although a product contains them. ``answered`` is the stored
    answer to the query, if there is one.
    """

    window: tuple[WindowHit, ...]
    beyond: tuple[WindowHit, ...] = ()
    counts: Mapping[str, Any] | None = None
    timed_out: bool = False
    indexed_words: frozenset[str] = frozenset()
    answered: PrecomputedQuery | None = None


def search_bodies(plan: QueryPlan, *, window: int, timeout_ms: int, reranked: bool) -> SearchBodies:
    """Return the request bodies for the page of ``plan``.

    :param window: the number of hits in the result window.
    :param reranked: whether to fetch what the rerank needs, such as vectors.
    """
    request = plan.request
    counts = counts_body(plan, timeout_ms=timeout_ms) if request.facets else None
    words = check_bodies(plan, timeout_ms=timeout_ms).words
    if request.counts_only:
        return SearchBodies(counts=counts, words=words)
    if not plan.ranks:
        page = sorted_page_body(plan, timeout_ms=timeout_ms)
        return SearchBodies(beyond=page, counts=counts, words=words)
    first, beyond = window_body(plan, size=window, timeout_ms=timeout_ms, reranked=reranked), None
    start, end = max(request.offset, window), request.offset + request.size
    if end > window:
        beyond = beyond_window_body(plan, offset=start, size=end - start, timeout_ms=timeout_ms)
    return SearchBodies(first, beyond, counts, words)


def check_bodies(plan: QueryPlan, *, timeout_ms: int) -> SearchBodies:
    """Return the bodies that ask for the words which the spelling correction replaces."""
    words = {word: _word_body(word, plan, timeout_ms) for word in plan.clauses.replaced}
    return SearchBodies(words=words)


def retrieve(
    client: Elasticsearch,
    index: str,
    plan: QueryPlan,
    bodies: SearchBodies,
) -> RetrievalResult:
    """Send the bodies that are not ``None`` as one multi-search.

    Requests with the same text always go to the same shard copies, so that scores do not vary.

    :raises ClusterUnavailableError: when the cluster does not answer or is overloaded.
    :raises CatalogueIndexError: when the index does not exist.
    :raises ClusterError: when the cluster rejects one of the bodies.
    """
    sent = {name: body for name, body in _by_name(bodies).items() if body is not None}
    header = {"index": index, "preference": _preference(plan.request.text)}
    searches = [line for body in sent.values() for line in (header, body)]
    if bodies.answered is not None:
        searches += [_IN_PRECOMPUTED, bodies.answered]
    with cluster_errors(f"search {index}"):
        responses = client.msearch(searches=searches)["responses"]
    answered = _answered(responses.pop()) if bodies.answered is not None else None
    answers = {name: _checked(answer, index) for name, answer in zip(sent, responses, strict=True)}
    beyond = bodies.beyond
    return RetrievalResult(
        window=_hits(answers["window"], plan, first=0) if bodies.window else (),
        beyond=_hits(answers["beyond"], plan, first=beyond["from"]) if beyond else (),
        counts=answers["counts"]["aggregations"] if bodies.counts else None,
        timed_out=any(answer["timed_out"] for answer in answers.values()),
        indexed_words=frozenset(
            word for word in bodies.words if answers[f"{_WORD}{word}"]["hits"]["total"]["value"]
        ),
        answered=answered,
    )


def _answered(answer: Mapping[str, Any]) -> PrecomputedQuery | None:
    """Return the stored answer; a search does not fail because it cannot be read."""
    if "error" in answer:
        logger.warning("cannot read %s: %s", PRECOMPUTED, _root_cause(answer["error"]))
        return None
    hits = answer["hits"]["hits"]
    try:
        return read_query(hits[0]["_source"]) if hits else None
    except (KeyError, TypeError, ValueError) as error:
        logger.warning("cannot read an entry of %s: %r", PRECOMPUTED, error)
        return None


def _preference(text: str) -> str:
    return sha256(clean_text(text).encode()).hexdigest()[:16]


def _by_name(bodies: SearchBodies) -> dict[str, Body | None]:
    words = {f"{_WORD}{word}": body for word, body in bodies.words.items()}
    return {"window": bodies.window, "beyond": bodies.beyond, "counts": bodies.counts, **words}


def _word_body(word: str, plan: QueryPlan, timeout_ms: int) -> Body:
    """Return the body that looks for one product with ``word``, which takes under a millisecond.

    A product also has the word if this word names its identifier.
    """
    queries: list[Body] = [{"match": {"text": {"query": word, "operator": "and"}}}]
    if plan.clauses.identifiers:
        queries += names_identifier(plan.clauses.identifiers, word)
    query = {"bool": {"should": queries}}
    return {"query": query, "size": 0, "terminate_after": 1, "timeout": f"{timeout_ms}ms"}


def _checked(answer: Mapping[str, Any], index: str) -> Mapping[str, Any]:
    """Return ``answer``, one response of a multi-search, if it reports no error.

    :raises GramError: if ``answer`` reports an error.
    """
    if "error" not in answer:
        return answer
    status = answer.get("status", 500)
    reason = _root_cause(answer["error"])
    if status == 404:
        raise CatalogueIndexError(
            f"there is no index behind {index}; make it with gram-es index install --model DIR"
        )
    if status in (429, 503):
        raise ClusterUnavailableError(
            f"cannot search {index}: Elasticsearch is overloaded (HTTP {status}: {reason})"
        )
    raise ClusterError(f"cannot search {index}: Elasticsearch answered {status}: {reason}")


def _root_cause(error: Any) -> str:
    causes = error.get("root_cause") or [error]
    return str(causes[0].get("reason", error.get("type")))


def _hits(answer: Mapping[str, Any], plan: QueryPlan, *, first: int) -> tuple[WindowHit, ...]:
    slot = plan.clauses.slot
    vector, packed = (vector_field(slot), packed_field(slot)) if slot else ("", "")
    stems = plan.clauses.stems
    # what all hits share is outside the loop, which takes milliseconds
    boost, all_relevant, none = plan.boost, not plan.ranks, IdentifierMatch.NONE
    without_identifier = (), [RELEVANT_CLAUSE]
    return tuple(
        WindowHit(
            hit.get("_id") or hit["sort"][-1],
            hit["_index"],
            rank,
            hit["_score"] - boost if RELEVANT_CLAUSE in clauses else hit["_score"],
            a2b_base64(fields[packed][0]) if packed in fields else None,
            none if clauses in without_identifier else IdentifierMatch.of(clauses),
            a2b_base64(fields[vector][0]) if vector in fields else None,
            a2b_base64(fields[stems][0]).decode() if stems in fields else None,
            RELEVANT_CLAUSE in clauses or all_relevant,
        )
        for rank, hit in enumerate(answer["hits"]["hits"], first)
        for fields, clauses in ((hit.get("fields", {}), hit.get("matched_queries", ())),)
    )

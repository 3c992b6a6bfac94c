"""Relax a request that matches nothing: decide which of its parts to drop.

A filter goes when the request matches without it alone. Words go when no product has them, then
all filters, then the order that leaves out near products.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.retrieval.ranking import Ranking
from gram_es.retrieval.recall.clauses import Body
from gram_es.retrieval.recall.facets import read_total, read_without
from gram_es.retrieval.request import (
    PRICE,
    Dropped,
    RequestError,
    SearchRequest,
    parameter_of,
    without_filter,
)
from gram_es.text.normalise import UNIT_WORDS, clean_text, normalise

_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class RelaxedRequest:
    """A request that asks for less, and the constraints that it no longer has."""

    request: SearchRequest
    dropped: tuple[Dropped, ...]


def relax(
    ranking: Ranking,
    rank: Callable[[SearchRequest], Ranking],
    unknown: Callable[[Collection[str]], Collection[str]],
) -> tuple[Ranking, tuple[Dropped, ...]]:
    """Return a ranking with hits and what was dropped for it, or ``ranking`` as it is.

    :param unknown: returns those of the words that no product has.
    """
    relaxed = ranking
    dropped: tuple[Dropped, ...] = ()
    for _ in range(_STEPS):
        step = _next_step(relaxed, unknown)
        if step is None:
            break
        relaxed, dropped = rank(step.request), (*dropped, *step.dropped)
    return (relaxed, dropped) if _has_hits(relaxed) else (ranking, ())


def find_unknown_words(
    client: Elasticsearch, index: str, words: Collection[str], spell: Callable[[str], str]
) -> list[str]:
    """Return those of ``words`` that no product has, neither as typed nor as corrected.

    :raises ClusterError: when the cluster does not answer.
    """
    with cluster_errors("look for words that no product has"):
        answer = client.search(index=index, **_words_body(words, spell))
    counts = answer["aggregations"]
    return [word for n, word in enumerate(words) if not counts[str(n)]["doc_count"]]


def _has_hits(ranking: Ranking) -> bool:
    """Return whether any page has hits."""
    counts = ranking.retrieved.counts
    return bool(ranking.hits or (counts is not None and read_total(counts)))


def _words_body(words: Collection[str], spell: Callable[[str], str]) -> Body:
    """Return the request that counts the products that have each word, as typed or corrected."""
    return {
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            str(number): {"filter": _has_word(normalise(word), spell)}
            for number, word in enumerate(words)
        },
    }


def _has_word(word: str, spell: Callable[[str], str]) -> Body:
    forms = dict.fromkeys((word, spell(word)))
    matches = [{"match": {"text": {"query": form, "operator": "and"}}} for form in forms]
    return {"bool": {"should": matches}}


def _next_step(
    ranking: Ranking, unknown: Callable[[Collection[str]], Collection[str]]
) -> RelaxedRequest | None:
    request, counts = ranking.request, ranking.retrieved.counts
    if not request.relax or counts is None or read_total(counts) or ranking.retrieved.timed_out:
        return None
    if ranking.retrieved.window:  # near products: drop unknown words at most
        return _drop_unknown_words(request, unknown)
    return (
        _drop_best_filter(request, counts)
        or _drop_unknown_words(request, unknown)
        or _drop_all_filters(request)
        or _drop_order(request)
    )


def _drop_best_filter(request: SearchRequest, counts: Mapping[str, Any]) -> RelaxedRequest | None:
    """Drop the filter without which most products match."""
    totals = {field: read_without(counts, request, field) for field in request.filters}
    best = max(totals, key=lambda field: totals[field], default=None)
    return _drop_filter(request, best) if best and totals[best] else None


def _drop_unknown_words(
    request: SearchRequest, unknown: Callable[[Collection[str]], Collection[str]]
) -> RelaxedRequest | None:
    words = clean_text(request.text).split()
    candidates = [word for word in words if _can_match_alone(word)]
    dropped = unknown(candidates) if candidates else ()
    kept = " ".join(word for word in words if word not in dropped)
    if not dropped or not (kept or request.filters):
        return None
    return RelaxedRequest(replace(request, text=kept), (Dropped("q", tuple(dropped)),))


def _can_match_alone(word: str) -> bool:
    """Return whether products may have ``word`` by itself; they have a unit beside its number."""
    form = normalise(word)
    return bool(form) and form not in UNIT_WORDS


def _drop_all_filters(request: SearchRequest) -> RelaxedRequest | None:
    if request.browses or not request.filters:
        return None
    dropped = [_dropped(request, field) for field in request.filters]
    return RelaxedRequest(reduce(without_filter, request.filters, request), tuple(dropped))


def _drop_order(request: SearchRequest) -> RelaxedRequest | None:
    if request.browses or request.order == "relevance":
        return None
    return RelaxedRequest(replace(request, sort="relevance"), (Dropped("sort", (request.sort,)),))


def _drop_filter(request: SearchRequest, field: str) -> RelaxedRequest | None:
    try:
        return RelaxedRequest(without_filter(request, field), (_dropped(request, field),))
    except RequestError:  # the request has no other part
        return None


def _dropped(request: SearchRequest, field: str) -> Dropped:
    if field == PRICE:
        ends = (request.price_from, request.price_to)
        return Dropped(PRICE, ("..".join("" if end is None else f"{end:.12g}" for end in ends),))
    return Dropped(parameter_of(field), request.choices[field])

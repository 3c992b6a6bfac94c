"""Relax a request that matches nothing: drop some of its constraints.

The first of these rules that applies changes the request:

1. Drop one filter: the filter whose removal makes the most products match.
2. Drop the words that neither a product contains nor the shop's language has, if a word that names
   something is left. A "velmo bracket" is a bracket; a "sewing machine" is not just any machine.
3. Drop all filters.
4. Sort by relevance. This order also lists products that match only a part of the query.

If the changed request matches nothing either, the rules are tried again, up to three times in all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.retrieval.ranking import Ranking
from gram_es.retrieval.recall.bodies import Body
from gram_es.retrieval.recall.facets import read_total, read_total_if_dropped
from gram_es.retrieval.recall.identifiers import has_identifier
from gram_es.retrieval.request import (
    PRICE,
    WITHOUT,
    DroppedConstraint,
    RequestError,
    SearchRequest,
    parameter_of,
    remove_filter,
    remove_order,
)
from gram_es.text.identifiers import identifier_keys
from gram_es.text.normalise import clean_text, is_word, normalise
from gram_es.text.spelling.lexicon import language_words
from gram_es.text.spelling.speller import Spelling
from gram_es.text.units import UNIT_WORDS
from gram_es.text.words import stop_words

_MAX_STEPS: Final = 3
_VAGUE_ZIPF: Final = 5.75  # new, one, any, best and home are above it; house, water and black below


@dataclass(frozen=True, slots=True)
class RelaxedRequest:
    """A request with fewer constraints, and the constraints that were dropped from it."""

    request: SearchRequest
    dropped: tuple[DroppedConstraint, ...]


def relax(
    ranking: Ranking,
    rank: Callable[[SearchRequest], Ranking],
    find_unknown: Callable[[Collection[str]], Collection[str]],
) -> tuple[Ranking, tuple[DroppedConstraint, ...]]:
    """Return the ranking of a relaxed request, and the constraints that were dropped.

    If ``ranking`` needs no relaxation, or if no relaxed request has hits, ``ranking`` itself is
    returned.

    :param rank: returns the ranking of a relaxed request.
    :param find_unknown: returns, from a collection of words, the words that no product contains.
    """
    relaxed = ranking
    dropped: tuple[DroppedConstraint, ...] = ()
    for _ in range(_MAX_STEPS):
        step = _next_step(relaxed, find_unknown)
        if step is None:
            break
        relaxed, dropped = rank(step.request), (*dropped, *step.dropped)
    return (relaxed, dropped) if _has_hits(relaxed) else (ranking, ())


def find_unknown_words(
    client: Elasticsearch, index: str, words: Collection[str], spell: Callable[[str], Spelling]
) -> list[str]:
    """Return the words that occur in no product, in none of their forms.

    :param spell: returns the forms of a word that is in normal form.
    :raises ClusterError: when the cluster does not answer.
    """
    with cluster_errors("look for words that no product has"):
        answer = client.search(index=index, **_words_body(words, spell))
    counts = answer["aggregations"]
    return [word for n, word in enumerate(words) if not counts[str(n)]["doc_count"]]


def _has_hits(ranking: Ranking) -> bool:
    """Return whether any page of the ranking has hits."""
    counts = ranking.retrieved.counts
    return bool(ranking.hits or (counts is not None and read_total(counts)))


def _words_body(words: Collection[str], spell: Callable[[str], Spelling]) -> Body:
    """Return the body that counts, for each word, the products that contain one of its forms."""
    return {
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            str(number): {"filter": _has_word(word, spell)} for number, word in enumerate(words)
        },
    }


def _has_word(written: str, spell: Callable[[str], Spelling]) -> Body:
    """Return the filter for the products that contain the word or have it as an identifier."""
    word = normalise(written)
    spelling = spell(word)
    forms = dict.fromkeys((word, spelling.corrected, *spelling.alternatives))
    matches = [{"match": {"text": {"query": form, "operator": "and"}}} for form in forms]
    return {"bool": {"should": [*matches, *has_identifier(identifier_keys(written))]}}


def _next_step(
    ranking: Ranking, find_unknown: Callable[[Collection[str]], Collection[str]]
) -> RelaxedRequest | None:
    """Return the next request to try, or ``None`` if nothing should or can be dropped."""
    request, counts = ranking.request, ranking.retrieved.counts
    if not request.relax or counts is None or read_total(counts) or ranking.retrieved.timed_out:
        return None
    if ranking.retrieved.window:  # some products match in part: only drop unknown words
        return _drop_unknown_words(request, find_unknown)
    return (
        _drop_best_filter(request, counts)
        or _drop_unknown_words(request, find_unknown)
        or _drop_all_filters(request)
        or _drop_order(request)
    )


def _drop_best_filter(request: SearchRequest, counts: Mapping[str, Any]) -> RelaxedRequest | None:
    """Drop the filter whose removal makes the most products match.

    Return ``None`` if no product matches, whichever filter is dropped.
    """
    totals = {field: read_total_if_dropped(counts, request, field) for field in request.filters}
    best = max(totals, key=lambda field: totals[field], default=None)
    return _drop_filter(request, best) if best and totals[best] else None


def _drop_unknown_words(
    request: SearchRequest, find_unknown: Callable[[Collection[str]], Collection[str]]
) -> RelaxedRequest | None:
    words = request.searched_text.split()
    candidates = [word for word in words if _may_be_required(word) and not _is_told(word)]
    dropped = find_unknown(candidates) if candidates else ()
    text = _without_words(request.searched_text, dropped)
    if not dropped or not _says_something(text):  # most products would match what is left
        return None
    parsed = replace(request.parsed, text=text) if request.parsed else None
    relaxed = replace(request, text=_without_words(request.text, dropped), parsed=parsed)
    return RelaxedRequest(relaxed, (DroppedConstraint("q", tuple(dropped)),))


def _says_something(text: str) -> bool:
    """Return whether a word of the text names something, unlike a number, ``for`` or ``one``."""
    zipf = language_words()
    words = [word for word in normalise(text).split() if word not in stop_words()]
    return any(is_word(word) and zipf.get(word, 0.0) < _VAGUE_ZIPF for word in words)


def _without_words(text: str, dropped: Collection[str]) -> str:
    return " ".join(word for word in clean_text(text).split() if word not in dropped)


def _may_be_required(word: str) -> bool:
    """Return whether products may be missing because they lack ``word``.

    Products contain a unit only together with a number, and stop words are not required.
    """
    form = normalise(word)
    return bool(form) and form not in UNIT_WORDS and form not in stop_words()


def _is_told(word: str) -> bool:
    """Return whether the language has a word: what it means is wanted, also if nothing has it."""
    return normalise(word) in language_words()


def _drop_all_filters(request: SearchRequest) -> RelaxedRequest | None:
    if request.browses or not request.filters:
        return None
    dropped = [_dropped(request, field) for field in request.filters]
    return RelaxedRequest(reduce(remove_filter, request.filters, request), tuple(dropped))


def _drop_order(request: SearchRequest) -> RelaxedRequest | None:
    if request.browses or request.order == "relevance":
        return None
    dropped = DroppedConstraint("sort", (request.order,))
    return RelaxedRequest(replace(remove_order(request), sort="relevance"), (dropped,))


def _drop_filter(request: SearchRequest, field: str) -> RelaxedRequest | None:
    try:
        return RelaxedRequest(remove_filter(request, field), (_dropped(request, field),))
    except RequestError:  # neither a text nor another filter is left
        return None


def _dropped(request: SearchRequest, field: str) -> DroppedConstraint:
    if field == PRICE:
        return DroppedConstraint(
            PRICE,
            ("..".join("" if end is None else f"{end:.12g}" for end in request.price_range),),
        )
    if field == WITHOUT:
        phrases = (phrase for each in request.exclusions for phrase in each.phrases)
        return DroppedConstraint(WITHOUT, tuple(phrases))
    return DroppedConstraint(parameter_of(field), request.choices[field])

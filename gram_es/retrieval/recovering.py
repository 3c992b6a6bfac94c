"""Where nothing is found: what of the request to drop so that something is.

A filter goes when taking it back alone gives products, words go when no product has them, then
all filters, then the order that leaves out what is merely near.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from typing import Any, Final

from gram_es.retrieval.facets import read_total, read_without
from gram_es.retrieval.queries import Body
from gram_es.retrieval.ranking import Ranking
from gram_es.retrieval.request import (
    PRICE,
    Dropped,
    RequestError,
    SearchRequest,
    clean_text,
    parameter_of,
    without_filter,
)
from gram_es.text.normalise import UNIT_WORDS, normalise

_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class Looser:
    """A request that asks for less, and what it no longer asks for."""

    request: SearchRequest
    dropped: tuple[Dropped, ...]


def recover(
    ranking: Ranking,
    rank: Callable[[SearchRequest], Ranking],
    unknown: Callable[[Collection[str]], Collection[str]],
) -> tuple[Ranking, tuple[Dropped, ...]]:
    """Return a ranking that holds something, with what was dropped, or ``ranking`` as it is.

    :param unknown: returns those of the words that no product has.
    """
    found = ranking
    dropped: tuple[Dropped, ...] = ()
    for _ in range(_STEPS):
        looser = _looser(found, unknown)
        if looser is None:
            break
        found, dropped = rank(looser.request), (*dropped, *looser.dropped)
    return (found, dropped) if _holds_any(found) else (ranking, ())


def recovered_json(dropped: Sequence[Dropped]) -> dict[str, Any] | None:
    """Return what was dropped as plain data for JSON; ``None`` where nothing was."""
    return {"dropped": [asdict(part) for part in dropped]} if dropped else None


def _holds_any(ranking: Ranking) -> bool:
    """Tell whether some page holds something, whichever was asked for."""
    counts = ranking.retrieved.counts
    return bool(ranking.hits or (counts is not None and read_total(counts)))


def words_body(words: Collection[str], spell: Callable[[str], str]) -> Body:
    """Return the request that counts the products that have each word, as typed or as spelt."""
    return {
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            str(number): {"filter": _has_word(normalise(word), spell)}
            for number, word in enumerate(words)
        },
    }


def read_unknown(words: Collection[str], aggregations: Mapping[str, Any]) -> list[str]:
    """Return the words without a product, from the answer to :func:`words_body`."""
    return [w for n, w in enumerate(words) if not aggregations[str(n)]["doc_count"]]


def _has_word(word: str, spell: Callable[[str], str]) -> Body:
    forms = dict.fromkeys((word, spell(word)))
    matches = [{"match": {"text": {"query": form, "operator": "and"}}} for form in forms]
    return {"bool": {"should": matches}}


def _looser(
    ranking: Ranking, unknown: Callable[[Collection[str]], Collection[str]]
) -> Looser | None:
    request, counts = ranking.request, ranking.retrieved.counts
    if not request.recover or counts is None or read_total(counts) or ranking.retrieved.timed_out:
        return None
    if ranking.retrieved.window:  # near products: words may go, filters are what was asked for
        return _without_words(request, unknown)
    return (
        _without_a_filter(request, counts)
        or _without_words(request, unknown)
        or _without_filters(request)
        or _by_relevance(request)
    )


def _without_a_filter(request: SearchRequest, counts: Mapping[str, Any]) -> Looser | None:
    totals = {field: read_without(counts, request, field) for field in request.filters}
    best = max(totals, key=lambda field: totals[field], default=None)
    return _without(request, best) if best and totals[best] else None


def _without_words(
    request: SearchRequest, unknown: Callable[[Collection[str]], Collection[str]]
) -> Looser | None:
    words = clean_text(request.text).split()
    telling = [word for word in words if _tells(word)]
    dropped = unknown(telling) if telling else ()
    kept = " ".join(word for word in words if word not in dropped)
    if not dropped or not (kept or request.filters):
        return None
    return Looser(replace(request, text=kept), (Dropped("q", tuple(dropped)),))


def _tells(word: str) -> bool:
    """Tell whether a word by itself is one that products may have; a unit is, beside its number."""
    form = normalise(word)
    return bool(form) and form not in UNIT_WORDS


def _without_filters(request: SearchRequest) -> Looser | None:
    if request.browses or not request.filters:
        return None
    steps = [_dropped(request, field) for field in request.filters]
    return Looser(reduce(without_filter, request.filters, request), tuple(steps))


def _by_relevance(request: SearchRequest) -> Looser | None:
    if request.browses or request.order == "relevance":
        return None
    return Looser(replace(request, sort="relevance"), (Dropped("sort", (request.sort,)),))


def _without(request: SearchRequest, field: str) -> Looser | None:
    try:
        return Looser(without_filter(request, field), (_dropped(request, field),))
    except RequestError:  # it is all that was asked for
        return None


def _dropped(request: SearchRequest, field: str) -> Dropped:
    if field == PRICE:
        ends = (request.price_from, request.price_to)
        return Dropped(PRICE, ("..".join("" if end is None else f"{end:.12g}" for end in ends),))
    return Dropped(parameter_of(field), request.choices[field])

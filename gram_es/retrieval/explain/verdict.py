"""Decide which stage excluded a product from a page, and how to get it onto the page (no I/O).

The stages are, in order: ``not_indexed``, ``filtered``, ``not_matched``, ``not_relevant`` (only if
hits are not sorted by relevance), ``collapsed``, ``outside_window``, ``outscored``. A product that
no stage excluded is ``shown``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.recall.clauses import Clauses, is_text_clause
from gram_es.retrieval.request import WITHOUT, SearchRequest, parameter_of
from gram_es.retrieval.rerank.window import RankedHit

_CODES: Final = 5
_COMPARED: Final = ("bm25", "cosine", "lexical", "feedback", "codes", "pinned")


@dataclass(frozen=True, slots=True)
class IndexedProduct:
    """A product of the index, compared with a request.

    ``failed_filters`` gives the product's own values by index field, for each field whose filter
    excludes the product. ``clause_scores`` gives, by name, the score of each clause of the query
    that the product matches. ``relevant`` is true if the product passes the filter that excludes
    irrelevant products. ``enriched`` is true if the model has processed the product.
    """

    title: str
    failed_filters: Mapping[str, tuple[str, ...]]
    clause_scores: Mapping[str, float]
    relevant: bool
    codes: tuple[str, ...]
    enriched: bool

    @property
    def retrieval_score(self) -> float:
        """Return the sum of the clause scores; of the text clauses, only the best counts."""
        scores = self.clause_scores.items()
        texts = (score for name, score in scores if is_text_clause(name))
        return max(texts, default=0.0) + sum(
            score for name, score in scores if not is_text_clause(name)
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """The rank of a product among the hits of a request.

    ``rank`` counts from 1; it is ``None`` if no page of hits contains the product. ``hit`` is the
    product's own hit, or ``None`` if there is no ``rank``. ``last_hit`` is the last hit of the
    page. ``window`` is the number of hits in the result window, which is the part that is reranked.
    ``lowest_score`` is the lowest retrieval score in the result window. ``shown_variant`` is the id
    of the variant that is shown instead of the product, or ``None`` if there is no such variant.
    ``only_relevant`` is true if the window has no less close hit.
    """

    rank: int | None
    hit: RankedHit | None
    last_hit: RankedHit | None
    window: int
    lowest_score: float
    shown_variant: str | None = None
    only_relevant: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The stage that excluded a product from a page, the reason, and what to do about it."""

    stage: str
    reason: str
    remedy: str | None = None


NOT_INDEXED: Final = Verdict(
    "not_indexed",
    "the index has no product with this id",
    "add it with gram-es ingest FEED; gram-es ingest status reports rejected rows",
)


def judge(
    request: SearchRequest, clauses: Clauses, product: IndexedProduct, placement: Placement
) -> Verdict:
    """Return the verdict on a product of the index: the first stage that excluded it."""
    if product.failed_filters:
        return _filtered(product)
    if not (product.clause_scores or request.browses):
        return _not_matched(clauses, product)
    if not (product.relevant or request.browses or request.order == "relevance"):
        return _not_relevant(request, clauses)
    if placement.shown_variant is not None:
        return Verdict(
            "collapsed",
            f"{placement.shown_variant} represents its group of variants",
            "collapse=false shows every variant",
        )
    return _placed(request, clauses, product, placement)


def _filtered(product: IndexedProduct) -> Verdict:
    if WITHOUT in product.failed_filters:
        return Verdict(
            "filtered",
            "its text contains words that the query excludes",
            "give the words of the exclusion as literal, or correct the product in the feed",
        )
    filters = ", ".join(parameter_of(field) for field in product.failed_filters)
    values = "; ".join(
        f"{parameter_of(field)} is {', '.join(values) or 'unknown'}"
        for field, values in product.failed_filters.items()
    )
    return Verdict(
        "filtered",
        f"a filter excludes it: its {values}",
        f"search without {filters}, or correct the product in the feed",
    )


def _not_matched(clauses: Clauses, product: IndexedProduct) -> Verdict:
    reason = "it shares no word and no code with the query"
    if clauses.slot and not product.enriched:
        no_codes = "it has no codes of this model yet; gram-es ingest FEED adds them"
        return Verdict("not_matched", reason, no_codes)
    return Verdict("not_matched", reason, f"it needs {_codes_or_words(clauses)}")


def _not_relevant(request: SearchRequest, clauses: Clauses) -> Verdict:
    return Verdict(
        "not_relevant",
        f"in the order {request.order} only products with most of the words, or whose data states "
        "a leading code, are listed, and it is not one of them",
        f"sort by relevance, or give it {_codes_or_words(clauses)}",
    )


def _codes_or_words(clauses: Clauses) -> str:
    words = f"more of the words {clauses.corrected or clauses.typed!r} in its text"
    if not clauses.codes:
        return words
    codes = ", ".join(code.label for code in clauses.codes[:_CODES])
    return f"one of the query's codes ({codes}) or {words}"


def _placed(
    request: SearchRequest, clauses: Clauses, product: IndexedProduct, placement: Placement
) -> Verdict:
    rank, last_rank = placement.rank, request.offset + request.size
    if rank is not None and rank <= last_rank:
        page = "" if rank > request.offset else ", on an earlier page"
        return Verdict("shown", f"it is at rank {rank}{page}")
    if request.order == "relevance" and (rank is None or rank > placement.window):
        return _outside_window(clauses, product, placement)
    return _outscored(request, clauses, placement, last_rank)


def _outside_window(clauses: Clauses, product: IndexedProduct, placement: Placement) -> Verdict:
    if placement.only_relevant and not product.relevant:
        return Verdict(
            "outside_window",
            f"it is {_rank_in_words(placement)}, among the less close hits, and only the first "
            f"{placement.window} are reranked",
            f"it needs {_codes_or_words(clauses)}",
        )
    missing = [
        code for code in clauses.codes if code.label not in product.codes and code.weight > 0
    ]
    gains = ", ".join(
        f"{code.label} +{clauses.boost(code.weight):.3f}" for code in missing[:_CODES]
    )
    return Verdict(
        "outside_window",
        f"its retrieval score of {product.retrieval_score:.3f} puts it {_rank_in_words(placement)},"
        f" and only the first {placement.window} are reranked",
        f"it needs more than {placement.lowest_score:.3f}: more of the query's words"
        + (f", or a code that it lacks ({gains})" if gains else ""),
    )


def _outscored(
    request: SearchRequest, clauses: Clauses, placement: Placement, last_rank: int
) -> Verdict:
    rank = _rank_in_words(placement)
    if request.order != "relevance":
        reason = f"in the order {request.order} it is {rank}, and the page ends at {last_rank}"
        return Verdict("outscored", reason, "open its page, or narrow the search")
    hit, last = placement.hit, placement.last_hit
    assert hit is not None
    assert last is not None
    if last.identifier_match > hit.identifier_match:
        return Verdict(
            "outscored",
            f"it is {rank}, and the query names an identifier of the hits before it",
            "open its page, or search by words",
        )
    if last.relevant and not hit.relevant:
        return Verdict(
            "outscored",
            f"it is {rank}, among the less close hits: it has neither most of the words, nor do "
            "its data state a leading code",
            f"give it {_codes_or_words(clauses)}",
        )
    behind = [f"{name} {a:.3f} against {b:.3f}" for name, a, b in _parts(hit, last) if a < b]
    return Verdict(
        "outscored",
        f"it is {rank} with a score of {hit.score:.3f}; the page ends at {last_rank}, where the "
        f"score is {last.score:.3f}",
        f"it is behind in {', '.join(behind)}" if behind else None,
    )


def _rank_in_words(placement: Placement) -> str:
    return "beyond the last page" if placement.rank is None else f"at rank {placement.rank}"


def _parts(hit: RankedHit, last: RankedHit) -> list[tuple[str, float, float]]:
    return [(name, getattr(hit.scores, name), getattr(last.scores, name)) for name in _COMPARED]

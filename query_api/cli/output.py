"""Format search results as lines for a terminal.

Control characters are removed from all texts of a feed, so that they do not reach the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from gram_es.records import WeightedCode
from gram_es.retrieval.explain.missing import MissingExplanation
from gram_es.retrieval.request import DroppedConstraint
from gram_es.retrieval.rerank.window import RankedHit
from gram_es.retrieval.result import Hit, HitExplanation, SearchResult
from gram_es.text.normalise import clean_text
from query_api import wording
from query_api.condition_wording import ignored_because, meaning


def result_lines(result: SearchResult) -> Iterator[str]:
    """Yield the lines of a search result."""
    yield from _dropped_lines(result.dropped)
    if result.corrected:
        yield f"results for: {clean_text(result.corrected)} (--no-spelling searches only as typed)"
    for condition in result.conditions:
        ignored = ignored_because(condition, result.request)
        note = f" (no effect: {ignored})" if ignored else ""
        yield clean_text(f"understood: {condition.words} = {meaning(condition)}{note}")
    if result.alternatives:
        yield f"also searched for: {clean_text(', '.join(result.alternatives))}"
    if result.codes:
        yield f"codes: {_codes_line(result.codes)}"
    for reason in result.degraded:
        yield f"degraded: {reason}"
    took = wording.milliseconds(result.took_ms["total"])
    summary = [result.mode, f"{took} ms"]
    if result.total is not None:
        summary = [wording.match_count(result), *summary]
    yield ", ".join(summary)
    if result.hits:
        yield clean_text(f"close matches: {wording.scope(result)}")
    yield ""
    for hit in result.hits:
        yield from _hit_lines(hit)
    message = wording.message(result)
    if message is not None:
        yield clean_text(message)
    if result.less_close:
        yield "less close:"
    for hit in result.less_close:
        yield from _hit_lines(hit)


def missing_lines(explanation: MissingExplanation) -> Iterator[str]:
    """Yield the lines that explain why a product is not among the hits."""
    verdict, placement = explanation.verdict, explanation.placement
    product, query_codes = explanation.product, explanation.ranking.clauses.codes
    yield from _dropped_lines(explanation.dropped)
    title = f"  {clean_text(product.title)}" if product else ""
    yield f"{clean_text(explanation.product_id)}{title}"
    yield clean_text(f"{wording.stage_label(verdict.stage).lower()}: {verdict.reason}")
    if verdict.remedy:
        yield clean_text(f"remedy: {verdict.remedy}")
    if product and product.codes:
        yield f"codes: {', '.join(clean_text(code) for code in product.codes)}"
    if query_codes:
        yield f"codes of the query: {_codes_line(query_codes)}"
    if placement and placement.hit and placement.last_hit:
        last = placement.last_hit
        yield f"scores of the product: {_scores_line(placement.hit.score, placement.hit)}"
        yield f"scores of the last hit, {clean_text(last.id)}: {_scores_line(last.score, last)}"


def _dropped_lines(dropped: Iterable[DroppedConstraint]) -> Iterator[str]:
    for part in dropped:
        yield clean_text(f"dropped: {part.parameter} {', '.join(part.values)}")


def _codes_line(codes: Iterable[WeightedCode]) -> str:
    """Return codes with their weights in one line."""
    return ", ".join(
        f"{clean_text(code.label)} ({code.weight:.2f}{', pinned' if code.pinned else ''})"
        for code in codes
    )


def _scores_line(score: float, hit: RankedHit | HitExplanation) -> str:
    """Return one line with a score, what each of its parts adds, and the unweighted features."""
    parts = [f"{name} {value:+.3f}" for name, value in asdict(hit.scores).items()]
    features = hit.features
    cosine = "none" if features.cosine_raw is None else f"{features.cosine_raw:.3f}"
    raw = f"raw bm25 {features.bm25_raw:.2f}, raw cosine {cosine}"
    prefix = f"{hit.identifier_match.clause}, " if hit.identifier_match else ""
    return (
        f"{prefix}score {score:.3f} ({', '.join(parts)}), {raw}, "
        f"code agreement {features.agreement:.2f}"
    )


def _hit_lines(hit: Hit) -> Iterator[str]:
    product = hit.product
    variants = f"{hit.variants} variants" if (hit.variants or 0) > 1 else None
    facts = (product.brand, wording.price(product), product.id, variants)
    shown = " · ".join(clean_text(fact) for fact in facts if fact)
    yield f"{hit.rank:4}  {clean_text(product.title)}"
    yield f"      {shown}"
    if hit.matched_codes:
        yield f"      codes: {', '.join(clean_text(c.label) for c in hit.matched_codes)}"
    if hit.explanation is not None:
        yield f"      explanation: {_explanation_line(hit.score, hit.explanation)}"


def _explanation_line(score: float, explanation: HitExplanation) -> str:
    line = f"{_scores_line(score, explanation)}, rank change {explanation.rank_change:+d}"
    clauses = ", ".join(
        f"{clean_text(name)} {value:.3f}" for name, value in explanation.clause_scores.items()
    )
    return f"{line} [{clauses}]" if clauses else line

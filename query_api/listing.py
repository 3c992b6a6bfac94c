"""Search results as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gram_es.records import WeightedCode
from gram_es.retrieval.explaining import Explanation
from gram_es.retrieval.request import Dropped, clean_text
from gram_es.retrieval.rerank import RankedHit
from gram_es.retrieval.result import Hit, SearchResult, Why
from query_api import wording


def result_lines(result: SearchResult) -> Iterator[str]:
    """Yield the answer line by line; control characters of a feed do not reach the terminal."""
    yield from _dropped_lines(result.dropped)
    if result.spelt:
        yield f"searching also for: {clean_text(result.spelt)}"
    if result.codes:
        yield f"codes: {codes_line(result.codes)}"
    for reason in result.degraded:
        yield f"degraded: {reason}"
    took = wording.milliseconds(result.took_ms["total"])
    counted = (wording.tally(result), wording.beyond(result)) if result.total is not None else ()
    yield ", ".join([*filter(None, counted), result.mode, f"{took} ms"])
    yield ""
    for hit in result.hits:
        yield from _hit_lines(hit)
    if not result.hits:
        yield "no product matches"


def missing_lines(found: Explanation) -> Iterator[str]:
    """Yield why a product is not among the hits, line by line."""
    verdict, standing = found.verdict, found.standing
    title = found.held.title if found.held else "this product"
    yield from _dropped_lines(found.dropped)
    yield f"{clean_text(found.product_id)}  {clean_text(title)}"
    yield clean_text(f"{wording.stage(verdict.stage).lower()}: {verdict.reason}")
    if verdict.remedy:
        yield clean_text(f"remedy: {verdict.remedy}")
    if found.held and found.held.codes:
        yield f"codes: {', '.join(clean_text(code) for code in found.held.codes)}"
    if found.ranking.clauses.codes:
        yield f"codes of the query: {codes_line(found.ranking.clauses.codes)}"
    if standing and standing.hit and standing.last:
        yield f"its parts: {_parts(standing.hit)}"
        yield f"the last hit's, {clean_text(standing.last.id)}: {_parts(standing.last)}"


def _dropped_lines(dropped: Iterable[Dropped]) -> Iterator[str]:
    for part in dropped:
        yield clean_text(f"dropped: {part.parameter} {', '.join(part.values)}")


def codes_line(codes: Iterable[WeightedCode]) -> str:
    """Return codes with their weights, on one line."""
    return ", ".join(
        f"{clean_text(code.label)} ({code.weight:.2f}{', pinned' if code.pinned else ''})"
        for code in codes
    )


def _parts(hit: RankedHit) -> str:
    scorer = "not asked" if hit.scorer is None else f"{hit.scorer:.3f}"
    parts = [f"score {hit.score:.3f}", f"codes {hit.codes:.2f}", f"text {hit.text:.2f}"]
    parts += [f"scorer {scorer}", *_added(hit)]
    if hit.pinned:
        parts.append(f"pinned {hit.pinned:+.2f}")
    if hit.exact:
        parts.insert(0, "identifier")
    return ", ".join(parts)


def _added(parts: RankedHit | Why) -> list[str]:
    """Return what the score has beside the scorer's cosine."""
    added = ((name, getattr(parts, name)) for name in ("words", "wording", "feedback"))
    return [f"{name} {value:+.2f}" for name, value in added]


def _hit_lines(hit: Hit) -> Iterator[str]:
    product = hit.product
    variants = f"{hit.variants} variants" if (hit.variants or 0) > 1 else None
    facts = (product.brand, wording.price(product), product.id, variants)
    shown = " · ".join(clean_text(fact) for fact in facts if fact)
    yield f"{hit.rank:4}  {clean_text(product.title)}"
    yield f"      {shown}"
    if hit.matched_codes:
        yield f"      codes: {', '.join(clean_text(c.label) for c in hit.matched_codes)}"
    if hit.why is not None:
        yield f"      why: {_why(hit)}"


def _why(hit: Hit) -> str:
    why = hit.why
    assert why is not None
    scorer = "not asked" if why.scorer is None else f"{why.scorer:.3f}"
    parts = [f"score {hit.score:.3f}", f"codes {why.codes:.2f}", f"text {why.text:.2f}"]
    parts += [f"scorer {scorer}", *_added(why)]
    parts.append(f"moved {why.moved:+d}")
    if why.pinned:
        parts.append(f"pinned {why.pinned:+.2f}")
    if why.exact:
        parts.insert(0, "identifier")
    clauses = ", ".join(f"{clean_text(name)} {score:.3f}" for name, score in why.clauses.items())
    return ", ".join(parts) + (f" [{clauses}]" if clauses else "")

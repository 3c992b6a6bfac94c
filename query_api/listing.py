"""Search results as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gram_es.records import WeightedCode
from gram_es.retrieval.request import clean_text
from gram_es.retrieval.result import Hit, SearchResult
from query_api import wording


def result_lines(result: SearchResult) -> Iterator[str]:
    """Yield the answer line by line; control characters of a feed do not reach the terminal."""
    if result.spelt:
        yield f"searching also for: {clean_text(result.spelt)}"
    if result.codes:
        yield f"codes: {codes_line(result.codes)}"
    for reason in result.degraded:
        yield f"degraded: {reason}"
    took = wording.milliseconds(result.took_ms["total"])
    count = "" if result.total is None else f"{result.total:,} products, "
    yield f"{count}{result.mode}, {took} ms"
    yield ""
    for hit in result.hits:
        yield from _hit_lines(hit)
    if not result.hits:
        yield "no product matches"


def codes_line(codes: Iterable[WeightedCode]) -> str:
    """Return codes with their weights, on one line."""
    return ", ".join(
        f"{clean_text(code.label)} ({code.weight:.2f}{', pinned' if code.pinned else ''})"
        for code in codes
    )


def _hit_lines(hit: Hit) -> Iterator[str]:
    product = hit.product
    facts = (product.brand, wording.price(product), product.id)
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
    parts = [f"codes {why.codes:.2f}", f"text {why.text:.2f}", f"scorer {scorer}"]
    parts += [f"wording {why.wording:+.2f}", f"feedback {why.feedback:+.2f}"]
    parts.append(f"moved {why.moved:+d}")
    if why.pinned:
        parts.append(f"pinned {why.pinned:+.2f}")
    if why.exact:
        parts.insert(0, "identifier")
    clauses = ", ".join(f"{clean_text(name)} {score:.3f}" for name, score in why.clauses.items())
    return ", ".join(parts) + (f" [{clauses}]" if clauses else "")

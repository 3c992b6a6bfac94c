"""What the page about a missing product shows, worked out before the template writes it down."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.explaining import Explanation
from gram_es.retrieval.missing import Standing
from query_api import links, wording

_PARTS: Final = {
    "score": "Score",
    "codes": "Codes (retrieval)",
    "text": "BM25 (retrieval)",
    "scorer": "Scorer",
    "words": "Words",
    "wording": "Wording",
    "feedback": "Feedback",
    "pinned": "Pinned",
}


@dataclass(frozen=True, slots=True)
class CodeLink:
    """A code of the query or of the product; ``shared`` ones belong to both."""

    label: str
    page: str
    shared: bool


@dataclass(frozen=True, slots=True)
class MissingView:
    """The whole page.

    ``parts`` of the product's score stand beside the last hit's. ``kept`` are the search's
    parameters beside its words. ``recovered`` says what the search dropped.
    """

    stage: str = ""
    product: str = ""
    back: str = "/"
    asked: tuple[CodeLink, ...] = ()
    carried: tuple[CodeLink, ...] = ()
    parts: tuple[tuple[str, str, str], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    recovered: tuple[str, ...] = ()


def missing_view(found: Explanation) -> MissingView:
    """Return what the page of ``found`` shows."""
    asked = [code.label for code in found.ranking.clauses.codes]
    carried = found.held.codes if found.held else ()
    request = found.request
    return MissingView(
        stage=wording.stage(found.verdict.stage),
        product=links.product_url(found.product_id),
        back=links.page_url(request, request.offset),
        asked=_code_links(asked, carried),
        carried=_code_links(carried, asked),
        parts=_parts(found.standing) if found.standing else (),
        kept=tuple(pair for pair in links.pairs(request) if pair[0] != "q"),
        recovered=wording.recovered(found.dropped, found.ranking.request),
    )


def _parts(standing: Standing) -> tuple[tuple[str, str, str], ...]:
    hit, last = standing.hit, standing.last
    if hit is None or last is None:
        return ()
    return tuple(
        (label, _figure(getattr(hit, name)), _figure(getattr(last, name)))
        for name, label in _PARTS.items()
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _code_links(labels: Sequence[str], others: Collection[str]) -> tuple[CodeLink, ...]:
    return tuple(CodeLink(label, links.code_url(label), label in others) for label in labels)

"""What the page about a missing product shows, worked out before the template writes it down."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gram_es.retrieval.explaining import Explanation
from query_api import links, wording


@dataclass(frozen=True, slots=True)
class CodeLink:
    """A code of the query or of the product; ``shared`` ones belong to both."""

    label: str
    page: str
    shared: bool


@dataclass(frozen=True, slots=True)
class MissingView:
    """The whole page; ``kept`` are the search's parameters beside its words."""

    stage: str = ""
    product: str = ""
    back: str = "/"
    asked: tuple[CodeLink, ...] = ()
    carried: tuple[CodeLink, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()


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
        kept=tuple(pair for pair in links.pairs(request) if pair[0] != "q"),
    )


def _code_links(labels: Sequence[str], others: Collection[str]) -> tuple[CodeLink, ...]:
    return tuple(CodeLink(label, links.code_url(label), label in others) for label in labels)

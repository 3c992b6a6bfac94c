"""The view of the page that explains why a product is missing from a search."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.explain.missing import MissingExplanation
from gram_es.retrieval.explain.verdict import Placement
from query_api import wording
from query_api.pages import urls

_SCORES: Final = {
    "bm25": "BM25",
    "cosine": "Cosine",
    "lexical": "Lexical features",
    "feedback": "Feedback",
    "codes": "Codes",
    "pinned": "Pinned codes",
}
_FEATURES: Final = {
    "bm25_raw": "BM25, unweighted",
    "cosine_raw": "Cosine, unweighted",
    "agreement": "Code agreement, unweighted",
}


@dataclass(frozen=True, slots=True)
class CodeLink:
    """A code of the query or of the product; ``shared`` is true if both have this code."""

    label: str
    code_url: str
    shared: bool


@dataclass(frozen=True, slots=True)
class MissingView:
    """The contents of the page; the default values are for the empty form.

    ``stage`` is the label of the search stage at which the product was lost. ``product_url`` is the
    URL of the product's page. ``search_url`` is the URL of the search. Each row of ``scores`` has a
    label, the product's value and the value of the last hit on the page. ``parameters`` are the
    parameters of the search, except the query. ``relaxed`` are sentences that say which constraints
    the search dropped.
    """

    stage: str = ""
    product_url: str = ""
    search_url: str = "/"
    query_codes: tuple[CodeLink, ...] = ()
    product_codes: tuple[CodeLink, ...] = ()
    scores: tuple[tuple[str, str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    relaxed: tuple[str, ...] = ()


def missing_view(explanation: MissingExplanation) -> MissingView:
    """Return the contents of the page for ``explanation``."""
    query_codes = [code.label for code in explanation.ranking.clauses.codes]
    product_codes = explanation.product.codes if explanation.product else ()
    request = explanation.request
    return MissingView(
        stage=wording.stage_label(explanation.verdict.stage),
        product_url=urls.product_url(explanation.product_id),
        search_url=urls.page_url(request, request.offset),
        query_codes=_code_links(query_codes, product_codes),
        product_codes=_code_links(product_codes, query_codes),
        scores=_scores(explanation.placement) if explanation.placement else (),
        parameters=tuple(pair for pair in urls.parameters(request) if pair[0] != "q"),
        relaxed=wording.relaxed(explanation.dropped, explanation.ranking.request),
    )


def _scores(placement: Placement) -> tuple[tuple[str, str, str], ...]:
    hit, last = placement.hit, placement.last_hit
    if hit is None or last is None:
        return ()
    return (
        ("Score", _score(hit.score), _score(last.score)),
        *_score_rows(_SCORES, hit.scores, last.scores),
        *_score_rows(_FEATURES, hit.features, last.features),
    )


def _score_rows(
    labels: Mapping[str, str], hit: object, last_hit: object
) -> Iterator[tuple[str, str, str]]:
    for name, label in labels.items():
        yield label, _score(getattr(hit, name)), _score(getattr(last_hit, name))


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _code_links(labels: Sequence[str], others: Collection[str]) -> tuple[CodeLink, ...]:
    return tuple(CodeLink(label, urls.code_url(label), label in others) for label in labels)

"""What the page about a missing product shows, computed before the template renders it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.explain.explain import MissingExplanation
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
    "code_weights": "Weights of the codes",
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

    ``scores`` are the product's beside the last hit's. ``parameters`` are the search's beside
    its words. ``relaxed`` is what the search dropped, in sentences.
    """

    stage: str = ""
    product: str = ""
    back: str = "/"
    asked: tuple[CodeLink, ...] = ()
    carried: tuple[CodeLink, ...] = ()
    scores: tuple[tuple[str, str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    relaxed: tuple[str, ...] = ()


def missing_view(explanation: MissingExplanation) -> MissingView:
    """Return what the page of ``explanation`` shows."""
    asked = [code.label for code in explanation.ranking.clauses.codes]
    carried = explanation.product.codes if explanation.product else ()
    request = explanation.request
    return MissingView(
        stage=wording.stage(explanation.verdict.stage),
        product=urls.product_url(explanation.product_id),
        back=urls.page_url(request, request.offset),
        asked=_code_links(asked, carried),
        carried=_code_links(carried, asked),
        scores=_scores(explanation.placement) if explanation.placement else (),
        parameters=tuple(pair for pair in urls.pairs(request) if pair[0] != "q"),
        relaxed=wording.relaxed(explanation.dropped, explanation.ranking.request),
    )


def _scores(placement: Placement) -> tuple[tuple[str, str, str], ...]:
    hit, last = placement.hit, placement.last_hit
    if hit is None or last is None:
        return ()
    return (
        ("Score", _figure(hit.score), _figure(last.score)),
        *_figures(_SCORES, hit.scores, last.scores),
        *_figures(_FEATURES, hit.features, last.features),
    )


def _figures(
    labels: Mapping[str, str], own: object, last: object
) -> Iterator[tuple[str, str, str]]:
    for name, label in labels.items():
        yield label, _figure(getattr(own, name)), _figure(getattr(last, name))


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _code_links(labels: Sequence[str], others: Collection[str]) -> tuple[CodeLink, ...]:
    return tuple(CodeLink(label, urls.code_url(label), label in others) for label in labels)

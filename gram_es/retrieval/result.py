"""What a search answers: hits with their receipts, facets, and which stages ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from gram_es.overrides.rules import Override
from gram_es.records import Product, WeightedCode
from gram_es.retrieval.calibration import HitFeatures, ScoreBreakdown
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.facets import (
    Facets,
    FacetValue,
    PriceRange,
    read_facets,
    read_groups,
    read_total,
)
from gram_es.retrieval.highlighting import Segment
from gram_es.retrieval.ranking import Ranking
from gram_es.retrieval.recovering import recovered_json
from gram_es.retrieval.request import WINDOW, Dropped, SearchRequest

FACETS_OVER: Final = "relevant products: most of the words, or a leading code"
BROWSED_OVER: Final = "products that pass the filters"
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class HitExplanation:
    """Why a hit is at its rank.

    ``rank_change`` is by how many ranks the rerank lifted it. With an ``identifier_match`` the
    query is one of its identifiers. ``clause_scores`` maps the names of Elasticsearch's clauses to
    what each added to the retrieval score.
    """

    scores: ScoreBreakdown
    features: HitFeatures
    rank_change: int
    identifier_match: bool
    clause_scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Hit:
    """One product of the answer; ``rank`` counts from 1 over all pages.

    ``title`` is the product's in segments, where highlights are asked for. ``variants`` counts the
    hits of its group, itself included, where one stands for all.
    """

    id: str
    rank: int
    score: float
    product: Product
    matched_codes: tuple[WeightedCode, ...]
    title: tuple[Segment, ...] | None = None
    variants: int | None = None
    explanation: HitExplanation | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one search.

    ``request`` is what was carried out: what was asked for without what was ``dropped``, because
    there was nothing to show with it. ``text`` is the query as typed, ``spelt`` the corrected one
    or ``None``. ``mode`` names the stages that ran and ``degraded`` says why one that should have
    run did not. ``took_ms`` is by stage. ``total`` counts relevant products and is ``None`` when
    counting was not asked for; ``ranked`` counts the hits of the window, relevant or merely near;
    ``groups`` is close to the number of their groups, ``None`` where variants stand apart;
    ``window`` is how many hits at most are ``ranked``.
    ``rules`` are the pins and bans that acted on the codes.
    """

    request: SearchRequest
    request_id: str
    text: str
    spelt: str | None
    codes: tuple[WeightedCode, ...]
    mode: str
    degraded: tuple[str, ...]
    index: str
    model: str | None
    total: int | None
    groups: int | None
    ranked: int
    dropped: tuple[Dropped, ...]
    took_ms: Mapping[str, float]
    hits: tuple[Hit, ...]
    facets: Facets | None
    rules: tuple[Override, ...] = ()
    window: int = WINDOW

    @property
    def listed(self) -> int:
        """Return how many hits what counts makes: variants that stand apart, or their groups."""
        return (self.total if self.groups is None else self.groups) or 0

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain data for JSON."""
        return {
            "request_id": self.request_id,
            "query": {
                "text": self.text,
                "spelt": self.spelt,
                "codes": [_code_json(code) for code in self.codes],
                **_rules_json(self.rules),
                **({"without": list(self.request.without)} if self.request.without else {}),
            },
            "sort": self.request.order,
            "mode": self.mode,
            "degraded": list(self.degraded),
            "index": self.index,
            "model": self.model,
            "recovered": recovered_json(self.dropped),
            "total": self._total_json(),
            "took_ms": {stage: round(ms, 1) for stage, ms in self.took_ms.items()},
            "hits": [_hit_json(hit) for hit in self.hits],
            **_facets_json(self.facets, over=BROWSED_OVER if self.request.browses else FACETS_OVER),
        }

    def _total_json(self) -> dict[str, Any] | None:
        if self.total is None:
            return None
        groups = {} if self.groups is None else {"groups": self.groups}
        return {"value": self.total, "relation": "eq", **groups}


def build_result(
    ranking: Ranking,
    hits: tuple[Hit, ...],
    context: SearchContext,
    *,
    text: str,
    model: str | None,
    dropped: tuple[Dropped, ...],
    window: int,
) -> SearchResult:
    """Return the result of a ranking whose ``hits`` are fetched.

    :param text: the query as typed; the ranking's request may be a relaxed one.
    :param model: the fingerprint of the model that took part.
    """
    clauses, counts = ranking.clauses, ranking.retrieved.counts
    return SearchResult(
        request=ranking.request,
        request_id=context.request_id,
        text=text,
        spelt=clauses.spelt if clauses.spelt != clauses.typed else None,
        codes=clauses.codes,
        mode=ranking.mode,
        degraded=ranking.degraded,
        index=ranking.index,
        model=model,
        total=read_total(counts) if counts else None,
        groups=read_groups(counts) if counts else None,
        ranked=len(ranking.retrieved.window),
        dropped=dropped,
        took_ms=context.stopwatch.read(),
        hits=hits,
        facets=read_facets(counts, ranking.request) if counts else None,
        rules=ranking.rules,
        window=window,
    )


def product_json(product: Product) -> dict[str, Any]:
    """Return the fields that the shop filled, under their names."""
    values = {field.name: getattr(product, field.name) for field in fields(product)}
    values["category"] = list(product.category)
    values["attributes"] = {name: list(held) for name, held in product.attributes.items()}
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def _code_json(code: WeightedCode) -> dict[str, Any]:
    pinned = {"pinned": True} if code.pinned else {}
    return {"code": code.label, "weight": round(code.weight, _DIGITS), **pinned}


def _rules_json(rules: tuple[Override, ...]) -> dict[str, Any]:
    """Return the rules without what a person noted: the answer may be public."""
    told = ("id", "kind", "query", "code")
    held = [{name: one.to_json().get(name) for name in told} for one in rules]
    return {"rules": held} if held else {}


def _hit_json(hit: Hit) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": hit.id,
        "rank": hit.rank,
        "score": round(hit.score, _DIGITS),
        "product": product_json(hit.product),
        "matched_codes": [code.label for code in hit.matched_codes],
    }
    if hit.title is not None:
        plain["highlight"] = {"title": [asdict(segment) for segment in hit.title]}
    if hit.variants is not None:
        plain["variants"] = hit.variants
    if hit.explanation is not None:
        plain["explanation"] = _explanation_json(hit.explanation)
    return plain


def _explanation_json(explanation: HitExplanation) -> dict[str, Any]:
    return {
        "scores": rounded(asdict(explanation.scores)),
        "features": rounded(asdict(explanation.features)),
        "rank_change": explanation.rank_change,
        "identifier_match": explanation.identifier_match,
        "clause_scores": rounded(explanation.clause_scores),
    }


def rounded(scores: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return scores as they are written in JSON."""
    return {name: None if v is None else round(v, _DIGITS) for name, v in scores.items()}


def _facets_json(facets: Facets | None, *, over: str) -> dict[str, Any]:
    if facets is None:
        return {}
    return {
        "facets": {
            "brand": [_value_json(value) for value in facets.brand],
            "category": [_value_json(value) for value in facets.category],
            "availability": [_value_json(value) for value in facets.availability],
            "price": [_range_json(price) for price in facets.price],
            "attributes": {
                name: [_value_json(value) for value in values]
                for name, values in facets.attributes.items()
            },
        },
        "facets_over": over,
    }


def _value_json(held: FacetValue) -> dict[str, Any]:
    also = {"also": list(held.also)} if held.also else {}
    return {"value": held.value, "count": held.count, **also}


def _range_json(price: PriceRange) -> dict[str, Any]:
    return {"from": price.low, "to": price.high, "count": price.count}

"""Convert results to plain data for JSON responses; no I/O.

The responses are described in :mod:`query_api.api.openapi`. Overrides are not converted here: their
own method ``to_json`` converts them, both for the responses and for the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from gram_es.overrides.rules import Override
from gram_es.records import Product, WeightedCode
from gram_es.retrieval.conditions.conditions import (
    Condition,
    Exclusion,
    OrderCondition,
    PriceCondition,
)
from gram_es.retrieval.explain.missing import MissingExplanation
from gram_es.retrieval.recall.facets import Facets, FacetValue, PriceRange
from gram_es.retrieval.recall.identifiers import IdentifierMatch
from gram_es.retrieval.request import DroppedConstraint, SearchRequest, parameter_of
from gram_es.retrieval.rerank.blend import HitFeatures, ScoreBreakdown
from gram_es.retrieval.rerank.window import RankedHit
from gram_es.retrieval.result import Hit, HitExplanation, SearchResult
from gram_es.retrieval.suggest import Suggestions
from query_api import wording
from query_api.condition_wording import ignored_because

_CONDITION_KINDS: Final[Mapping[type[Condition], str]] = {
    PriceCondition: "price",
    OrderCondition: "order",
    Exclusion: "exclusion",
}
_DIGITS: Final = 4
_PUBLIC_RULE_FIELDS: Final = ("id", "kind", "query", "code")


def search_json(result: SearchResult) -> dict[str, Any]:
    """Return the result of a search for the JSON response."""
    request = result.request
    excluded = {"excluded_codes": list(request.excluded_codes)} if request.excluded_codes else {}
    return {
        "request_id": result.request_id,
        "query": {
            "text": result.text,
            "corrected": result.corrected,
            "alternatives": list(result.alternatives),
            "searched_text": result.searched_text,
            "conditions": [condition_json(each, request) for each in result.conditions],
            "codes": [_query_code_json(code, result) for code in result.codes],
            "language_model": result.language_model,
            **_rules_json(result.rules),
            **excluded,
        },
        "sort": request.order,
        "mode": result.mode,
        "degraded": list(result.degraded),
        "index": result.index,
        "model": result.model,
        "relaxed": _relaxed_json(result.dropped),
        "message": wording.message(result),
        "scope": wording.scope(result),
        "total": _total_json(result),
        "took_ms": {stage: round(ms, 1) for stage, ms in result.took_ms.items()},
        "hits": [_hit_json(hit) for hit in result.hits],
        "less_close": [_hit_json(hit) for hit in result.less_close],
        **_facets_json(result.facets),
    }


def missing_json(explanation: MissingExplanation) -> dict[str, Any]:
    """Return the explanation of why a product is not among the hits of a search."""
    request, verdict = explanation.request, explanation.verdict
    clauses = explanation.ranking.clauses
    product, placement = explanation.product, explanation.placement
    failed = product.failed_filters if product else ()
    return {
        "id": explanation.product_id,
        "title": product.title if product else None,
        "stage": verdict.stage,
        "reason": verdict.reason,
        "remedy": verdict.remedy,
        "mode": explanation.ranking.mode,
        "relaxed": _relaxed_json(explanation.dropped),
        "query": {
            "text": request.text,
            "corrected": clauses.correction,
            "alternatives": list(clauses.alternatives),
            "codes": [code.label for code in clauses.codes],
        },
        "codes": list(product.codes) if product else [],
        "filtered_by": [parameter_of(field) for field in failed],
        "clause_scores": _rounded(product.clause_scores) if product else {},
        "rank": placement.rank if placement else None,
        "last_rank_on_page": request.offset + request.size,
        "product_scores": _product_scores_json(placement.hit) if placement else None,
        "last_hit_scores": _product_scores_json(placement.last_hit) if placement else None,
    }


def suggestions_json(suggestions: Suggestions) -> dict[str, Any]:
    """Return the completions of a query."""
    return {
        "text": suggestions.text,
        "corrected": suggestions.corrected,
        "suggestions": [asdict(completion) for completion in suggestions.completions],
    }


def product_json(product: Product) -> dict[str, Any]:
    """Return the non-empty fields of a product by name."""
    values = {field.name: getattr(product, field.name) for field in fields(product)}
    values["category"] = list(product.category)
    values["other_categories"] = [list(path) for path in product.other_categories]
    values["attributes"] = {name: list(texts) for name, texts in product.attributes.items()}
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def condition_json(condition: Condition, request: SearchRequest) -> dict[str, Any]:
    """Return a condition in the words of a query, and whether it has an effect."""
    ignored = ignored_because(condition, request)
    return {
        "kind": _CONDITION_KINDS[type(condition)],
        "words": condition.words,
        **_condition_fields(condition),
        "applied": ignored is None,
        "note": ignored,
    }


def _condition_fields(condition: Condition) -> dict[str, Any]:
    match condition:
        case PriceCondition():
            ends = {"from": condition.low, "to": condition.high}
            return {**ends, "currencies": list(condition.currencies)}
        case OrderCondition():
            return {"sort": condition.sort}
        case Exclusion():
            return {"without": list(condition.phrases)}


def code_json(code: WeightedCode) -> dict[str, Any]:
    """Return a code of a query and its weight."""
    pinned = {"pinned": True} if code.pinned else {}
    return {"code": code.label, "weight": round(code.weight, _DIGITS), **pinned}


def _query_code_json(code: WeightedCode, result: SearchResult) -> dict[str, Any]:
    leading = {"leading": True} if code.label in result.rule.codes else {}
    return {**code_json(code), **leading}


def _rules_json(rules: Sequence[Override]) -> dict[str, Any]:
    """Return the overrides that changed the query's codes.

    Notes and authors are left out, because the response may be public.
    """
    if not rules:
        return {}
    public = [{name: rule.to_json().get(name) for name in _PUBLIC_RULE_FIELDS} for rule in rules]
    return {"rules": public}


def _relaxed_json(dropped: Sequence[DroppedConstraint]) -> dict[str, Any] | None:
    return {"dropped": [asdict(part) for part in dropped]} if dropped else None


def _total_json(result: SearchResult) -> dict[str, Any] | None:
    if result.total is None:
        return None
    groups = {} if result.groups is None else {"groups": result.groups}
    return {"value": result.total, "relation": "eq", **groups}


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
        **_scores_json(explanation.scores, explanation.features),
        "rank_change": explanation.rank_change,
        "identifier_match": _match_name(explanation.identifier_match),
        "clause_scores": _rounded(explanation.clause_scores),
    }


def _product_scores_json(hit: RankedHit | None) -> dict[str, Any] | None:
    if hit is None:
        return None
    return {
        "id": hit.id,
        "score": round(hit.score, _DIGITS),
        **_scores_json(hit.scores, hit.features),
        "identifier_match": _match_name(hit.identifier_match),
    }


def _match_name(match: IdentifierMatch) -> str | None:
    return match.name.lower() if match else None


def _scores_json(scores: ScoreBreakdown, features: HitFeatures) -> dict[str, Any]:
    return {"scores": _rounded(asdict(scores)), "features": _rounded(asdict(features))}


def _rounded(scores: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if v is None else round(v, _DIGITS) for name, v in scores.items()}


def _facets_json(facets: Facets | None) -> dict[str, Any]:
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
    }


def _value_json(facet: FacetValue) -> dict[str, Any]:
    spellings = {"spellings": list(facet.spellings)} if facet.spellings else {}
    return {"value": facet.value, "count": facet.count, **spellings}


def _range_json(price: PriceRange) -> dict[str, Any]:
    return {"from": price.low, "to": price.high, "count": price.count}

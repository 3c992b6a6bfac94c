"""``POST /codes`` and ``POST /rerank``: for a shop's own requests to Elasticsearch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, g, jsonify

from gram_es.retrieval.recall.own_query import code_queries
from gram_es.retrieval.recall.relevance import leading_codes
from gram_es.retrieval.request import SearchRequest
from gram_es.text.normalise import clean_text
from query_api.api.bodies import read_codes, read_rerank
from query_api.api.serializers import code_json, condition_json
from query_api.http.context import current_searcher

blueprint = Blueprint("own_query", __name__)


@blueprint.post("/codes")
def codes() -> Response:
    """Return the codes of a query, and clauses that search them."""
    body, searcher = read_codes(), current_searcher()
    planned = searcher.plan(
        SearchRequest(body.q, spelling=body.spelling), request_id=g.request_id, deadline=g.deadline
    )
    clauses, request = planned.plan.clauses, planned.plan.request
    leading = leading_codes(clauses)
    answer: dict[str, Any] = {
        "request_id": g.request_id,
        "query": {
            "text": clean_text(request.text),
            "corrected": clauses.correction,
            "alternatives": list(clauses.alternatives),
            "searched_text": request.searched_text,
            "conditions": [
                condition_json(each, request)
                for each in (request.parsed.conditions if request.parsed else ())
            ],
        },
        "codes": [
            {**code_json(code), **({"leading": True} if code in leading else {})}
            for code in sorted(clauses.searched_codes, key=lambda code: -code.weight)
        ],
        **asdict(code_queries(clauses, body.boost)),
        "degraded": list(planned.degraded),
    }
    return jsonify(answer)


@blueprint.post("/rerank")
def rerank() -> Response:
    """Return products in the order of a search for a query, whichever request found them."""
    body, searcher = read_rerank(), current_searcher()
    ids = tuple(dict.fromkeys(body.ids))
    reranked = searcher.rerank(body.q, ids, request_id=g.request_id, deadline=g.deadline)
    found = {hit.id for hit in reranked.hits}
    return jsonify(
        request_id=g.request_id,
        hits=[
            {"id": hit.id, "score": round(hit.score, 4), "relevant": hit.relevant}
            for hit in reranked.hits
        ],
        missing=[each for each in ids if each not in found] if reranked.is_complete else [],
        degraded=list(reranked.degraded),
    )

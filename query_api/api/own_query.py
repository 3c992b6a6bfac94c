"""``POST /codes`` and ``POST /rerank``: for a shop's own requests to Elasticsearch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, g, jsonify

from gram_es.retrieval.recall.own_query import code_queries
from gram_es.retrieval.request import SearchRequest
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
    answer: dict[str, Any] = {
        "request_id": g.request_id,
        "query": {
            "text": request.text,
            "corrected": clauses.correction,
            "alternatives": list(clauses.alternatives),
            "searched_text": request.searched_text,
            "conditions": [
                condition_json(each, request)
                for each in (request.parsed.conditions if request.parsed else ())
            ],
        },
        "codes": [code_json(code) for code in clauses.searched_codes],
        **asdict(code_queries(clauses, body.boost)),
        "degraded": list(planned.degraded),
    }
    return jsonify(answer)


@blueprint.post("/rerank")
def rerank() -> Response:
    """Return products in the order of a search for a query, whichever request found them."""
    body, searcher = read_rerank(), current_searcher()
    ids = tuple(dict.fromkeys(body.ids))
    page = searcher.rerank(body.q, ids, request_id=g.request_id, deadline=g.deadline)
    found = {hit.id for hit in page.hits}
    return jsonify(
        request_id=g.request_id,
        hits=[
            {"id": hit.id, "score": round(hit.score, 4), "relevant": hit.relevant}
            for hit in page.hits
        ],
        missing=[each for each in ids if each not in found],
        degraded=[page.degraded_reason] if page.degraded_reason else [],
    )

"""``GET /search``, ``/suggest`` and ``/explain/missing``: JSON for programs."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, request

from gram_es.retrieval.explain.explain import explain_missing
from gram_es.retrieval.suggest import suggest
from query_api.api.parameters import read_missing, read_request, read_suggestion
from query_api.api.serializers import missing_json, search_json, suggestions_json
from query_api.http.admission import inspection_endpoint
from query_api.http.context import carry_out, context_of, current_searcher

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
def search() -> Response:
    """Return the result of one search as JSON."""
    return jsonify(search_json(carry_out(read_request(request.args))))


@blueprint.get("/suggest")
def suggestions() -> Response:
    """Complete the query being typed: codes, brands, categories, products' titles."""
    text, size = read_suggestion(request.args)
    searcher = current_searcher()
    suggested = suggest(searcher, text, size=size, context=context_of(searcher))
    return jsonify(suggestions_json(suggested))


@blueprint.get("/explain/missing")
@inspection_endpoint
def missing() -> Response:
    """Explain why a product is not among the hits of a search; the parameters are those of it."""
    asked, product_id = read_missing(request.args)
    searcher = current_searcher()
    explanation = explain_missing(searcher, asked, product_id, context_of(searcher))
    return jsonify({"request_id": g.request_id, **missing_json(explanation)})

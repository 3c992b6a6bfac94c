"""The endpoints ``/search``, ``/suggest`` and ``/explain/missing``: JSON for programs."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, request

from gram_es.retrieval.explain.missing import explain_missing
from gram_es.retrieval.suggest import suggest
from query_api.api.parameters import read_missing, read_request, read_suggestion
from query_api.api.serializers import missing_json, search_json, suggestions_json
from query_api.http.admission import inspection_endpoint
from query_api.http.context import current_searcher, new_search_context, run_search

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
def search() -> Response:
    """Return the result of the search that the parameters describe."""
    return jsonify(search_json(run_search(read_request(request.args))))


@blueprint.get("/suggest")
def complete() -> Response:
    """Return completions of a query: codes, brands, categories and product titles."""
    text, size = read_suggestion(request.args)
    searcher = current_searcher()
    suggestions = suggest(searcher, text, size=size, context=new_search_context(searcher))
    return jsonify(suggestions_json(suggestions))


@blueprint.get("/explain/missing")
@inspection_endpoint
def explain() -> Response:
    """Explain why a product is not among the hits of the search that the parameters describe."""
    search_request, product_id = read_missing(request.args)
    searcher = current_searcher()
    explanation = explain_missing(
        searcher, search_request, product_id, new_search_context(searcher)
    )
    return jsonify({"request_id": g.request_id, **missing_json(explanation)})

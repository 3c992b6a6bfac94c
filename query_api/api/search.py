"""The endpoints ``/search``, ``/suggest`` and ``/explain/...``: JSON for programs."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, g, jsonify, request

from gram_es.inspection.products import read_product
from gram_es.retrieval.explain.missing import explain_missing
from gram_es.retrieval.suggest import suggest
from query_api.api.parameters import (
    read_missing,
    read_product_id,
    read_request,
    read_suggestion,
)
from query_api.api.product_report import product_report_json
from query_api.api.serializers import missing_json, search_json, suggestions_json
from query_api.http.admission import inspection_endpoint
from query_api.http.context import (
    current_searcher,
    new_search_context,
    request_client,
    run_search,
)
from query_api.http.problems import problem

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


@blueprint.get("/explain/product")
@inspection_endpoint
def explain_product() -> Response:
    """Return the codes of a product with their weights and origins."""
    product_id = read_product_id(request.args)
    searcher = current_searcher()
    report = read_product(request_client(searcher), searcher.index, product_id, searcher.overrides)
    if report is None:
        return problem(HTTPStatus.NOT_FOUND, "the index has no product with this id")
    return jsonify({"request_id": g.request_id, **product_report_json(report)})

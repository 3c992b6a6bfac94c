"""The search page ``/``, and the page ``/missing``: why a product is missing from a search."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, g, render_template, request
from werkzeug.datastructures import MultiDict

from gram_es.retrieval.context import IndexView
from gram_es.retrieval.explain.missing import explain_missing
from gram_es.retrieval.request import RequestError, SearchRequest
from gram_es.text.normalise import clean_text
from query_api.api.parameters import (
    PAGE_SIZE,
    price_parameter,
    read_missing,
    read_request,
    selects_products,
)
from query_api.http.admission import inspection_endpoint
from query_api.http.context import (
    current_options,
    current_searcher,
    new_search_context,
    run_search,
)
from query_api.pages.urls import text_url
from query_api.pages.views.missing import MissingView, missing_view
from query_api.pages.views.results import results_view

_MAX_COMPLETIONS: Final = 100

blueprint = Blueprint("search_page", __name__)


@blueprint.get("/")
def results() -> Response:
    """Show the results of a search, or the start page if the URL has no query and no filter."""
    if not selects_products(request.args):
        return _start()
    try:
        search_request = _read_request()
    except RequestError as error:
        return _rejected(error)
    result = run_search(search_request)
    index = current_searcher().index_reader.view(g.deadline)
    page = render_template(
        "results.html",
        view=results_view(result, current_options().image_hosts),
        completions=index.completions.most_frequent(_MAX_COMPLETIONS),
        **({} if result.hits or result.less_close else _examples(index)),
    )
    return Response(page)


@blueprint.get("/missing")
@inspection_endpoint
def missing() -> Response:
    """Show why a product is not among the hits of a search.

    Without parameters, show a form that asks for the search and the product.
    """
    if not request.args:
        return Response(render_template("missing.html", explanation=None, view=MissingView()))
    try:
        search_request, product_id = read_missing(_arguments(), size=PAGE_SIZE, strict=False)
    except RequestError as error:
        return _rejected(error)
    searcher = current_searcher()
    explanation = explain_missing(
        searcher, search_request, product_id, new_search_context(searcher)
    )
    view = missing_view(explanation)
    return Response(render_template("missing.html", explanation=explanation, view=view))


def _read_request() -> SearchRequest:
    """Return the search request that the URL describes; unknown parameters are ignored."""
    search_request = read_request(_arguments(), size=PAGE_SIZE, allowed=None)
    return replace(search_request, explain=not search_request.browses, highlight=True)


def _arguments() -> MultiDict[str, str]:
    """Convert the page's parameters to parameters of the API.

    The two fields of the price form become one parameter. By default, the page shows the variants
    of a product as one hit.
    """
    args: MultiDict[str, str] = MultiDict(request.args)
    args.setdefault("collapse", "true")
    low, high = args.pop("price_from", ""), args.pop("price_to", "")
    price = price_parameter(low, high)
    if price is not None:
        args["price"] = price
    return args


def _start() -> Response:
    view = current_searcher().index_reader.view(g.deadline)
    completions = view.completions.most_frequent(_MAX_COMPLETIONS)
    page = render_template("start.html", index=view, completions=completions, **_examples(view))
    return Response(page)


def _examples(view: IndexView) -> dict[str, Any]:
    """Return example queries for a template: codes, or brands if the index has no codes."""
    examples = [(e.value, e.count, text_url(e.value)) for e in view.examples]
    return {"examples": examples, "has_codes": view.live_codes is not None}


def _rejected(error: RequestError) -> Response:
    text = clean_text(request.args.get("q", ""))
    page = render_template("invalid_request.html", faults=error.faults, text=text)
    return Response(page, status=HTTPStatus.BAD_REQUEST)

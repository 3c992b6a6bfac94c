"""``/`` and ``/missing``: the search page for people, and why a product is not on it."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, g, render_template, request
from werkzeug.datastructures import MultiDict

from gram_es.retrieval.explain.explain import explain_missing
from gram_es.retrieval.live_index import IndexView
from gram_es.retrieval.request import RequestError, SearchRequest
from gram_es.text.normalise import clean_text
from query_api.api.parameters import (
    PAGE_SIZE,
    asks_for_something,
    price_parameter,
    read_missing,
    read_request,
)
from query_api.http.admission import inspection_endpoint
from query_api.http.context import carry_out, context_of, current_searcher
from query_api.pages.urls import text_url
from query_api.pages.views.missing import MissingView, missing_view
from query_api.pages.views.results import results_view

_COMPLETIONS: Final = 100

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def page() -> Response:
    """Show the start page, or the results of a search."""
    if not asks_for_something(request.args):
        return _start()
    try:
        asked = _read()
    except RequestError as error:
        return _rejected(error)
    result = carry_out(asked)
    index = current_searcher().live.view(g.deadline)
    page = render_template(
        "results.html",
        view=results_view(result),
        completions=index.completions.most_frequent(_COMPLETIONS),
        **({} if result.hits else _examples(index)),
    )
    return Response(page)


@blueprint.get("/missing")
@inspection_endpoint
def missing() -> Response:
    """Show why a product is not among the hits of a search, or ask which product and search."""
    if not request.args:
        return Response(render_template("missing.html", explanation=None, view=MissingView()))
    try:
        asked, product_id = read_missing(_arguments(), size=PAGE_SIZE, strict=False)
    except RequestError as error:
        return _rejected(error)
    searcher = current_searcher()
    explanation = explain_missing(searcher, asked, product_id, context_of(searcher))
    view = missing_view(explanation)
    return Response(render_template("missing.html", explanation=explanation, view=view))


def _read() -> SearchRequest:
    """Return the search that the page shows; unknown parameters are ignored."""
    asked = read_request(_arguments(), size=PAGE_SIZE, known=None)
    return replace(asked, explain=not asked.browses, highlight=True)


def _arguments() -> MultiDict[str, str]:
    """Return the page's parameters: prices come as two fields, variants are one hit."""
    args: MultiDict[str, str] = MultiDict(request.args)
    args.setdefault("collapse", "true")
    low, high = args.pop("price_from", ""), args.pop("price_to", "")
    price = price_parameter(low, high)
    if price is not None:
        args["price"] = price
    return args


def _start() -> Response:
    view = current_searcher().live.view(g.deadline)
    completions = view.completions.most_frequent(_COMPLETIONS)
    page = render_template("start.html", index=view, completions=completions, **_examples(view))
    return Response(page)


def _examples(view: IndexView) -> dict[str, Any]:
    """Return examples of queries: codes, or brands while there are none."""
    examples = [(one.value, one.count, text_url(one.value)) for one in view.examples]
    return {"examples": examples, "coded": view.live is not None}


def _rejected(error: RequestError) -> Response:
    text = clean_text(request.args.get("q", ""))
    page = render_template("refused.html", faults=error.faults, text=text)
    return Response(page, status=HTTPStatus.BAD_REQUEST)

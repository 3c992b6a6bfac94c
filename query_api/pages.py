"""``/``: the search page for people."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from gram_es.retrieval.live import IndexView
from gram_es.retrieval.request import RequestError, SearchRequest, clean_text
from query_api.current import carry_out, current_searcher
from query_api.links import text_url
from query_api.parameters import PAGE_SIZE, price_parameter, read_request
from query_api.views import results_view

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def page() -> Response:
    """Show the start page, or the results where something is searched for."""
    if not clean_text(request.args.get("q", "")):
        return _start()
    try:
        asked = _read()
    except RequestError as error:
        return _refused(error)
    result = carry_out(asked)
    empty = {} if result.hits else _examples(current_searcher().live.view())
    page = render_template("results.html", view=results_view(asked, result), **empty)
    return Response(page)


def _read() -> SearchRequest:
    """Return the search of the page's form, whose prices come as two fields."""
    args: MultiDict[str, str] = MultiDict(request.args)
    low, high = args.pop("price_from", ""), args.pop("price_to", "")
    price = price_parameter(low, high)
    if price is not None:
        args["price"] = price
    return replace(read_request(args, size=PAGE_SIZE), explain=True)


def _start() -> Response:
    view = current_searcher().live.view()
    return Response(render_template("start.html", index=view, **_examples(view)))


def _examples(view: IndexView) -> dict[str, Any]:
    """Return what a shopper may try: codes, or brands while there are none."""
    examples = [(held.value, held.count, text_url(held.value)) for held in view.examples]
    return {"examples": examples, "coded": view.live is not None}


def _refused(error: RequestError) -> Response:
    text = clean_text(request.args.get("q", ""))
    page = render_template("refused.html", faults=error.faults, text=text)
    return Response(page, status=HTTPStatus.BAD_REQUEST)

"""``/product``, ``/code`` and ``/codes``: the contents of the index, for those who maintain it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, render_template, request

from gram_es.inspection.codes import PRODUCTS, read_code
from gram_es.inspection.health import read_health
from gram_es.inspection.products import read_product
from gram_es.overrides.rules import code_key
from gram_es.records import WeightedCode
from gram_es.retrieval.request import MAX_DEPTH, SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text, normalise
from query_api.api import admin
from query_api.api.parameters import read_offset
from query_api.http.admission import inspection_endpoint
from query_api.http.context import context_of, current_client, current_searcher
from query_api.http.problems import problem
from query_api.pages.views.code import code_view
from query_api.pages.views.code_stats import health_view
from query_api.pages.views.product import product_view

_DEEPEST_PAGE: Final = MAX_DEPTH - PRODUCTS

blueprint = Blueprint("inspecting", __name__)


@blueprint.get("/product/<path:product_id>", merge_slashes=False)
@blueprint.get("/product")
@inspection_endpoint
def product(product_id: str | None = None) -> Response:
    """Show a product with its codes and the source of each."""
    wanted = request.args.get("id", "").strip() if product_id is None else product_id
    if not wanted:
        return problem(HTTPStatus.BAD_REQUEST, "id is empty; give a product's id")
    searcher = current_searcher()
    sheet = read_product(current_client(), searcher.index, wanted, searcher.overrides)
    if sheet is None:
        page = render_template("no_product.html", product_id=wanted)
        return Response(page, status=HTTPStatus.NOT_FOUND)
    view, can_rule = product_view(sheet), admin.is_open()
    return Response(render_template("product.html", view=view, can_rule=can_rule))


@blueprint.get("/code/<path:label>", merge_slashes=False)
@blueprint.get("/code")
@inspection_endpoint
def code(label: str | None = None) -> Response:
    """Show a code with the products that carry it; any form of its words works."""
    given = clean_text(request.args.get("label", "") if label is None else label)
    if not normalise(given):
        return problem(HTTPStatus.BAD_REQUEST, "label is empty; give a code")
    offset = read_offset(request.args, most=_DEEPEST_PAGE)
    searcher = current_searcher()
    wanted = _label_of(given, searcher)
    sheet = read_code(current_client(), searcher.index, wanted, searcher.overrides, offset=offset)
    page = render_template("code.html", view=code_view(sheet, _codes_of_query(wanted)))
    return Response(page, status=HTTPStatus.OK if sheet.products else HTTPStatus.NOT_FOUND)


def _label_of(given: str, searcher: Searcher) -> str:
    """Return the code of the model that ``given`` is a form of, else its normal form."""
    form = normalise(given)
    if searcher.gram is None:
        return form
    codebook = searcher.gram.codebook
    number = codebook.number_of_label.get(form, codebook.number_of_key.get(code_key(form)))
    return form if number is None else codebook.codes[number].label


@blueprint.get("/codes")
@inspection_endpoint
def codes() -> Response:
    """Show statistics on the codes of the whole catalogue."""
    health = read_health(current_client(), current_searcher().index)
    return Response(render_template("codes.html", view=health_view(health)))


def _codes_of_query(text: str) -> tuple[WeightedCode, ...]:
    """Return the codes that a search for ``text`` gets."""
    asked = SearchRequest(text[:MAX_TEXT_CHARS], size=1, facets=False)
    searcher = current_searcher()
    return searcher.rank(asked, context_of(searcher)).clauses.codes

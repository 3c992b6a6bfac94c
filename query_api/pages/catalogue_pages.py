"""The pages ``/product``, ``/code`` and ``/codes``, which show maintainers the index's content."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, render_template, request

from gram_es.inspection.code_stats import read_code_stats
from gram_es.inspection.codes import PRODUCTS, read_code
from gram_es.inspection.products import read_product
from gram_es.overrides.rules import code_key
from gram_es.records import WeightedCode
from gram_es.retrieval.request import MAX_DEPTH, SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text, normalise
from query_api.api import admin
from query_api.api.parameters import read_offset
from query_api.http.admission import inspection_endpoint
from query_api.http.context import (
    current_options,
    current_searcher,
    new_search_context,
    request_client,
)
from query_api.http.problems import problem
from query_api.pages.views.code import code_view
from query_api.pages.views.code_stats import code_stats_view
from query_api.pages.views.product import product_view

_MAX_OFFSET: Final = MAX_DEPTH - PRODUCTS

blueprint = Blueprint("catalogue_pages", __name__)


@blueprint.get("/product/<path:product_id>", merge_slashes=False)
@blueprint.get("/product")
@inspection_endpoint
def product(product_id: str | None = None) -> Response:
    """Show a product with its codes and the source of each code."""
    if product_id is None:
        product_id = request.args.get("id", "").strip()
    if not product_id:
        return problem(HTTPStatus.BAD_REQUEST, "id is empty; give a product's id")
    searcher = current_searcher()
    report = read_product(request_client(searcher), searcher.index, product_id, searcher.overrides)
    if report is None:
        page = render_template("no_product.html", product_id=product_id)
        return Response(page, status=HTTPStatus.NOT_FOUND)
    view = product_view(report, current_options().image_hosts)
    page = render_template("product.html", view=view, can_edit=admin.is_open())
    return Response(page)


@blueprint.get("/code/<path:label>", merge_slashes=False)
@blueprint.get("/code")
@inspection_endpoint
def code(label: str | None = None) -> Response:
    """Show a code with its products.

    ``label`` may be any surface form of the code, such as its plural.
    """
    text = clean_text(request.args.get("label", "") if label is None else label)
    if not normalise(text):
        return problem(HTTPStatus.BAD_REQUEST, "label is empty; give a code")
    offset = read_offset(request.args, most=_MAX_OFFSET)
    searcher = current_searcher()
    code_label = _code_label(text, searcher)
    report = read_code(
        request_client(searcher), searcher.index, code_label, searcher.overrides, offset=offset
    )
    page = render_template("code.html", view=code_view(report, _query_codes(code_label, searcher)))
    return Response(page, status=HTTPStatus.OK if report.product_count else HTTPStatus.NOT_FOUND)


@blueprint.get("/codes")
@inspection_endpoint
def codes() -> Response:
    """Show statistics on the codes of the whole catalogue."""
    searcher = current_searcher()
    stats = read_code_stats(request_client(searcher), searcher.index)
    return Response(render_template("codes.html", view=code_stats_view(stats)))


def _code_label(text: str, searcher: Searcher) -> str:
    """Return the label of the model's code that has ``text`` as a surface form.

    Return the normalised text if the model has no such code.
    """
    form = normalise(text)
    if searcher.gram is None:
        return form
    codebook = searcher.gram.codebook
    number = codebook.number_by_label.get(form, codebook.number_by_key.get(code_key(form)))
    return form if number is None else codebook.codes[number].label


def _query_codes(text: str, searcher: Searcher) -> tuple[WeightedCode, ...]:
    """Return the codes of a search for ``text``."""
    search_request = SearchRequest(text[:MAX_TEXT_CHARS], size=1, facets=False)
    return searcher.rank(search_request, new_search_context(searcher)).clauses.codes

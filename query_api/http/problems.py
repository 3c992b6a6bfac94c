"""Error responses: RFC 9457 problem details for programs, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, g, json, render_template, request
from werkzeug.exceptions import HTTPException

from gram_es.errors import (
    CatalogueIndexError,
    ClusterError,
    ClusterUnavailableError,
    OverrideError,
    ShopIndexError,
    UnknownOverrideError,
)
from gram_es.retrieval.request import Fault, RequestError
from query_api.http.admission import OverloadedError
from query_api.http.metrics import count_rejection

logger = logging.getLogger(__name__)

_RETRY_AFTER_S: Final = 5
_FOR_PROGRAMS: Final = ("search", "own_query", "instantsearch", "ops", "admin")
_NOT_FOUND: Final = "no page has this URL; check the URL"
_SHOPS_INDEX: Final = (
    "the index is the shop's own, which gram-es does not search by itself; POST /codes gives the "
    "codes for the shop's query, and POST /rerank orders its hits"
)
_UNAVAILABLE: Final = "the catalogue cannot be searched at the moment; please try again soon"


def register(app: Flask) -> None:
    """Register the error responses of ``app``; none of them contains a traceback."""
    app.register_error_handler(RequestError, _invalid_request)
    app.register_error_handler(OverrideError, _invalid_override)
    app.register_error_handler(UnknownOverrideError, _unknown_override)
    app.register_error_handler(ClusterUnavailableError, unavailable)
    app.register_error_handler(CatalogueIndexError, unavailable)
    app.register_error_handler(ClusterError, _cluster_error)
    app.register_error_handler(ShopIndexError, _not_for_this_index)
    app.register_error_handler(OverloadedError, _overloaded)
    app.register_error_handler(HTTPException, _http_error)


def problem(status: int, detail: str, faults: Sequence[Fault] = ()) -> Response:
    """Return an error response: a page if the client asks for one, else problem details.

    :param status: the HTTP status.
    :param detail: what failed and, where possible, the next step.
    :param faults: the invalid parameters of the request.
    """
    show = _page if wants_page() else _details
    response = show(status, detail, faults)
    response.vary.add("Accept")
    return response


def wants_page() -> bool:
    """Return whether the response to the current request should be a page, not JSON.

    Endpoints for programs never respond with a page. Other endpoints do if the client, such as
    a browser, prefers HTML.
    """
    if request.blueprint in _FOR_PROGRAMS:
        return False
    accepted = request.accept_mimetypes
    return accepted.best_match(["application/json", "text/html"]) == "text/html"


def _page(status: int, detail: str, faults: Sequence[Fault]) -> Response:
    title = HTTPStatus(status).phrase
    page = render_template("error.html", status=status, title=title, detail=detail, faults=faults)
    return Response(page, status=status)


def _details(status: int, detail: str, faults: Sequence[Fault]) -> Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": g.request_id,
    }
    if faults:
        body["errors"] = [{"parameter": fault.name, "reason": fault.reason} for fault in faults]
    return Response(json.dumps(body), status=status, mimetype="application/problem+json")


def _invalid_request(error: RequestError) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, str(error), error.faults)


def _invalid_override(error: OverrideError) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, str(error))


def _not_for_this_index(error: ShopIndexError) -> Response:
    logger.info("%s %s", g.request_id, error)
    return problem(HTTPStatus.NOT_IMPLEMENTED, _SHOPS_INDEX)


def _unknown_override(error: UnknownOverrideError) -> Response:
    return problem(HTTPStatus.NOT_FOUND, str(error))


def unavailable(error: ClusterError | CatalogueIndexError) -> Response:
    """Return the response for a cluster or an index that cannot be searched; log the reason."""
    response = problem(HTTPStatus.SERVICE_UNAVAILABLE, _cluster_detail(error))
    response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _overloaded(error: OverloadedError) -> Response:
    count_rejection(error.reason)
    response = problem(HTTPStatus.TOO_MANY_REQUESTS, str(error))
    response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _cluster_error(error: ClusterError) -> Response:
    return problem(HTTPStatus.BAD_GATEWAY, _cluster_detail(error))


def _cluster_detail(error: ClusterError | CatalogueIndexError) -> str:
    """Log an error of the cluster, and return what the client may know of it.

    The error names the cluster's host and index. Only clients with the admin token may know them.
    """
    logger.error("%s %s", g.request_id, error)
    if request.blueprint == "admin":
        return str(error)
    return _UNAVAILABLE if wants_page() else f"{_UNAVAILABLE} (request {g.request_id} in the log)"


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(status, f"the server failed; find request {g.request_id} in its log")
    detail = error.description or HTTPStatus(status).phrase
    response = problem(status, _NOT_FOUND if status == HTTPStatus.NOT_FOUND else detail)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response

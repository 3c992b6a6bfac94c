"""Endpoints for operators: liveness, readiness, metrics, and the description of the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Flask, Response, current_app, jsonify

from gram_es.errors import CatalogueIndexError, ClusterError
from query_api.api.openapi import description
from query_api.http.admission import always_admitted, probe_endpoint
from query_api.http.context import current_searcher
from query_api.http.metrics import metrics_response
from query_api.http.options import Options
from query_api.http.problems import problem, unavailable
from query_api.http.tokens import TokenGuard, bearer_token

_EXTENSION: Final = "gram-es-may-read-metrics"
_CLOSED: Final = (
    "the metrics are closed: send the value of GRAM_ES_METRICS_TOKEN as Authorization: Bearer "
    "TOKEN; GRAM_ES_OPEN_METRICS=true opens them to everyone"
)

blueprint = Blueprint("ops", __name__)


def register(app: Flask, options: Options) -> None:
    """Register the endpoints for operators in ``app``."""
    token = options.metrics_token
    guard = None if token is None else TokenGuard(token)

    def may_read_metrics() -> bool:
        return options.metrics_are_public or (guard is not None and guard.accepts(bearer_token()))

    app.extensions[_EXTENSION] = may_read_metrics
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
@always_admitted
def healthz() -> Response:
    """Report that the process is alive, and its number of searches by mode; check nothing else."""
    return jsonify(status="ok", searches=current_searcher().counts)


@blueprint.get("/metrics")
@probe_endpoint
def metrics() -> Response:
    """Return the metrics for Prometheus, if the request's token or the options allow it.

    The address of a request says nothing: a proxy on this machine may forward those of others.
    """
    if current_app.extensions[_EXTENSION]():
        return metrics_response()
    response = problem(HTTPStatus.UNAUTHORIZED, _CLOSED)
    response.headers["WWW-Authenticate"] = 'Bearer realm="gram-es"'
    return response


@blueprint.get("/openapi.json")
@probe_endpoint
def openapi() -> Response:
    """Return the OpenAPI description, which covers all endpoints for programs."""
    return jsonify(description())


@blueprint.get("/readyz")
@probe_endpoint
def readyz() -> Response:
    """Report whether the service can answer searches; if searches are degraded, say why.

    A service that searches text without codes is degraded but ready, so the status is 200. The
    cause usually affects all instances. At any other status, a load balancer would remove all of
    them.
    """
    searcher = current_searcher()
    try:
        view = searcher.index_reader.check()
    except (ClusterError, CatalogueIndexError) as error:
        return unavailable(error)
    return jsonify(
        status="degraded" if view.degraded else "ok",
        degraded=list(view.degraded),
        index=view.index,
        model=searcher.gram.fingerprint if searcher.gram else None,
    )

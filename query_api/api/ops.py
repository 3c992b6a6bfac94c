"""Endpoints for operators: liveness, readiness, metrics, and the description of the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, jsonify

from gram_es.errors import CatalogueIndexError, ClusterError
from query_api.api.openapi import description
from query_api.http.admission import always_admitted, probe_endpoint
from query_api.http.context import current_options, current_searcher
from query_api.http.metrics import is_local_request, metrics_response
from query_api.http.problems import problem

_FORBIDDEN: Final = (
    "only this machine may read the metrics; set GRAM_ES_OPEN_METRICS=true to let others read them"
)

blueprint = Blueprint("ops", __name__)


@blueprint.get("/healthz")
@always_admitted
def healthz() -> Response:
    """Report that the process is alive, and its number of searches by mode; check nothing else."""
    return jsonify(status="ok", searches=current_searcher().counts)


@blueprint.get("/metrics")
@probe_endpoint
def metrics() -> Response:
    """Return the metrics for Prometheus; other machines get them only if the options allow it."""
    if not current_options().metrics_are_public and not is_local_request():
        return problem(HTTPStatus.FORBIDDEN, _FORBIDDEN)
    return metrics_response()


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
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    return jsonify(
        status="degraded" if view.degraded else "ok",
        degraded=list(view.degraded),
        index=view.index,
        model=searcher.gram.fingerprint if searcher.gram else None,
    )

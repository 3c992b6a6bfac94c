"""The state of the service: liveness, readiness, metrics, and the description of its API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, jsonify

from gram_es.errors import CatalogueIndexError, ClusterError
from query_api.api.openapi import description
from query_api.http.admission import always_admitted
from query_api.http.context import current_options, current_searcher
from query_api.http.metrics import exposition, is_local_request
from query_api.http.problems import problem

_CLOSED: Final = "metrics are open to this machine only; open them with GRAM_ES_OPEN_METRICS=true"

blueprint = Blueprint("ops", __name__)


@blueprint.get("/healthz")
@always_admitted
def healthz() -> Response:
    """Report that the process answers; nothing else is checked."""
    return jsonify(status="ok", searches=current_searcher().counts)


@blueprint.get("/metrics")
@always_admitted
def metrics() -> Response:
    """Return the metrics for Prometheus; to other machines only where the options open them."""
    if not current_options().open_metrics and not is_local_request():
        return problem(HTTPStatus.FORBIDDEN, _CLOSED)
    return exposition()


@blueprint.get("/openapi.json")
@always_admitted
def openapi() -> Response:
    """Describe every endpoint."""
    return jsonify(description())


@blueprint.get("/readyz")
@always_admitted
def readyz() -> Response:
    """Report whether searches can be answered, and why they are degraded.

    Text search alone is degraded, not down: a load balancer takes a failing instance out of
    service, and all instances share the cause.
    """
    searcher = current_searcher()
    try:
        view = searcher.live.check()
    except (ClusterError, CatalogueIndexError) as error:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    return jsonify(
        status="degraded" if view.degraded else "ok",
        degraded=list(view.degraded),
        index=view.index,
        model=searcher.gram.fingerprint if searcher.gram else None,
    )

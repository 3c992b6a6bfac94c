"""``/healthz`` and ``/readyz``: is the process alive, and can it answer searches."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, jsonify

from gram_es.errors import CatalogueIndexError, ClusterError
from query_api.current import current_searcher
from query_api.problems import problem

blueprint = Blueprint("ops", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers; nothing else is looked at."""
    return jsonify(status="ok", searches=current_searcher().counts)


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say whether searches can be answered, and what stands in the way of a full answer.

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

"""``GET /search``: the answer for programs."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, request

from query_api.current import current_searcher
from query_api.parameters import read_request

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
def search() -> Response:
    """Answer one search as JSON."""
    asked = read_request(request.args)
    return jsonify(current_searcher().search(asked, request_id=g.request_id).to_json())

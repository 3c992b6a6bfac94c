"""``GET /search``: the answer for programs."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from query_api.current import carry_out
from query_api.parameters import read_request

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
def search() -> Response:
    """Answer one search as JSON."""
    return jsonify(carry_out(read_request(request.args)).to_json())

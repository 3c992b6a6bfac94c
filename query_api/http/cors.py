"""Cross-origin resource sharing: let pages of other origins search from a shopper's browser.

Only the endpoints for searches take part, and only for origins that the operator lists. Responses
never allow credentials, so that a page learns nothing that is not public.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Final

from flask import Flask, Response, request

_BLUEPRINTS: Final = ("search", "instantsearch")
_MAX_AGE_S: Final = 600
_EXPOSED: Final = "X-Request-ID, Retry-After"
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type, X-Request-ID",
    "Access-Control-Max-Age": str(_MAX_AGE_S),
}


def register(app: Flask, origins: Set[str]) -> None:
    """Allow pages of ``origins`` to read the responses of searches; without any, change nothing."""

    def allow(response: Response) -> Response:
        if request.blueprint not in _BLUEPRINTS:
            return response
        response.vary.add("Origin")  # a cache must not serve one origin's response to another
        origin = request.headers.get("Origin", "")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED
            if request.method == "OPTIONS":
                response.headers.update(_PREFLIGHT)
        return response

    if origins:
        app.after_request(allow)

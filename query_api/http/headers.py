"""Request ids, security headers of responses, and the log of requests."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from time import perf_counter
from typing import Final
from uuid import uuid4

from flask import Flask, Response, g, request

from gram_es.text.normalise import clean_text
from query_api.http.image_hosts import ImageHosts

logger = logging.getLogger(__name__)

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src {image_sources}; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Cache-Control": "no-store",  # prices, stock and overrides change at any time
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def register(app: Flask, image_hosts: ImageHosts) -> None:
    """Give each request of ``app`` an id and each response security headers; log each request.

    The id is the request's header ``X-Request-ID`` if this header is valid; otherwise the id is
    random. With the security headers, a page cannot load content from other sites, except pictures
    from ``image_hosts``, and other sites cannot embed the page.
    """
    sources = " ".join(filter(None, ("'self'", image_hosts.sources)))
    policy = _CONTENT_SECURITY_POLICY.format(image_sources=sources)
    headers = {**_HEADERS, "Content-Security-Policy": policy}

    def finish(response: Response) -> Response:
        return _finish(response, headers)

    app.before_request(_start)
    app.after_request(finish)


def _start() -> None:
    client_id = request.headers.get("X-Request-ID", "")
    g.request_id = client_id if _REQUEST_ID.fullmatch(client_id) else uuid4().hex
    g.started = perf_counter()


def _finish(response: Response, headers: Mapping[str, str]) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    took_ms = (perf_counter() - g.started) * 1_000
    logger.info(
        "%s %s %s %d in %.1f ms",
        g.request_id,
        request.method,
        clean_text(request.path),
        response.status_code,
        took_ms,
        extra={
            "request_id": g.request_id,
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "took_ms": round(took_ms, 1),
            **g.get("log_fields", {}),
        },
    )
    return response

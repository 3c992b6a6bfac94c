"""A span for each request, if telemetry is on.

The stock instrumentation writes the whole URL and the client's address to the span. What a shopper
typed and where from belongs to neither, so both are overwritten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Flask, request

from gram_es import telemetry

if TYPE_CHECKING:
    from opentelemetry.trace import Span

# matched against the whole URL, whose host and query the client chooses
_EXCLUDED: Final = r"^\w+://[^/?]+/(?:static/|(?:healthz|readyz|metrics)(?:\?|$))"
_CLIENT: Final = ("net.peer.ip", "net.peer.port", "client.address", "client.port")
_TARGETS: Final = ("http.target", "http.url", "url.full")


def register(app: Flask) -> None:
    """Trace the requests of ``app``; call it first, so that the span has all other steps."""
    current = telemetry.current()
    if current is None:
        return
    from opentelemetry.instrumentation.flask import FlaskInstrumentor

    FlaskInstrumentor.instrument_app(  # type: ignore[no-untyped-call]
        app,
        response_hook=_overwrite,
        tracer_provider=current.traces,
        meter_provider=current.metrics,
        excluded_urls=_EXCLUDED,
    )


def _overwrite(span: Span | None, _status: str, _headers: object) -> None:
    """Overwrite the URL and the address, after the instrumentation has written them."""
    if span is not None and span.is_recording():
        values = dict.fromkeys(_TARGETS, request.path) | dict.fromkeys(_CLIENT, "")
        span.set_attributes({**values, "url.query": ""})

"""Export spans without the messages of errors, which may have texts of queries or of products.

The libraries that write spans of their own, such as the client of Elasticsearch, write the message
and the stack of an error to its span; so the spans are changed where they leave the process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

_TYPE: Final = "exception.type"


class ErrorTypeExporter(SpanExporter):
    """Exports spans by ``exporter``; of an error they have the type alone."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export the spans without messages."""
        return self._exporter.export([*map(without_messages, spans)])

    def shutdown(self) -> None:
        """Close the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Export what the exporter still has."""
        return self._exporter.force_flush(timeout_millis)


def without_messages(span: ReadableSpan) -> ReadableSpan:
    """Return a copy of a span whose events and status have the types of errors alone."""
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=[_without_message(event) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _without_message(event: Event) -> Event:
    attributes = event.attributes or {}
    kept = {_TYPE: attributes[_TYPE]} if _TYPE in attributes else {}
    return Event(event.name, kept, event.timestamp)

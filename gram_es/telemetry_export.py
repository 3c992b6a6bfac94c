"""Providers of traces and metrics that send them to a collector; needs the extra ``telemetry``."""

from __future__ import annotations

from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from gram_es.settings import Settings
from gram_es.span_export import ErrorTypeExporter

_UNNAMED: Final = "unknown_service"
_NONE: Final = "none"
_CLUSTER: Final = "elasticsearch-api"  # the scope of the spans of Elasticsearch's client
_REQUEST_KEYS: Final = (  # the target of a metric is a route
    "http.method",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "http.status_code",
    "http.target",
)


class WithoutPolls(BatchSpanProcessor):
    """Exports all spans but the requests to Elasticsearch that belong to no other span.

    Processes ask Elasticsearch every second whether overrides have changed.
    """

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a span that has ended for its export."""
        scope = span.instrumentation_scope
        if span.parent is not None or scope is None or scope.name != _CLUSTER:
            super().on_end(span)


def open_providers(settings: Settings, service: str) -> tuple[TracerProvider, MeterProvider]:
    """Return the providers of this process, which are also those of all libraries.

    The SDK reads its own variables, such as those of the sampler.

    :param service: the name of the service, unless the variables give another one.
    """
    resource = Resource.create()
    if str(resource.attributes["service.name"]).startswith(_UNNAMED):
        resource = resource.merge(Resource({"service.name": service}))
    traces = TracerProvider(resource=resource)
    if settings.traces_exporter != _NONE:
        traces.add_span_processor(WithoutPolls(ErrorTypeExporter(OTLPSpanExporter())))
    sends_metrics = settings.metrics_exporter != _NONE
    readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if sends_metrics else []
    meters = MeterProvider(readers, resource, views=views())
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(meters)
    return traces, meters


def views() -> list[View]:
    """Return the views of metrics: those of requests leave out what a client can make up."""
    return [View(instrument_name="http.server.*", attribute_keys=set(_REQUEST_KEYS))]

"""Traces and metrics by OpenTelemetry, if the environment names where to send them.

The SDK is imported only then, so that a process without telemetry pays one comparison for a span.
Texts of queries are in no span that is sent and in no metric.
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gram_es.errors import SettingsError
from gram_es.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram, MeterProvider
    from opentelemetry.trace import Tracer, TracerProvider

_INSTRUMENTATION_SCOPE: Final = "gram_es"
_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_NO_SPAN: Final = nullcontext[Any]()


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The instruments of a process whose telemetry is on."""

    tracer: Tracer
    traces: TracerProvider
    metrics: MeterProvider
    stages: Histogram
    searches: Counter

    @classmethod
    def of(cls, traces: TracerProvider, metrics: MeterProvider) -> Telemetry:
        """Return the instruments that write to these providers."""
        meter = metrics.get_meter(_INSTRUMENTATION_SCOPE)
        return cls(
            tracer=traces.get_tracer(_INSTRUMENTATION_SCOPE),
            traces=traces,
            metrics=metrics,
            stages=meter.create_histogram(
                "gram_es.search.stage.duration",
                unit="s",
                description="Time of each stage of a search",
                explicit_bucket_boundaries_advisory=_BUCKETS_S,
            ),
            searches=meter.create_counter(
                "gram_es.searches", description="Searches by the stages that ran"
            ),
        )


_current: Telemetry | None = None


def start(settings: Settings, service: str) -> None:
    """Send the traces and metrics of this process, if the settings name a collector.

    Call it after the process has forked. What the process has not sent yet is sent when it ends.

    :param service: the name of the service, unless ``OTEL_SERVICE_NAME`` gives another one.
    :raises SettingsError: if the extra ``telemetry`` is not installed.
    """
    if settings.otlp_endpoint is None or settings.telemetry_is_off:
        return
    try:
        from gram_es import telemetry_export
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set, but the module {error.name} is missing; install "
            "gram-es[telemetry], or unset the variable"
        ) from None
    traces, metrics = telemetry_export.open_providers(settings, service)
    use(Telemetry.of(traces, metrics))
    atexit.register(use, None)


def use(telemetry: Telemetry | None) -> None:
    """Write spans and metrics to ``telemetry`` from now on; ``None`` switches them off."""
    global _current
    _current = telemetry


def current() -> Telemetry | None:
    """Return the instruments of the process, or ``None`` if its telemetry is off."""
    return _current


def span(
    name: str, attributes: Mapping[str, str | int] | None = None
) -> AbstractContextManager[Any]:
    """Return a context manager whose block is a span of the current trace."""
    if _current is None:
        return _NO_SPAN
    return _current.tracer.start_as_current_span(name, attributes=attributes)


def count_search(mode: str, took_ms: Mapping[str, float], *, degraded: bool) -> None:
    """Count a search by its mode, and record how long each of its stages took."""
    if _current is None:
        return
    _current.searches.add(1, {"mode": mode, "degraded": degraded})
    for stage, ms in took_ms.items():
        _current.stages.record(ms / 1_000, {"stage": stage})

"""A span for each task that is sent and that is run, in one trace, if telemetry is on."""

from __future__ import annotations

from gram_es import telemetry
from gram_es.settings import Settings


def start_tracing(settings: Settings, service: str) -> None:
    """Start the telemetry of this process, and trace its tasks.

    The messages of the tasks then have the header ``traceparent``.

    :raises SettingsError: if the extra ``telemetry`` is not installed.
    """
    telemetry.start(settings, service)
    trace_tasks()


def trace_tasks() -> None:
    """Trace the tasks that this process sends and runs, if its telemetry is on."""
    current = telemetry.current()
    if current is None:
        return
    from opentelemetry.instrumentation.celery import CeleryInstrumentor

    instrumentor = CeleryInstrumentor()  # type: ignore[no-untyped-call]
    instrumentor.instrument(tracer_provider=current.traces, meter_provider=current.metrics)

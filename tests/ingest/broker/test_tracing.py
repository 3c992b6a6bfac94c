"""A batch that is sent and the task that runs it are one trace."""

from pathlib import Path

import pytest
from opentelemetry.instrumentation.celery import CeleryInstrumentor

from gram_es import telemetry
from gram_es.settings import Settings
from ingest.broker.celery_app import make_celery, send_batch
from ingest.broker.message import BATCHES, ENRICH_BATCH, message_fault
from ingest.broker.tracing import trace_tasks


@pytest.fixture
def app(recording, tmp_path):
    """Return an application whose broker is a folder, and whose tasks are traced."""
    trace_tasks()
    yield make_celery(Settings(GRAM_ES_CACHE_DIR=str(tmp_path)))
    CeleryInstrumentor().uninstrument()


@pytest.fixture
def message(app, tmp_path) -> bytes:
    """Return the message of a batch that a traced command sent."""
    with telemetry.span("ingest"):
        send_batch(app, 3, 4)
    texts = [path.read_bytes() for path in Path(tmp_path).rglob("*") if path.is_file()]
    (text,) = [text for text in texts if b"traceparent" in text]
    return text


def test_a_task_belongs_to_the_trace_of_the_command_that_sent_it(app, message, recording):
    @app.task(name=ENRICH_BATCH)
    def enrich_batch(run: int, batch: int) -> None:
        with telemetry.span("model"):
            pass

    (sent,) = [span for span in recording.spans if span.name == "ingest"]
    trace_id = f"{sent.context.trace_id:032x}"
    span_id = "b7ad6b7169203331"
    assert trace_id.encode() in message

    enrich_batch.apply((3, 4), headers={"traceparent": f"00-{trace_id}-{span_id}-01"})

    names = recording.names()
    assert names[f"apply_async/{ENRICH_BATCH}"] == "ingest"
    assert names["model"] == f"run/{ENRICH_BATCH}"


def test_a_worker_accepts_a_message_with_a_trace(message):
    assert message_fault(message, BATCHES) == ""


def test_a_message_whose_trace_has_another_form_is_rejected(message):
    hostile = message.replace(b'"traceparent": "00-', b'"traceparent": "no-')

    assert hostile != message
    assert "headers.traceparent" in message_fault(hostile, BATCHES)

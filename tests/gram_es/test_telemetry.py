"""Telemetry is off, and its packages are not even imported, unless a collector is named."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import gram_es
from gram_es import telemetry
from gram_es.errors import SettingsError
from gram_es.settings import Settings
from gram_es.telemetry_export import WithoutPolls

COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROGRAM = """
import sys
from gram_es import telemetry
from gram_es.settings import current_settings
telemetry.start(current_settings(), "gram-es-test")
with telemetry.span("stage"):
    telemetry.count_search("text", {"rerank": 3.0}, degraded=False)
print(telemetry.current() is not None, "opentelemetry.sdk" in sys.modules)
"""


PROGRAM_THAT_FAILS = """
import contextlib
from opentelemetry import trace
from gram_es import telemetry
from gram_es.settings import current_settings
telemetry.start(current_settings(), "gram-es-test")
library = trace.get_tracer("library")
for span in (telemetry.span("own"), library.start_as_current_span("library")):
    with contextlib.suppress(ValueError), span:
        raise ValueError("cannot encode " + "".join(("ze", "bra")))
"""


def run(environment: dict[str, str], program: str = PROGRAM) -> str:
    """Return what the program prints with these variables."""
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=120
    ).stdout.strip()


@pytest.fixture
def collector():
    """Yield a collector's URL, and what it received by path."""
    received: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "environment", [{}, {COLLECTOR: ""}, {COLLECTOR: "http://x", "OTEL_SDK_DISABLED": "true"}]
)
def test_without_a_collector_nothing_is_imported(environment):
    assert run(environment) == "False False"


def test_traces_and_metrics_reach_the_collector_when_the_process_ends(collector):
    url, received = collector

    assert run({COLLECTOR: url}) == "True True"
    assert received.keys() == {"/v1/traces", "/v1/metrics"}
    assert b"gram-es-test" in received["/v1/traces"]
    assert b"gram_es.search.stage.duration" in received["/v1/metrics"]


def test_the_usual_variables_have_their_usual_effects(collector):
    url, received = collector

    run({COLLECTOR: url, "OTEL_SERVICE_NAME": "shop", "OTEL_TRACES_SAMPLER": "always_off"})

    assert received.keys() == {"/v1/metrics"}
    assert b"gram-es-test" not in received["/v1/metrics"]


def test_requests_to_the_cluster_that_belong_to_nothing_are_not_sent():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(WithoutPolls(exporter))
    ours, clients = provider.get_tracer("gram_es"), provider.get_tracer("elasticsearch-api")

    with clients.start_as_current_span("search"):
        pass
    with ours.start_as_current_span("fetch"), clients.start_as_current_span("mget"):
        pass
    provider.shutdown()

    assert [span.name for span in exporter.get_finished_spans()] == ["mget", "fetch"]


@pytest.mark.parametrize(
    ("variable", "path"),
    [("OTEL_TRACES_EXPORTER", "/v1/metrics"), ("OTEL_METRICS_EXPORTER", "/v1/traces")],
)
def test_an_exporter_that_is_none_sends_nothing(collector, variable, path):
    url, received = collector

    run({COLLECTOR: url, variable: "none"})

    assert received.keys() == {path}


def test_the_message_of_an_error_stays_in_the_process(collector):
    url, received = collector

    run({COLLECTOR: url}, PROGRAM_THAT_FAILS)

    spans = received["/v1/traces"]
    assert b"own" in spans
    assert b"library" in spans
    assert b"ValueError" in spans
    assert b"zebra" not in spans


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "gram_es.telemetry_export")
    monkeypatch.delattr(gram_es, "telemetry_export")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    settings = Settings(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")

    with pytest.raises(SettingsError, match=r"install gram-es\[telemetry\], or unset"):
        telemetry.start(settings, "gram-es-test")


def test_a_span_without_telemetry_is_always_the_same():
    assert telemetry.span("a") is telemetry.span("b", {"products": 3})

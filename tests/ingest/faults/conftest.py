"""A proxy in front of Elasticsearch that injects the faults of a test.

It forwards requests from a worker to the node. The production code therefore needs no hooks for
faults, and a worker can be stopped or killed at exactly the request that a test chooses.
"""

import contextlib
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import write_alias
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.settings import Settings

GATE_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"X-Elastic-Product": "Elasticsearch"})


@dataclass(frozen=True)
class Request:
    """A request to the node at ``node``, a host with its port."""

    node: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def forward(self) -> Answer:
        connection = HTTPConnection(self.node, timeout=GATE_TIMEOUT_S)
        headers = {**self.headers, "Content-Length": str(len(self.body))}
        try:
            connection.request(self.method, self.path, self.body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()


# Returns the answer to a request; ``None`` closes the connection without one.
Fault = Callable[[Request], Answer | None]


def reject(status: int) -> Fault:
    """Reject the request as an overloaded Elasticsearch does."""
    error = {"type": "es_rejected_execution_exception", "reason": "rejected execution"}
    body = json.dumps({"error": error, "status": status}).encode()
    return lambda _: Answer(status, body)


def cut(_: Request) -> None:
    """Close the connection before the request reaches the node."""


def cut_after(request: Request) -> None:
    """Forward the request, then close the connection before the worker gets the answer."""
    request.forward()


def answer_late(seconds: float) -> Fault:
    """Forward the request, and answer after the worker has stopped waiting."""

    def fault(request: Request) -> None:
        request.forward()
        time.sleep(seconds)

    return fault


def reject_item(product_id: str) -> Fault:
    """Reject one item of a bulk request as if a queue were full; write all others."""
    error = {"type": "es_rejected_execution_exception", "reason": "rejected execution"}

    def fault(request: Request) -> Answer:
        lines = request.body.splitlines(keepends=True)
        position = next(
            i for i, line in enumerate(lines) if f'"_id":"{product_id}"'.encode() in line
        )
        kind = next(iter(json.loads(lines[position])))
        answer = replace(request, body=b"".join(lines[:position] + lines[position + 2 :])).forward()
        response = json.loads(answer.body)
        rejection = {"_id": product_id, "status": 429, "error": error}
        response["items"].insert(position // 2, {kind: rejection})
        headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-length"}
        return Answer(200, json.dumps({**response, "errors": True}).encode(), headers)

    return fault


def limit(max_bytes: int) -> Fault:
    """Reject a larger request, as a proxy in front of Elasticsearch does; forward any other."""
    page = b"<html><title>413 Request Entity Too Large</title></html>"

    def fault(request: Request) -> Answer:
        if len(request.body) <= max_bytes:
            return request.forward()
        return Answer(413, page, {"Content-Type": "text/html"})

    return fault


class Gate:
    """A fault whose request waits until the gate is opened; ``reached`` is set when it waits.

    With ``waits_first`` the request waits before the fault happens, otherwise after it, so that
    only the answer is delayed.
    """

    def __init__(self, fault: Fault, *, waits_first: bool = False) -> None:
        self._fault = fault
        self._waits_first = waits_first
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, request: Request) -> Answer | None:
        if self._waits_first:
            self._wait()
            return self._fault(request)
        answer = self._fault(request)
        self._wait()
        return answer

    def _wait(self) -> None:
        self.reached.set()
        self.opened.wait(GATE_TIMEOUT_S)


@dataclass
class Rule:
    pattern: re.Pattern[str]
    fault: Fault
    times: int


class FaultProxy(ThreadingHTTPServer):
    """Forwards every request to the node unless a rule injects a fault."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, node_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.node = urlsplit(node_url).netloc
        self.rules: list[Rule] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def inject(self, pattern: str, fault: Fault, *, times: int = 1) -> None:
        """Inject a fault into the next ``times`` requests whose "METHOD /path" matches."""
        self.rules.append(Rule(re.compile(pattern), fault, times))

    def inject_gate(self, pattern: str, fault: Fault, *, waits_first: bool = False) -> Gate:
        gate = Gate(fault, waits_first=waits_first)
        self.inject(pattern, gate)
        return gate

    @property
    def unused_faults(self) -> list[str]:
        """The patterns of the faults that have not happened as often as requested."""
        return [rule.pattern.pattern for rule in self.rules if rule.times]

    def answer(self, request: Request) -> Answer | None:
        with self._lock:
            fault = self._fault(f"{request.method} {request.path}")
        return fault(request)

    def _fault(self, line: str) -> Fault:
        for rule in self.rules:
            if rule.times and rule.pattern.search(line):
                rule.times -= 1
                return rule.fault
        return Request.forward


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultProxy

    def do_GET(self) -> None:
        headers = dict(self.headers.items())
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.server.node, self.command, self.path, headers, body)
        try:
            answer = self.server.answer(request)
        except OSError:  # the node is down
            answer = None
        if answer is None:
            self.close_connection = True
            return
        dropped = ("content-length", "transfer-encoding", "connection")
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in dropped:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the client may have closed the connection
            self.wfile.write(answer.body)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815


@pytest.fixture
def proxy(cluster_url: str) -> Iterator[FaultProxy]:
    with FaultProxy(cluster_url) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield proxy
        proxy.shutdown()
        thread.join()


@pytest.fixture
def faults() -> Any:
    """The faults that a test can inject into the proxy, by name."""
    return SimpleNamespace(
        reject=reject,
        cut=cut,
        cut_after=cut_after,
        answer_late=answer_late,
        reject_item=reject_item,
        limit=limit,
        forward=Request.forward,
    )


@pytest.fixture
def products() -> list[Product]:
    return [Product(f"k-{number}", f"Stove kettle {number} litre") for number in range(1, 61)]


@pytest.fixture
def feed(tmp_path: Path, products: list[Product]) -> Path:
    lines = [json.dumps({"id": product.id, "title": product.title}) for product in products]
    path = tmp_path / "shop.ndjson"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def proxied(store: Any, proxy: Any) -> Any:
    """Commands that use the cluster through the proxy, with short leases and small batches."""
    store.environment |= {
        "ELASTICSEARCH_URL": proxy.url,
        "GRAM_ES_LEASE": "1",
        "GRAM_ES_BATCH_SIZE": "5",
    }
    return store


@pytest.fixture
def assert_no_effect(
    client: Elasticsearch,
    cluster_settings: Settings,
    gram: Gram,
    assert_codes_of: Any,
    products: list[Product],
) -> Callable[[], None]:
    """A function that checks that every document is the same as after a run without faults."""

    def check() -> None:
        alias = write_alias(cluster_settings.index)
        responses = client.mget(index=alias, ids=[product.id for product in products])["docs"]
        documents = [item["_source"] for item in responses if item["found"]]
        assert [document["title"] for document in documents] == [
            product.title for product in products
        ]
        assert_codes_of(gram, products, [document["gram"] for document in documents])

    return check


@pytest.fixture
def assert_complete(assert_no_effect: Callable[[], None]) -> Callable[..., None]:
    """A function that waits for an ingest of all products, and checks that no fault had effect."""

    def check(ingest: subprocess.Popen[str], *, timeout_s: float) -> None:
        out, err = ingest.communicate(timeout=timeout_s)
        result = json.loads(out)
        assert (result["created"], result["rows"], result["state"]) == (60, 60, "done"), err
        assert_no_effect()

    return check

"""A proxy in front of Elasticsearch that breaks what a test tells it to.

It stands between a worker and the node, so that the code that runs in production has no seam for
faults, and so that it stands still, or dies, at the very request that a test means.
"""

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

GATE_S = 120.0


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"X-Elastic-Product": "Elasticsearch"})


@dataclass(frozen=True)
class Request:
    """A request on its way to the node at ``node``, a host with its port."""

    node: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def forward(self) -> Answer:
        connection = HTTPConnection(self.node, timeout=GATE_S)
        headers = {**self.headers, "Content-Length": str(len(self.body))}
        try:
            connection.request(self.method, self.path, self.body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()


# What a fault answers; ``None`` cuts the connection.
Fault = Callable[[Request], Answer | None]


def refuse(status: int) -> Fault:
    """Elasticsearch asks to be left alone."""
    error = {"type": "es_rejected_execution_exception", "reason": "rejected execution"}
    body = json.dumps({"error": error, "status": status}).encode()
    return lambda _: Answer(status, body)


def cut(_: Request) -> None:
    """The connection is lost before the request arrives."""


def cut_after(request: Request) -> None:
    """The connection is lost before the answer arrives."""
    request.forward()


def answer_late(seconds: float) -> Fault:
    """The request is carried out, and the answer comes when nobody waits for it any more."""

    def fault(request: Request) -> None:
        request.forward()
        time.sleep(seconds)

    return fault


def reject_item(product_id: str) -> Fault:
    """One item of a bulk finds a full queue; all others are written."""
    error = {"type": "es_rejected_execution_exception", "reason": "rejected execution"}

    def fault(request: Request) -> Answer:
        lines = request.body.splitlines(keepends=True)
        at = next(i for i, line in enumerate(lines) if f'"_id":"{product_id}"'.encode() in line)
        kind = next(iter(json.loads(lines[at])))
        answer = replace(request, body=b"".join(lines[:at] + lines[at + 2 :])).forward()
        told = json.loads(answer.body)
        told["items"].insert(at // 2, {kind: {"_id": product_id, "status": 429, "error": error}})
        headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-length"}
        return Answer(200, json.dumps({**told, "errors": True}).encode(), headers)

    return fault


class Gate:
    """Does to a request what ``fault`` does, and holds it until the gate is opened.

    With ``holds_first`` the fault comes when it is opened.
    """

    def __init__(self, fault: Fault, *, holds_first: bool = False) -> None:
        self._fault = fault
        self._holds_first = holds_first
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, request: Request) -> Answer | None:
        if self._holds_first:
            self._hold()
            return self._fault(request)
        answer = self._fault(request)
        self._hold()
        return answer

    def _hold(self) -> None:
        self.reached.set()
        self.opened.wait(GATE_S)


@dataclass
class Rule:
    pattern: re.Pattern[str]
    fault: Fault
    times: int


class FaultProxy(ThreadingHTTPServer):
    """Forwards every request to the node unless a rule says what becomes of it."""

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
        """Let a fault strike the next requests in whose "METHOD /path" the pattern is found."""
        self.rules.append(Rule(re.compile(pattern), fault, times))

    def hold(self, pattern: str, fault: Fault, *, holds_first: bool = False) -> Gate:
        gate = Gate(fault, holds_first=holds_first)
        self.inject(pattern, gate)
        return gate

    @property
    def unspent(self) -> list[str]:
        """The patterns of the faults that have not struck as often as they were to."""
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
        except OSError:  # the node is away
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
        with contextlib.suppress(OSError):  # whoever asked may be gone
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
    """The faults that a proxy can be told, by name."""
    return SimpleNamespace(
        refuse=refuse,
        cut=cut,
        cut_after=cut_after,
        answer_late=answer_late,
        reject_item=reject_item,
        pass_on=Request.forward,
    )

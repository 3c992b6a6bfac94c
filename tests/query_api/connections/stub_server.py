"""Serve the real application with a searcher that needs no cluster: a process for attack tests.

Usage: ``python stub_server.py '{"workers": 2, "client_s": 1.0, "max_connections": 500, "kb": 1}'``
"""

from __future__ import annotations

import json
import os
import sys
import time
from types import SimpleNamespace

from pydantic import SecretStr

from gram_es.records import Product
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import Hit, SearchResult
from query_api import server
from query_api.connections.limits import ConnectionLimits
from query_api.http.options import Options


class StubSearcher:
    """Answers each search with one product whose title has ``kb`` kilobytes."""

    def __init__(self, kb: int) -> None:
        self.counts: dict[str, int] = {}
        self.gram = None
        self._hit = Hit("p1", 1, 1.0, Product("p1", "drill" * 200 * kb), ())

    def search(self, request: SearchRequest, **_: object) -> SearchResult:
        time.sleep(2.0 if request.text == "slow" else 0.0)
        return SearchResult(
            request, "r", request.text, None, (), "text", (), f"pid-{os.getpid()}", None, 1, None,
            1, (), {"total": 1.0}, (self._hit,), None,
        )  # fmt: skip


def main(workers: int = 1, kb: int = 1, threads: int = 2, **limits: float) -> None:
    """Serve until a signal arrives; print the address, as ``gram-es serve`` does."""
    options = Options(max_concurrent=threads, max_waiting=2 * threads, deadline_ms=60_000)

    def open_app():
        from query_api.api.admin import Admin
        from query_api.app import create_app

        admin = Admin(SecretStr("correct horse battery"), SimpleNamespace())
        return create_app(StubSearcher(kb), admin=admin, options=options)

    bound = server.bind("127.0.0.1", 0)
    with server.metrics_folder():
        server.run(
            bound,
            open_app,
            threads=options.threads,
            workers=workers,
            limits=ConnectionLimits(**limits),
        )


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))

"""Test that late or broken stages are omitted and reported; the real parts are made to fail."""

import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import ClusterUnavailableError
from gram_es.retrieval.context import Deadline
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.retrieval.suggest import suggest

QUERY = SearchRequest("cordless drill", size=20)
AMPLE = 60_000.0


def deadline_of(spent):
    """Return a deadline of which the share ``spent`` (0 to 1) has already passed."""
    return Deadline(AMPLE, began=time.monotonic() - spent * AMPLE / 1_000)


class Proxy(ThreadingHTTPServer):
    """A proxy in front of Elasticsearch; it records requests, and can delay or change responses."""

    daemon_threads = True

    def __init__(self, node_url):
        super().__init__(("127.0.0.1", 0), _Forward)
        parts = urlsplit(node_url)
        self.node = (parts.hostname, parts.port)
        self.delays_s = {}
        self.changes = {}
        self.seen = []
        self.is_down = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0].rsplit("/", 1)[-1]
        if self.server.is_down:
            self.close_connection = True
            return
        self.server.seen.append((path, self.headers, body))
        time.sleep(self.server.delays_s.get(path, 0))
        connection = http.client.HTTPConnection(*self.server.node)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = self.server.changes.get(path, bytes)(answer.read())
        connection.close()
        self.send_response(answer.status)
        for name in ("Content-Type", "X-Elastic-Product"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _forward  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy(cluster_url):
    with Proxy(cluster_url) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy
        proxy.shutdown()


@pytest.fixture
def searcher(proxy, gram, shop_index):
    with Elasticsearch(proxy.url, max_retries=0) as client:
        searcher = Searcher(client, gram, index=shop_index.index)
        searcher.index_reader.view()
        yield searcher


def ids(result):
    return [hit.id for hit in result.hits]


def test_with_enough_time_every_stage_runs(searcher):
    result = searcher.search(QUERY, deadline=Deadline(AMPLE))

    assert result.mode == "codes+text+rerank"
    assert result.degraded == ()
    assert ids(result) == ids(searcher.search(QUERY))


def test_a_late_model_leaves_text_and_its_answer_is_cached(searcher, gram, monkeypatch):
    decode, released = gram.understand, threading.Event()

    def blocked(*args, **kwargs):
        assert released.wait(30)
        return decode(*args, **kwargs)

    monkeypatch.setattr(gram, "understand", blocked)
    late = searcher.search(QUERY, deadline=deadline_of(0.395))
    released.set()
    searcher.search(SearchRequest("bath towel"), deadline=Deadline(AMPLE))
    monkeypatch.setattr(gram, "understand", lambda *_, **__: 1 / 0)
    again = searcher.search(QUERY, deadline=Deadline(AMPLE))

    assert late.mode == "text"
    assert late.degraded == ("the model did not answer in time",)
    assert late.hits
    assert again.mode == "codes+text+rerank"


def test_cached_codes_outlast_another_reading_of_the_same_live_codes(searcher, gram, monkeypatch):
    first = searcher.search(QUERY, deadline=Deadline(AMPLE))
    searcher.index_reader.refresh()
    monkeypatch.setattr(gram, "understand", lambda *_, **__: 1 / 0)

    again = searcher.search(QUERY, deadline=Deadline(AMPLE))

    assert again.codes == first.codes


def test_a_model_that_raises_repeatedly_opens_the_circuit_breaker(searcher, gram, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(gram, "understand", fail)
    reasons = [
        searcher.search(QUERY, deadline=Deadline(AMPLE)).degraded[0].partition(":")[0]
        for _ in range(6)
    ]

    failed = "the model failed on this query (RuntimeError)"
    assert reasons == [failed] * 5 + ["the model's circuit breaker is open"]


def test_a_slow_cluster_costs_the_rerank_and_hits_by_codes_alone_come_last(
    searcher, proxy, monkeypatch
):
    def slowly(body):
        monkeypatch.setattr(
            "gram_es.retrieval.context.monotonic", lambda: time.monotonic() + 0.92 * 60
        )
        return body

    proxy.changes["_msearch"] = slowly
    request = SearchRequest("cordless drill", size=100, explain=True)

    result = searcher.search(request, deadline=Deadline(AMPLE))

    by_codes_alone = [hit.explanation.features.bm25_raw == 0 for hit in result.less_close]
    assert result.mode == "codes+text"
    assert result.degraded == ("no time was left to rerank",)
    assert by_codes_alone == sorted(by_codes_alone)
    assert any(by_codes_alone)


def test_a_cluster_that_misses_the_deadline_is_unavailable(searcher, proxy):
    proxy.delays_s["_msearch"] = 3.0

    with pytest.raises(ClusterUnavailableError, match="GRAM_ES_DEADLINE_MS"):
        searcher.search(QUERY, deadline=Deadline(1_000))


def test_elasticsearch_receives_its_timeout(searcher, proxy):
    searcher.search(QUERY, request_id="r-7", deadline=deadline_of(0.77))

    (headers, body), *_ = [(head, body) for path, head, body in proxy.seen if path == "_msearch"]
    lines = [json.loads(line) for line in body.splitlines()]
    timeouts = [int(search["timeout"].removesuffix("ms")) for search in lines if "query" in search]
    assert len(timeouts) == 2
    assert all(0 < timeout <= 1_800 for timeout in timeouts)
    assert headers["X-Opaque-Id"] == "r-7"
    assert [head["X-Opaque-Id"] for _, head, _ in proxy.seen[-2:]] == ["r-7", "r-7"]


def test_partial_results_are_reported(searcher, proxy):
    proxy.changes["_msearch"] = lambda body: body.replace(b'"timed_out":false', b'"timed_out":true')

    result = searcher.search(QUERY, deadline=Deadline(AMPLE))

    assert result.hits
    assert result.degraded == ("Elasticsearch ran out of time; hits may be missing",)


def test_a_cluster_that_is_down_does_not_answer(searcher, proxy):
    proxy.is_down = True

    with pytest.raises(ClusterUnavailableError, match="does not answer"):
        searcher.search(QUERY, deadline=Deadline(AMPLE))


def test_a_completion_keeps_to_its_deadline(searcher, proxy):
    proxy.delays_s["_search"] = 1.0
    context = searcher.new_context(deadline=deadline_of(0.9999))

    with pytest.raises(ClusterUnavailableError, match="in time"):
        suggest(searcher, "zzz cord", size=5, context=context)


def test_a_health_check_reports_a_cluster_that_hangs(searcher, proxy):
    proxy.delays_s["_mapping"] = 4.0

    with pytest.raises(ClusterUnavailableError, match="in time"):
        searcher.index_reader.check()

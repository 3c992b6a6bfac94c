"""A request and the stages of its search are one trace, without what the shopper typed."""

import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from gram_es.model.gram import Gram
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.app import create_app
from query_api.http.options import Options


@pytest.fixture
def traced_web(recording, client: Elasticsearch, shop_index: Settings, gram: Gram) -> FlaskClient:
    searcher = Searcher(client, gram, index=shop_index.index)
    searcher.new_context()  # reads the index once, which is not part of a search
    recording.spans.clear()
    return create_app(searcher, options=Options(deadline_ms=60_000)).test_client()


def test_a_search_is_one_trace_from_the_request_through_its_stages(recording, traced_web):
    answer = traced_web.get("/search?q=cordless+drill")

    assert answer.status_code == 200
    assert recording.names() == {
        "GET /search": "",
        "understand": "GET /search",
        "model": "understand",
        "elasticsearch": "GET /search",
        "msearch": "elasticsearch",
        "rerank": "GET /search",
        "fetch": "GET /search",
        "mget": "fetch",
    }
    assert len({span.context.trace_id for span in recording.spans}) == 1


def test_a_trace_goes_on_where_the_caller_began_it(recording, traced_web):
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    traced_web.get("/suggest?q=dri", headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})

    assert {f"{span.context.trace_id:032x}" for span in recording.spans} == {trace_id}


def test_no_span_has_what_a_shopper_typed_nor_the_address(recording, traced_web):
    traced_web.get("/search?q=zebra", environ_base={"REMOTE_ADDR": "203.0.113.7"})

    values = [str(value) for span in recording.spans for value in span.attributes.values()]
    assert "/search" in values
    assert not [value for value in values if "zebra" in value or "203.0.113.7" in value]


def test_probes_are_not_traced(recording, traced_web):
    for path in ("/healthz", "/readyz?verbose=1", "/metrics", "/static/style.css"):
        traced_web.get(path).close()

    assert "GET" not in {name.partition(" ")[0] for name in recording.names()}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("/suggest?q=metrics", "localhost"),
        ("/suggest?q=//x/readyz", "localhost"),
        ("/suggest?q=dri", "metrics.shop.example"),
        ("/suggest?q=dri", "healthz"),
    ],
)
def test_words_of_probes_elsewhere_in_a_url_switch_nothing_off(recording, traced_web, url, host):
    traced_web.get(url, headers={"Host": host})

    assert "GET /suggest" in recording.names()


def test_searches_and_their_stages_are_measured(recording, traced_web):
    answer = traced_web.get("/search?q=cordless+drill").json

    points = recording.points()
    stages = {point.attributes["stage"]: point for point in points["gram_es.search.stage.duration"]}
    assert stages.keys() == answer["took_ms"].keys()
    (searches,) = [
        point
        for point in points["gram_es.searches"]
        if point.attributes == {"mode": answer["mode"], "degraded": False}
    ]
    assert searches.value >= 1
    assert points["http.server.duration"]


def test_a_client_makes_up_no_value_of_a_metric(recording, traced_web):
    for path in ("/suggest?q=dri", "/zebra"):
        traced_web.get(path, headers={"Host": "zebra.example", "User-Agent": "zebra"})

    points = [point for points in recording.points().values() for point in points]
    assert len(points) > 3
    assert not [point for point in points if "zebra" in str(point.attributes)]


def test_a_rejected_request_has_a_span(recording, client: Elasticsearch, shop_index: Settings):
    options = Options(max_requests_per_minute=1)
    web = create_app(Searcher(client, index=shop_index.index), options=options).test_client()

    for _ in range(2):
        web.get("/suggest?q=dri")

    statuses = [span.attributes.get("http.status_code") for span in recording.spans]
    assert [status for status in statuses if status] == [200, 429]


def test_without_telemetry_an_application_is_not_instrumented(client: Elasticsearch):
    app = create_app(Searcher(client, index="test-none"))

    assert not hasattr(app, "_is_instrumented_by_opentelemetry")

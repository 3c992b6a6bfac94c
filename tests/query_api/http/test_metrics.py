"""The metrics, and who may read them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app
from query_api.http.context import Options
from query_api.http.metrics import MetricsObserver


@pytest.fixture
def web(client, gram, stocked):
    searcher = Searcher(client, gram, index=stocked.index, observer=MetricsObserver())
    return create_app(searcher, options=Options(deadline_ms=60_000)).test_client()


def samples(web):
    families = text_string_to_metric_families(web.get("/metrics").text)
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def gained(before, after, *key):
    return after.get(key, 0) - before.get(key, 0)


def test_searches_are_counted_by_mode_and_timed_by_stage(web):
    before = samples(web)

    for _ in range(2):
        web.get("/search?q=cordless+drill")
    web.get("/?q=cordless+drill")
    web.get("/search?q=")
    after = samples(web)

    assert gained(before, after, "gram_es_searches_total", "codes+text+rerank", "no") == 3
    assert gained(before, after, "gram_es_requests_total", "200", "search.search") == 2
    assert gained(before, after, "gram_es_requests_total", "400", "search.search") == 1
    for stage in ("decode", "elasticsearch", "rerank", "fetch", "total"):
        assert gained(before, after, "gram_es_stage_seconds_count", stage) == 3
    assert gained(before, after, "gram_es_query_codes_total", "no") == 1
    assert gained(before, after, "gram_es_query_codes_total", "yes") == 2
    assert gained(before, after, "gram_es_decode_batch_size_count") == 1


def test_a_model_that_fails_shows(web, gram, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("out of memory")

    before = samples(web)
    monkeypatch.setattr(gram, "understand", fail)

    for _ in range(6):
        web.get("/search?q=led+bulb")
    after = samples(web)

    assert gained(before, after, "gram_es_model_unanswered_total", "failed") == 5
    assert gained(before, after, "gram_es_model_unanswered_total", "circuit_open") == 1
    assert gained(before, after, "gram_es_searches_total", "text", "yes") == 6
    assert after[("gram_es_circuit_breaker_open",)] == 1


def test_rejections_are_counted(client, small_shop):
    options = Options(at_once=0, waiting=0)
    web = create_app(Searcher(client, index=small_shop.index), options=options).test_client()
    before = samples(web)

    assert web.get("/search?q=drill").status_code == 429

    assert gained(before, samples(web), "gram_es_rejected_requests_total", "full") == 1


def test_no_label_holds_what_people_search_for(web):
    web.get("/search?q=burgundy+curtains")

    assert "burgundy" not in web.get("/metrics").text


@pytest.mark.parametrize(
    "asking",
    [
        {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}},
        {"headers": {"X-Forwarded-For": "10.1.2.3"}},
        {"headers": {"Forwarded": "for=10.1.2.3"}},
    ],
)
def test_other_machines_get_metrics_only_where_that_is_set(client, small_shop, asking):
    searcher = Searcher(client, index=small_shop.index)
    closed = create_app(searcher).test_client().get("/metrics", **asking)
    opened = create_app(searcher, options=Options(open_metrics=True)).test_client()

    assert closed.status_code == 403
    assert "GRAM_ES_OPEN_METRICS" in closed.json["detail"]
    assert opened.get("/metrics", **asking).status_code == 200

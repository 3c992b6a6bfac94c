"""The metrics of the service, and who may read them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app
from query_api.http.metrics import MetricsObserver
from query_api.http.options import Options


@pytest.fixture
def web(client, gram, shop_index):
    searcher = Searcher(client, gram, index=shop_index.index, observer=MetricsObserver())
    return create_app(
        searcher, options=Options(deadline_ms=60_000, metrics_are_public=True)
    ).test_client()


def samples(web):
    families = text_string_to_metric_families(web.get("/metrics").text)
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def increase(before, after, *key):
    return after.get(key, 0) - before.get(key, 0)


def test_searches_are_counted_by_mode_and_timed_by_stage(web):
    before = samples(web)

    for _ in range(2):
        web.get("/search?q=cordless+drill")
    web.get("/?q=cordless+drill")
    web.get("/search?q=")
    after = samples(web)

    assert increase(before, after, "gram_es_searches_total", "codes+text+rerank", "no") == 3
    assert increase(before, after, "gram_es_requests_total", "200", "search.search") == 2
    assert increase(before, after, "gram_es_requests_total", "400", "search.search") == 1
    for stage in ("understand", "elasticsearch", "rerank", "fetch", "total"):
        assert increase(before, after, "gram_es_stage_seconds_count", stage) == 3
    assert increase(before, after, "gram_es_query_codes_total", "no") == 1
    assert increase(before, after, "gram_es_query_codes_total", "yes") == 2
    assert increase(before, after, "gram_es_model_batch_size_count") == 1


def test_failures_of_the_model_are_counted(web, gram, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("out of memory")

    before = samples(web)
    monkeypatch.setattr(gram, "understand", fail)

    for _ in range(6):
        web.get("/search?q=led+bulb")
    after = samples(web)

    assert increase(before, after, "gram_es_model_unanswered_total", "failed") == 5
    assert increase(before, after, "gram_es_model_unanswered_total", "circuit_open") == 1
    assert increase(before, after, "gram_es_searches_total", "text", "yes") == 6
    assert after[("gram_es_circuit_breaker_open",)] == 1


def test_rejections_are_counted(client, small_shop):
    options = Options(max_concurrent=0, max_waiting=0, metrics_are_public=True)
    web = create_app(Searcher(client, index=small_shop.index), options=options).test_client()
    before = samples(web)

    assert web.get("/search?q=drill").status_code == 429

    assert increase(before, samples(web), "gram_es_rejected_requests_total", "full") == 1


def test_no_label_contains_a_query(web):
    web.get("/search?q=burgundy+curtains")

    assert "burgundy" not in web.get("/metrics").text


TOKEN = "correct horse battery"


@pytest.mark.parametrize(
    ("options", "headers", "status"),
    [
        (Options(), {}, 401),
        (Options(), {"Authorization": f"Bearer {TOKEN}"}, 401),
        (Options(metrics_token=SecretStr(TOKEN)), {}, 401),
        (Options(metrics_token=SecretStr(TOKEN)), {"Authorization": f"Bearer {TOKEN}x"}, 401),
        (Options(metrics_token=SecretStr(TOKEN)), {"Authorization": f"Bearer {TOKEN}"}, 200),
        (Options(metrics_are_public=True), {}, 200),
    ],
)
def test_metrics_need_a_token_or_an_open_door_even_on_this_machine(
    client, small_shop, options, headers, status
):
    web = create_app(Searcher(client, index=small_shop.index), options=options).test_client()

    answer = web.get("/metrics", headers=headers)

    assert answer.status_code == status
    assert TOKEN not in answer.text
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="gram-es"'
        assert "GRAM_ES_METRICS_TOKEN" in answer.json["detail"]

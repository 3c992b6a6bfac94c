import pytest

from gram_es.index.lifecycle import put_slot
from gram_es.retrieval.open import warm_up
from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app


def test_healthz_needs_no_cluster(disconnected_web):
    assert disconnected_web.get("/healthz").json["status"] == "ok"


def test_readyz_is_200_and_degraded_while_text_can_be_served(web):
    answer = web.get("/readyz")

    assert answer.status_code == 200
    assert answer.json["status"] == "degraded"
    assert answer.json["degraded"] == ["no model is loaded"]


def test_readyz_is_503_without_a_cluster(disconnected_web):
    answer = disconnected_web.get("/readyz")

    assert answer.status_code == 503
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/readyz", "/search?q=drill", "/suggest?q=dri", "/codes"])
def test_anonymous_answers_name_neither_the_cluster_nor_the_index(client, caplog, path):
    web = create_app(Searcher(client, index="test-none")).test_client()

    answer = web.get(path, headers={"X-Request-ID": "r-503"})

    assert answer.status_code == 503
    assert "test-none" not in answer.text
    assert "r-503" in answer.json["detail"]
    assert any("test-none" in line and "r-503" in line for line in caplog.messages)


@pytest.mark.parametrize("path", ["/readyz", "/search?q=drill", "/code/drill"])
def test_anonymous_answers_do_not_contain_the_address_of_the_cluster(
    disconnected_web, caplog, path
):
    answer = disconnected_web.get(path)

    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text
    assert "port=9" in caplog.text


def test_readyz_reports_at_once_that_the_live_codes_are_of_another_model(
    client, gram, shop, index_products, caplog
):
    enrichments = {shop[0].id: gram.enrich(shop[:1])[0]}
    settings = index_products(shop[:1], enrichments, gram.slot, gram.fingerprint)
    searcher = Searcher(client, gram, index=settings.index)
    web = create_app(searcher).test_client()
    assert web.get("/readyz").json["degraded"] == []

    put_slot(client, settings.index, slot=gram.slot, fingerprint="f" * 64, family="base")
    answer = web.get("/readyz")
    warm_up(searcher)

    (reason,) = answer.json["degraded"]
    assert f"not of the loaded model {gram.slot}" in reason
    assert "gram-es index migrate --model DIR" in reason
    assert reason in caplog.text
    page = web.get("/", headers={"Accept": "text/html"}).text
    assert "not of the loaded model" in page
    assert "gram-es index migrate" not in page


@pytest.mark.parametrize("path", ["/", "/?q=drill", "/search?q=drill", "/search", "/x", "/healthz"])
def test_every_response_forbids_foreign_content(web, path):
    headers = web.get(path).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Request-ID"]

"""The query log: what its entries contain and omit, and that it drops entries it cannot write."""

from collections import Counter

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import QUERIES
from gram_es.precomputed.query_counts import count_logged
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app
from query_api.query_log import QueryLog

FIELDS = {"index", "model", "query", "codes", "mode", "total", "nothing_found", "took_ms", "at"}


@pytest.fixture
def query_log(client, small_shop):
    return QueryLog(client, f"query-log-{small_shop.index}", share=1.0)


@pytest.fixture
def logging_web(client, small_shop, query_log):
    searcher = Searcher(client, index=small_shop.index)
    return create_app(searcher, query_log=query_log).test_client()


@pytest.fixture
def read_log(client, query_log):
    """Yield a function that returns the logged entries of this index and deletes them."""

    def read():
        query_log.flush()
        client.indices.refresh(index=QUERIES)
        own_entries = {"term": {"index": query_log._index}}
        hits = client.search(index=QUERIES, query=own_entries, size=100)["hits"]["hits"]
        for hit in hits:
            client.delete(index=QUERIES, id=hit["_id"])
        return [hit["_source"] for hit in hits]

    yield read
    read()


def test_an_entry_of_a_search_does_not_identify_the_client(logging_web, read_log):
    headers = {"X-Request-ID": "r-7", "User-Agent": "Browser", "X-Forwarded-For": "203.0.113.7"}

    logging_web.get("/search?q=Hammer++DRILL", headers=headers)

    [entry] = read_log()
    assert set(entry) == FIELDS
    assert (entry["query"], entry["mode"], entry["nothing_found"]) == (
        "hammer drill",
        "text",
        False,
    )
    assert entry["total"] >= 1
    assert not {"r-7", "Browser", "203.0.113.7"} & {str(value) for value in entry.values()}


@pytest.mark.parametrize(
    "text",
    [
        "drill for ada@example.com",
        "ada＠example.com",
        "+44 (0)20 7946 0958",
        "card 4111-1111-1111-1111",
        "１２３４５６７",
        "call 555–123–4567",
        "555_123_4567",
        "ada @ example.com",
    ],
)
def test_a_query_with_an_email_address_or_a_long_number_is_not_stored(logging_web, read_log, text):
    logging_web.get("/search", query_string={"q": text})

    [entry] = read_log()
    assert set(entry) == FIELDS - {"query"}
    assert entry["codes"] == []


def test_a_search_without_results_is_marked(logging_web, read_log):
    logging_web.get("/search?q=xylophone")
    logging_web.get("/search?q=spanner&brand=nobody")  # the brand is dropped

    assert [entry["nothing_found"] for entry in read_log()] == [True, True]


def test_further_pages_and_browsing_are_not_logged(logging_web, read_log):
    logging_web.get("/search?q=spanner&from=10")
    logging_web.get("/search?brand=Bosch")

    assert read_log() == []


def test_a_share_of_zero_stores_nothing_and_a_full_buffer_drops_entries(client, small_shop):
    result = Searcher(client, index=small_shop.index).search(SearchRequest("drill"))
    disabled = QueryLog(client, "log", share=0.0)
    full = QueryLog(client, "log", share=1.0, max_entries=2)

    for _ in range(5):
        disabled.add(result)
        full.add(result)

    assert (len(disabled._entries), len(full._entries)) == (0, 2)


def test_an_unreachable_cluster_loses_only_the_entries(client, small_shop, caplog):
    result = Searcher(client, index=small_shop.index).search(SearchRequest("drill"))
    with Elasticsearch("http://127.0.0.1:9", max_retries=0) as disconnected:
        query_log = QueryLog(disconnected, "log", share=1.0)
        query_log.add(result)
        query_log.flush()

    assert "entries of the query log are lost" in caplog.text
    assert len(query_log._entries) == 0


@pytest.mark.usefixtures("read_log")
def test_logged_queries_can_be_counted_for_warming(client, logging_web, query_log):
    for text in ("spanner", "Spanner under 50", "hammer drill"):
        logging_web.get("/search", query_string={"q": text})
    query_log.flush()
    client.indices.refresh(index=QUERIES)

    assert count_logged(client, query_log._index) == Counter({"spanner": 2, "hammer drill": 1})

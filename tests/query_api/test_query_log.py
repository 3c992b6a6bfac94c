"""The log of queries: what stands in it, what does not, and that nobody waits for it."""

from collections import Counter

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import QUERIES
from gram_es.precomputed.query_counts import count_logged
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app
from query_api.query_log import QueryLog

KEPT = {"index", "model", "query", "codes", "mode", "total", "nothing_found", "took_ms", "at"}


@pytest.fixture
def query_log(client, small_shop):
    return QueryLog(client, f"log-of-{small_shop.index}", share=1.0)


@pytest.fixture
def logging_web(client, small_shop, query_log):
    searcher = Searcher(client, index=small_shop.index)
    return create_app(searcher, query_log=query_log).test_client()


@pytest.fixture
def logged(client, query_log):
    """Returns what stands in the log, and takes it out."""

    def read():
        query_log.flush()
        client.indices.refresh(index=QUERIES)
        ours = {"term": {"index": query_log._index}}
        hits = client.search(index=QUERIES, query=ours, size=100)["hits"]["hits"]
        for hit in hits:
            client.delete(index=QUERIES, id=hit["_id"])
        return [hit["_source"] for hit in hits]

    yield read
    read()


def test_a_search_leaves_an_entry_that_says_nothing_of_who_asked(logging_web, logged):
    headers = {"X-Request-ID": "r-7", "User-Agent": "Browser", "X-Forwarded-For": "203.0.113.7"}

    logging_web.get("/search?q=Hammer++DRILL", headers=headers)

    [entry] = logged()
    assert set(entry) == KEPT
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
    ],
)
def test_what_may_name_a_person_is_not_kept(logging_web, logged, text):
    logging_web.get("/search", query_string={"q": text})

    [entry] = logged()
    assert set(entry) == KEPT - {"query"}
    assert entry["codes"] == []


def test_what_found_nothing_is_marked(logging_web, logged):
    logging_web.get("/search?q=xylophone")
    logging_web.get("/search?q=spanner&brand=nobody")  # the brand is dropped

    assert [entry["nothing_found"] for entry in logged()] == [True, True]


def test_further_pages_and_browsing_are_no_queries(logging_web, logged):
    logging_web.get("/search?q=spanner&from=10")
    logging_web.get("/search?brand=Bosch")

    assert logged() == []


def test_a_share_of_none_keeps_none_and_a_full_buffer_drops(client, small_shop, logged):
    result = Searcher(client, index=small_shop.index).search(SearchRequest("drill"))
    none = QueryLog(client, "log", share=0.0)
    full = QueryLog(client, "log", share=1.0, most=2)

    for _ in range(5):
        none.note(result)
        full.note(result)

    assert (len(none._entries), len(full._entries)) == (0, 2)


def test_a_cluster_that_is_away_costs_the_entries_only(client, small_shop, caplog):
    result = Searcher(client, index=small_shop.index).search(SearchRequest("drill"))
    with Elasticsearch("http://127.0.0.1:9", max_retries=0) as lost:
        query_log = QueryLog(lost, "log", share=1.0)
        query_log.note(result)
        query_log.flush()

    assert "searches are missing from the log of queries" in caplog.text
    assert len(query_log._entries) == 0


@pytest.mark.usefixtures("logged")
def test_what_is_logged_can_be_warmed(client, logging_web, query_log):
    for text in ("spanner", "Spanner", "hammer drill"):
        logging_web.get("/search", query_string={"q": text})
    query_log.flush()
    client.indices.refresh(index=QUERIES)

    assert count_logged(client, query_log._index) == Counter({"spanner": 2, "hammer drill": 1})

"""Reading more than one page of a real index."""

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import ClusterError
from gram_es.index.scan import EVERYTHING, Snapshot, count_values, scan
from gram_es.index.scratch_index import create_scratch_index

PRICES = (3.0, 1.0, 2.0, 5.0, 4.0)
MISSING = "gram-es-missing"


@pytest.fixture
def index(client: Elasticsearch, clean_index: str) -> str:
    create_scratch_index(client, clean_index, slot="m1", fingerprint="f", family="base")
    operations = [
        part
        for number, price in enumerate(PRICES)
        for part in (
            {"index": {"_id": str(number)}},
            {"price": price, "brand": "even" if number % 2 == 0 else "odd"},
        )
    ]
    assert not client.bulk(index=clean_index, operations=operations, refresh=True)["errors"]
    return clean_index


def test_every_document_is_returned_once_over_several_pages(client: Elasticsearch, index: str):
    pages = list(scan(client, index, EVERYTHING, page_size=2))

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {hit["_id"] for page in pages for hit in page} == {"0", "1", "2", "3", "4"}


def test_pages_have_the_requested_order(client: Elasticsearch, index: str):
    pages = scan(client, index, EVERYTHING, page_size=2, sort=[{"price": "desc"}])

    prices = [hit["_source"]["price"] for page in pages for hit in page]

    assert prices == [5.0, 4.0, 3.0, 2.0, 1.0]


def test_a_snapshot_does_not_contain_later_writes(client: Elasticsearch, index: str):
    snapshot = Snapshot(client, index)
    client.delete(index=index, id="0", refresh=True)

    assert snapshot.count() == 5
    snapshot.close()


def test_values_are_counted_within_a_query(client: Elasticsearch, index: str):
    cheap = {"range": {"price": {"lte": 3}}}

    assert count_values(client, index, "brand") == {"even": 3, "odd": 2}
    assert count_values(client, index, "brand", cheap) == {"even": 2, "odd": 1}


def test_a_missing_index_is_an_error_unless_it_is_ignored(client: Elasticsearch):
    with pytest.raises(ClusterError, match=MISSING):
        list(scan(client, MISSING, EVERYTHING, page_size=2))
    with pytest.raises(ClusterError, match=MISSING):
        count_values(client, MISSING, "brand")

    assert list(scan(client, MISSING, EVERYTHING, page_size=2, ignore_unavailable=True)) == []
    assert count_values(client, MISSING, "brand", ignore_unavailable=True) == {}

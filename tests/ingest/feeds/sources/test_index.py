"""An index as a feed, on a real node."""

from collections.abc import Callable
from contextlib import closing, suppress

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from gram_es.errors import FeedError
from gram_es.index.documents import FeedPosition, build_document
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import FileFault, RejectedRow, Row, detect_format, open_feed
from ingest.feeds.sources.index import IndexFeed
from ingest.feeds.sources.open import feed_name, open_source

Fill = Callable[..., str]


@pytest.fixture
def fill(client: Elasticsearch, clean_index: str) -> Fill:
    """Return a function that creates an index of documents by id.

    It has two shards, so that the order of the documents is not that of one shard.
    """

    def create(documents: dict[str, object], **mappings: object) -> str:
        shards = {"number_of_shards": 2, "number_of_replicas": 0}
        client.indices.create(index=clean_index, settings=shards, mappings=mappings)
        actions = ({"_index": clean_index, "_id": n, "_source": d} for n, d in documents.items())
        bulk(client, actions, refresh=True)
        return clean_index

    return create


def open_snapshots(client: Elasticsearch) -> int:
    nodes = client.nodes.stats(metric="indices", index_metric="search")["nodes"].values()
    return sum(node["indices"]["search"]["open_contexts"] for node in nodes)


def test_documents_are_read_as_lines_of_ndjson_are(client: Elasticsearch, fill: Fill) -> None:
    index = fill(
        {
            "a": {"title": "Kettle", "price": 24.9, "Image Link": "u", "size": {"w": 2, "h": [3]}},
            "b": {
                "id": "own",
                "title": "Pan",
                "attributes": [{"name": "lid", "value": True}],
                "gram": {"m0123456789ab": {"codes": ["pans"], "packed": "AAAA"}},
            },
            "c": {"sku": "nameless"},
        }
    )

    with closing(IndexFeed(client, index)) as feed:
        rows = list(open_feed(feed))

    assert {row.product.id: row.product for row in rows if isinstance(row, Row)} == {
        "a": Product(
            "a",
            "Kettle",
            price=24.9,
            image_link="u",
            attributes={"size.w": ("2",), "size.h": ("3",)},
        ),
        "own": Product("own", "Pan", attributes={"lid": ("true",)}),
    }
    [rejected] = [row for row in rows if isinstance(row, RejectedRow)]
    assert (rejected.reason, rejected.excerpt) == ("title is missing", "c")
    assert sorted(row.number for row in rows if not isinstance(row, FileFault)) == [1, 2, 3]


def test_an_index_of_many_pages_is_read_completely_as_of_the_start(
    client: Elasticsearch, fill: Fill
) -> None:
    index = fill({str(n): {"title": f"Kettle {n}"} for n in range(1_000)})
    shares: list[float] = []

    with closing(IndexFeed(client, index)) as feed:
        stream = open_feed(feed, shares.append)
        first = next(stream)
        client.delete(index=index, id="999", refresh=True)
        client.index(index=index, id="1000", document={"title": "late"}, refresh=True)
        rows = [first, *stream]

    ids = [row.product.id for row in rows if isinstance(row, Row)]
    assert sorted(ids, key=int) == [str(n) for n in range(1_000)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert open_snapshots(client) == 0


def test_the_snapshot_is_closed_however_the_reading_ends(
    client: Elasticsearch, cluster_settings: Settings, fill: Fill
) -> None:
    index = fill({str(n): {"title": f"Kettle {n}"} for n in range(300)})

    with suppress(KeyboardInterrupt), open_source(f"es://{index}", cluster_settings) as feed:
        stream = open_feed(feed)
        next(stream)
        assert open_snapshots(client) == 2  # one per shard
        raise KeyboardInterrupt
    assert open_snapshots(client) == 0


def test_a_lost_snapshot_is_a_fault_after_the_rows_before_it(
    client: Elasticsearch, fill: Fill
) -> None:
    index = fill({str(n): {"title": f"Kettle {n}"} for n in range(300)})

    with closing(IndexFeed(client, index)) as feed:
        stream = open_feed(feed)
        next(stream)
        assert feed._snapshot is not None
        feed._snapshot.close()
        *rows, fault = stream

    assert len(rows) == 199
    assert isinstance(fault, FileFault)
    assert str(fault).startswith("the feed is broken at line 201, after 200 rows: cannot read")


def test_documents_of_gram_es_are_read_as_their_products(client: Elasticsearch, fill: Fill) -> None:
    kettle = Product(
        id="k-1",
        title="Stove kettle",
        brand="Acme",
        category=("Kitchen", "Kettles"),
        other_categories=(("Gifts",), ("Sale", "Pots; pans")),
        price=24.9,
        currency="EUR",
        attributes={"size": ("1 l", "2 l")},
    )
    document = build_document(
        kettle, enrichment=None, slot="m", fingerprint="f", feed=FeedPosition("s", 1, 1, "now")
    )
    index = fill({"k-1": document})

    with closing(IndexFeed(client, index)) as feed:
        [row] = open_feed(feed)

    assert isinstance(row, Row)
    assert row.product == kettle


def test_an_index_without_source_or_documents_is_reported(
    client: Elasticsearch, fill: Fill
) -> None:
    index = fill({"1": {"title": "Kettle"}}, _source={"enabled": False})
    with closing(IndexFeed(client, index)) as feed:
        [rejected] = open_feed(feed)
    assert str(rejected) == "row 1, line 1: the index does not store the _source of its documents"

    client.delete(index=index, id="1", refresh=True)
    with closing(IndexFeed(client, index)) as feed:
        [fault] = open_feed(feed)
    assert "it contains no product, read as Elasticsearch index" in str(fault)


def test_a_missing_index_is_an_error_with_its_name(client: Elasticsearch) -> None:
    with (
        closing(IndexFeed(client, "nowhere")) as feed,
        pytest.raises(FeedError, match=r"there is no index nowhere; GET _cat/indices lists"),
    ):
        detect_format(feed)


@pytest.mark.parametrize("feed", ["es://", "es://me:secret@host:9200/products"])
def test_an_index_without_a_name_or_with_a_host_is_rejected(
    feed: str, cluster_settings: Settings
) -> None:
    with (
        pytest.raises(FeedError, match=r"^write an index as es://NAME, without a host; the cl"),
        open_source(feed, cluster_settings),
    ):
        pass


def test_each_read_of_an_index_counts_as_another_feed(client: Elasticsearch) -> None:
    feed = IndexFeed(client, "products")

    assert feed.content_hash() != feed.content_hash()
    assert feed_name("es://products") == str(feed) == "es://products"

"""A feed that is an index of the cluster, read as one snapshot."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from elasticsearch import AuthorizationException, Elasticsearch, NotFoundError

from gram_es.errors import ClusterError, FeedError
from gram_es.index.documents import paths_from_document
from gram_es.index.scan import EVERYTHING, Snapshot
from gram_es.index.shop.shop_index import is_slots
from gram_es.records import Product
from ingest.feeds.rows.index_document import mapped_document
from ingest.feeds.rows.mapping_file import FieldMapping
from ingest.feeds.rows.product_fields import row_from_object
from ingest.feeds.rows.records import FileFault, InvalidRow, RawRow
from ingest.feeds.sources.feed import Feed, OnRead

NAME = "Elasticsearch index"

_SCHEME = "es://"
_PAGE = 200  # documents of a megabyte each still fit into memory


def is_index(feed: str) -> bool:
    """Return whether a feed is given as ``es://NAME``."""
    return feed.startswith(_SCHEME)


def index_in(feed: str) -> str:
    """Return the name in ``es://NAME``: an index, an alias, a pattern or a list of names.

    :raises FeedError: if the name is missing, or contains a host or a path.
    """
    name = feed.removeprefix(_SCHEME)
    if not name or "/" in name or "@" in name:
        raise FeedError(
            "write an index as es://NAME, without a host; the cluster is the one of"
            " ELASTICSEARCH_URL"
        )
    return name


class IndexFeed(Feed):
    """The feed of an index: each document of a snapshot is a row.

    The row's id is the document's field ``id``, or else its ``_id``. From a document that gram-es
    wrote, only the fields of the product are read. The names of ``mapping`` may be paths, such as
    ``offers.price``.
    """

    def __init__(
        self, client: Elasticsearch, index: str, mapping: FieldMapping | None = None
    ) -> None:
        self._client = client
        self._index = index
        self._mapping = mapping
        self._snapshot: Snapshot | None = None

    def __str__(self) -> str:
        return f"{_SCHEME}{self._index}"

    def format_name(self) -> str:
        """Return the name of the format, after a check that the index can be read.

        :raises FeedError: if there is no such index, or the API key may not read it.
        """
        self._open()
        self.close()
        return NAME

    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | InvalidRow | FileFault]:
        """Yield the documents; if the cluster fails midway, yield a fault and stop."""
        snapshot = self._open()
        rows = 0
        try:
            total = snapshot.count()
            for hit in chain.from_iterable(snapshot.pages(EVERYTHING, page_size=_PAGE)):
                rows += 1
                if on_read is not None:
                    on_read(rows / total)
                yield _row(rows, hit, self._mapping)
        except ClusterError as error:
            yield FileFault(rows, rows + 1, str(error))
        else:
            if not rows:
                yield FileFault(0, 1, f"it contains no product, read as {NAME}")
        finally:
            self.close()

    def content_hash(self) -> str:
        """Return a new value at each call, because an index may change between two snapshots.

        After an interruption, the ingest of an index therefore starts over.
        """
        return uuid.uuid4().hex

    def close(self) -> None:
        """Close the open snapshot, if there is one."""
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None:
            snapshot.close()

    def _open(self) -> Snapshot:
        self.close()
        try:
            self._snapshot = Snapshot(self._client, self._index)
        except ClusterError as error:
            raise self._open_error(error) from None
        return self._snapshot

    def _open_error(self, error: ClusterError) -> Exception:
        if isinstance(error.__cause__, NotFoundError):
            return FeedError(
                f"there is no index {self._index}; GET _cat/indices lists those of the cluster"
            )
        if isinstance(error.__cause__, AuthorizationException):
            return FeedError(
                f"the index {self._index} cannot be read (403); grant the role of"
                " ELASTICSEARCH_API_KEY the privilege read on it"
            )
        return error


def _row(number: int, hit: Mapping[str, Any], mapping: FieldMapping | None) -> RawRow | InvalidRow:
    if "_source" not in hit:
        return InvalidRow(
            number, "the index does not store the _source of its documents", hit["_id"]
        )
    source = hit["_source"]
    if "row_hash" in source:
        paths = paths_from_document(source)
        source = {name: source[name] for name in Product.__slots__ if name in source}
        source["category"] = paths
    else:
        if is_slots(source.get("gram")):  # codes in a shop's own index are no attributes
            source = {name: value for name, value in source.items() if name != "gram"}
        if mapping is not None:
            source = mapped_document(source, mapping.names, mapping.language)
    return row_from_object(number, {"id": hit["_id"], **source}, hit["_id"])

"""A feed that is an index of the cluster, read as it stood when the reading began."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from elasticsearch import AuthorizationException, Elasticsearch, NotFoundError

from gram_es.errors import ClusterError, FeedError
from gram_es.index.scan import EVERYTHING, Snapshot
from gram_es.records import Product
from ingest.feeds.rows.product import row_of_object
from ingest.feeds.rows.records import BadRow, FileFault, RawRow
from ingest.feeds.sources.feed import Feed, OnRead

NAME = "Elasticsearch index"

_SCHEME = "es://"
_PAGE = 200  # documents of a megabyte each still fit into memory


def is_index(feed: str) -> bool:
    """Tell whether a feed is named as an index."""
    return feed.startswith(_SCHEME)


def index_in(feed: str) -> str:
    """Return the name in ``es://NAME``; an alias, a pattern and a list of names are names too.

    :raises FeedError: if it is none.
    """
    name = feed.removeprefix(_SCHEME)
    if not name or "/" in name or "@" in name:
        raise FeedError(
            "an index is named as es://NAME; the cluster is the one that ELASTICSEARCH_URL names"
        )
    return name


class IndexFeed(Feed):
    """The documents of an index in a snapshot, each a row; ``_id`` is the id if none is given.

    A document that gram-es made is read as the product that it was made of.
    """

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index
        self._snapshot: Snapshot | None = None

    def __str__(self) -> str:
        return f"{_SCHEME}{self._index}"

    def format_name(self) -> str:
        """Return that it is an index.

        :raises FeedError: if there is no such index, or it may not be read.
        """
        self._open()
        self.close()
        return NAME

    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | BadRow | FileFault]:
        """Yield the documents; what comes after the cluster fails is lost, and a fault says so."""
        snapshot = self._open()
        rows = 0
        try:
            total = snapshot.count()
            for hit in chain.from_iterable(snapshot.pages(EVERYTHING, page_size=_PAGE)):
                rows += 1
                if on_read is not None:
                    on_read(rows / total)
                yield _row(rows, hit)
        except ClusterError as error:
            yield FileFault(rows, rows + 1, str(error))
        else:
            if not rows:
                yield FileFault(0, 1, f"it holds no product, read as {NAME}")
        finally:
            self.close()

    def content_hash(self) -> str:
        """Return another hash at each call: nothing tells that two snapshots hold the same rows.

        An ingest that was cut short is therefore begun anew, never gone on with.
        """
        return uuid.uuid4().hex

    def close(self) -> None:
        """Give the snapshot back, if one is held."""
        held, self._snapshot = self._snapshot, None
        if held is not None:
            held.close()

    def _open(self) -> Snapshot:
        self.close()
        try:
            self._snapshot = Snapshot(self._client, self._index)
        except ClusterError as error:
            raise self._not_opened(error) from None
        return self._snapshot

    def _not_opened(self, error: ClusterError) -> Exception:
        if isinstance(error.__cause__, NotFoundError):
            return FeedError(
                f"there is no index {self._index}; GET _cat/indices shows those of the cluster"
            )
        if isinstance(error.__cause__, AuthorizationException):
            return FeedError(
                f"the index {self._index} may not be read (403); give the role of"
                " ELASTICSEARCH_API_KEY the privilege read on it"
            )
        return error


def _row(number: int, hit: Mapping[str, Any]) -> RawRow | BadRow:
    if "_source" not in hit:
        return BadRow(number, "the index does not keep the _source of its documents", hit["_id"])
    source = hit["_source"]
    if "row_hash" in source:
        source = {name: source[name] for name in Product.__slots__ if name in source}
    return row_of_object(number, {"id": hit["_id"], **source}, hit["_id"])

"""A feed under a mapping: the same rows, with its names made ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ingest.feeds.rows.mapping import FieldMapping, keys_by_name
from ingest.feeds.rows.product import field_name
from ingest.feeds.rows.records import BadRow, FileFault, RawRow
from ingest.feeds.sources.feed import Feed, OnRead


class MappedFeed(Feed):
    """Another feed's rows under our names.

    A mapped name that no row has is a fault at the end: a shop that renames a column is told so.
    """

    def __init__(self, feed: Feed, mapping: FieldMapping) -> None:
        self._feed = feed
        self._mapping = mapping

    def __str__(self) -> str:
        return str(self._feed)

    def format_name(self) -> str:
        """Return the format of the feed beneath.

        :raises FeedError: if nothing of it can be read.
        """
        return self._feed.format_name()

    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | BadRow | FileFault]:
        """Yield the rows with our names."""
        unmet = {field_name(n): n for names in self._mapping.taken.values() for n in names}
        rows = 0
        for found in self._feed.read(on_read):
            if not isinstance(found, RawRow):
                yield found
                continue
            rows += 1
            if unmet:
                for name in unmet.keys() & keys_by_name(found):
                    del unmet[name]
            yield self._mapping.apply(found)
        if rows and unmet:
            names = ", ".join(map(repr, unmet.values()))
            yield FileFault(
                rows, 0, f"no row has {names}, which the mapping {self._mapping.file} names"
            )

    def content_hash(self) -> str:
        """Return a SHA-256 of the feed's and of the mapping."""
        mapping = repr((self._mapping.taken, self._mapping.dropped))
        return hashlib.sha256(f"{self._feed.content_hash()} {mapping}".encode()).hexdigest()

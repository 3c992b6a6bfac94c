"""The formats that are read, and which of them a feed has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import Protocol

from gram_es.errors import FeedError
from ingest.feeds.formats import delimited, google_xml, json_ld, ndjson, parquet, shopify
from ingest.feeds.rows.records import BadRow, RawRow


class FeedFormat(Protocol):
    """What a module offers to be a format: add the module, and its name to ``FORMATS``."""

    NAME: str

    def recognises(self, head: bytes) -> bool:
        """Tell from the first bytes whether a feed has this format."""

    def read(self, stream: BufferedIOBase) -> Iterator[RawRow | BadRow]:
        """Yield the rows in order.

        :raises BrokenFeedError: where the rest cannot be read.
        """


FORMATS: tuple[FeedFormat, ...] = (
    parquet,
    json_ld,
    google_xml,
    delimited,
    shopify,
    ndjson,
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def formats_with(headers: delimited.Headers) -> tuple[FeedFormat, ...]:
    """Return all formats and one more: a table whose header is one of ``headers``."""
    *others, last = FORMATS  # NDJSON asks least of a file
    return (*others, delimited.Table(headers), last)


def format_of(path: Path, head: bytes, formats: Sequence[FeedFormat] = FORMATS) -> FeedFormat:
    """Return the format that a file's first unpacked bytes have.

    :raises FeedError: if it is none that is read.
    """
    if not head:
        raise FeedError(f"the feed {path} holds nothing once it is unpacked")
    for feed_format in formats:
        if feed_format.recognises(head):
            return feed_format
    if head.startswith(_UTF_16):
        raise FeedError(f"the feed {path} is UTF-16; save it as UTF-8")
    known = "; ".join(feed_format.NAME for feed_format in formats)
    raise FeedError(
        f"the feed {path} starts with {head[:24]!r}, which is none of the formats that are read"
        f" (plain or gzip): {known}"
    )

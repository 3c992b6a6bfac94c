"""The supported formats, and the detection of a file's format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import Protocol

from gram_es.errors import FeedError
from ingest.feeds.formats import (
    delimited,
    google_xml,
    json_ld,
    json_list,
    ndjson,
    parquet,
    shopify,
)
from ingest.feeds.formats.header import Headers
from ingest.feeds.rows.records import InvalidRow, RawRow


class FeedFormat(Protocol):
    """The interface of a format; each module in ``FORMATS`` implements it."""

    NAME: str

    def recognises(self, head: bytes) -> bool:
        """Return whether a file is of this format, given ``head``, the start of its text."""

    def read(self, stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
        """Yield the rows in order.

        :raises BrokenFeedError: if the rest of the file cannot be read.
        """


FORMATS: tuple[FeedFormat, ...] = (
    parquet,
    json_ld,
    google_xml,
    delimited,
    shopify,
    json_list,
    ndjson,
)
DECODING_FORMATS: tuple[FeedFormat, ...] = (parquet, google_xml)
"""The formats that decode a file's bytes themselves; the others read text in UTF-8."""


def formats_with(headers: Headers) -> tuple[FeedFormat, ...]:
    """Return all formats, and also a table whose header matches one of ``headers``."""
    *others, last = FORMATS  # NDJSON is last: it accepts the most files
    return (*others, delimited.Table(headers), last)


def format_of(path: Path, head: bytes, formats: Sequence[FeedFormat] = FORMATS) -> FeedFormat:
    """Return the format of a file.

    :param head: the start of the file's text in UTF-8, or of its bytes if it is no text.
    :raises FeedError: if the file is empty, or has none of the formats in ``formats``.
    """
    if not head:
        raise FeedError(f"the feed {path} is empty once it is unpacked")
    for feed_format in formats:
        if feed_format.recognises(head):
            return feed_format
    supported = "; ".join(feed_format.NAME for feed_format in formats)
    raise FeedError(
        f"the feed {path} starts with {head[:24]!r}, which is none of the supported formats"
        f" (plain or gzip): {supported}"
    )

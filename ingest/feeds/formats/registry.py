"""The supported formats, and the detection of a file's format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import Protocol

from gram_es.errors import FeedError
from ingest.feeds.formats import google_xml, json_ld
from ingest.feeds.formats.json import lists, ndjson
from ingest.feeds.formats.parquet import reader as parquet
from ingest.feeds.formats.tables import delimited, shopify
from ingest.feeds.formats.tables.header import Headers
from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.shop_systems.registry import PRESET_NAMES, presets, shop_tables


class FeedFormat(Protocol):
    """The interface of a format; each module in ``FORMATS`` implements it."""

    NAME: str

    def recognises(self, head: bytes) -> bool:
        """Return whether a file is of this format, given ``head``, the start of its text."""

    def read(self, stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
        """Yield the rows in order.

        :raises BrokenFeedError: if the rest of the file cannot be read.
        """


_BEFORE_TABLES: tuple[FeedFormat, ...] = (parquet, json_ld, google_xml)
_TABLES: tuple[FeedFormat, ...] = (delimited, shopify)
_LAST: tuple[FeedFormat, ...] = (lists, ndjson)  # NDJSON accepts the most files
FORMATS: tuple[FeedFormat, ...] = (*_BEFORE_TABLES, *shop_tables(), *_TABLES, *_LAST)

DECODING_FORMATS: tuple[FeedFormat, ...] = (parquet, google_xml)
"""The formats that decode a file's bytes themselves; the others read text in UTF-8."""

NO_PRESET = "none"
_SHOWN_BYTES = 60
PRESETS = (*PRESET_NAMES, NO_PRESET)


def choose_formats(
    preset: str | None = None, headers: Headers | None = None
) -> tuple[FeedFormat, ...]:
    """Return the formats in which a feed may be.

    :param preset: the name of a preset, which converts the rows of tables and plain JSON, or
        ``none``, so that no export of a shop system is recognised. By default all of them are,
        unless there are ``headers``, whose names are then those of the feed itself.
    :param headers: further headers by which a table is recognised.
    """
    mapped = () if headers is None else (delimited.Table(headers),)
    if preset in PRESET_NAMES:
        chosen = presets()[preset]
        plain = (delimited, *mapped, *_LAST)
        return (*_BEFORE_TABLES, chosen.table(), *map(chosen.over, plain))
    exports = () if preset == NO_PRESET or headers is not None else shop_tables()
    return (*_BEFORE_TABLES, *exports, *_TABLES, *mapped, *_LAST)


def format_of(path: Path, head: bytes, formats: Sequence[FeedFormat] = FORMATS) -> FeedFormat:
    """Return the format of a file.

    :param head: the start of the file's text in UTF-8, or of its bytes if it is no text.
    :raises FeedError: if the file is empty, or has none of the formats in ``formats``.
    """
    if not head:
        raise FeedError(f"the feed {path} is empty once it is unpacked, or damaged")
    for feed_format in formats:
        if feed_format.recognises(head):
            return feed_format
    start = head[:_SHOWN_BYTES].decode(errors="replace")
    raise FeedError(
        f"the feed {path} has none of the supported formats: it starts with {start!r}; if it is a"
        ' table or JSON, name its columns in a file for --mapping, with lines such as "id: sku"'
        ' and "title: name"'
    )

"""Reading a feed of any known format into rows, refused rows and a closing fault."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Protocol

from gram_es.errors import FeedError
from gram_es.records import Product
from ingest.feeds import delimited, google_xml, json_ld, ndjson, parquet, shopify
from ingest.feeds.fields import RowError, build_product
from ingest.feeds.records import BadRow, BrokenFeedError, FileFault, RawRow, RefusedRow, Row
from ingest.feeds.source import open_bytes, read_head


class FeedFormat(Protocol):
    """What a module offers to be a format: add the module, and its name to ``FORMATS``."""

    NAME: str

    def recognises(self, head: bytes) -> bool:
        """Tell from the first bytes whether a feed has this format."""

    def read(self, stream: BufferedIOBase) -> Iterator[RawRow | BadRow]:
        """Yield the rows in order.

        :raises BrokenFeedError: where the rest cannot be read.
        """


_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

FORMATS: tuple[FeedFormat, ...] = (
    parquet,
    json_ld,
    google_xml,
    delimited,
    shopify,
    ndjson,
)


def open_feed(
    path: Path, on_read: Callable[[float], None] | None = None
) -> Iterator[Row | RefusedRow | FileFault]:
    """Yield the rows of a feed as a stream, in order, numbered from 1.

    An id that an earlier row has is refused. A file that breaks midway yields what was read and
    then one ``FileFault``; so does one without any row.

    :param on_read: is told the share of the file's bytes that has been read, row by row.
    :raises FeedError: if nothing can be read: no such file, a folder, empty, unknown format.
    """
    with open_bytes(path) as source:
        feed_format = _format_of(path, read_head(source.stream))
        checker = _Checker()
        try:
            for found in feed_format.read(source.stream):
                if on_read is not None:
                    on_read(source.fraction_read)
                yield checker.check(found)
        except BrokenFeedError as broken:
            yield FileFault(checker.rows, broken.line, broken.reason)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            reason = f"the gzip data is damaged or cut off: {str(error).lower()}"
            yield FileFault(checker.rows, checker.line, reason)
        else:
            if not checker.rows:
                yield FileFault(0, 1, f"it holds no product, read as {feed_format.NAME}")


def check_feed(path: Path) -> str:
    """Return the name of a feed's format.

    :raises FeedError: as :func:`open_feed` does.
    """
    with open_bytes(path) as source:
        return _format_of(path, read_head(source.stream)).NAME


def read_products(path: Path) -> tuple[list[Product], list[RefusedRow]]:
    """Read a whole feed into memory.

    :raises FeedError: if the feed cannot be read, or breaks midway.
    """
    products: list[Product] = []
    refused: list[RefusedRow] = []
    for row in open_feed(path):
        if isinstance(row, FileFault):
            raise FeedError(f"{path}: {row}")
        if isinstance(row, RefusedRow):
            refused.append(row)
        else:
            products.append(row.product)
    return products, refused


def _format_of(path: Path, head: bytes) -> FeedFormat:
    if not head:
        raise FeedError(f"the feed {path} holds nothing once it is unpacked")
    for feed_format in FORMATS:
        if feed_format.recognises(head):
            return feed_format
    if head.startswith(_UTF_16):
        raise FeedError(f"the feed {path} is UTF-16; save it as UTF-8")
    known = "; ".join(feed_format.NAME for feed_format in FORMATS)
    raise FeedError(
        f"the feed {path} starts with {head[:24]!r}, which is none of the formats that are read"
        f" (plain or gzip): {known}"
    )


class _Checker:
    """Numbers rows, makes products of them, and refuses an id for the second time."""

    def __init__(self) -> None:
        self.rows = 0
        self.line = 1
        self._row_of: dict[str, int] = {}

    def check(self, found: RawRow | BadRow) -> Row | RefusedRow:
        self.rows += 1
        self.line = found.line
        if isinstance(found, BadRow):
            return RefusedRow(self.rows, found.line, found.reason, found.excerpt)
        try:
            product = build_product(found)
        except RowError as error:
            return RefusedRow(self.rows, found.line, str(error), found.excerpt)
        earlier = self._row_of.setdefault(product.id, self.rows)
        if earlier != self.rows:
            reason = f"id {product.id!r} stands in row {earlier} already"
            return RefusedRow(self.rows, found.line, reason, found.excerpt)
        return Row(self.rows, found.line, product)

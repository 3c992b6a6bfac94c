"""A feed that is one file, of any known format."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.feeds.formats.registry import FORMATS, FeedFormat, format_of
from ingest.feeds.rows.records import BadRow, BrokenFeedError, FileFault, RawRow
from ingest.feeds.sources.bytes import open_bytes, open_file, read_head
from ingest.feeds.sources.feed import Feed, OnRead


class FileFeed(Feed):
    """The rows of a file, plain or gzip."""

    def __init__(self, path: Path, formats: Sequence[FeedFormat] = FORMATS) -> None:
        self._path = path
        self._formats = formats

    def __str__(self) -> str:
        return str(self._path)

    def format_name(self) -> str:
        """Return the name of the file's format.

        :raises FeedError: if there is no such file, or it is a folder, empty, or of none.
        """
        with open_bytes(self._path) as source:
            return format_of(self._path, read_head(source.stream), self._formats).NAME

    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | BadRow | FileFault]:
        """Yield the rows; of a file that breaks midway what was read, and then one fault."""
        rows, line = 0, 1
        with open_bytes(self._path) as source:
            feed_format = format_of(self._path, read_head(source.stream), self._formats)
            try:
                for found in feed_format.read(source.stream):
                    rows, line = rows + 1, found.line
                    if on_read is not None:
                        on_read(source.fraction_read)
                    yield found
            except BrokenFeedError as broken:
                yield FileFault(rows, broken.line, broken.reason)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                reason = f"the gzip data is damaged or cut off: {str(error).lower()}"
                yield FileFault(rows, line, reason)
            else:
                if not rows:
                    yield FileFault(0, 1, f"it holds no product, read as {feed_format.NAME}")

    def content_hash(self) -> str:
        """Return the SHA-256 of the file's bytes."""
        with open_file(self._path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

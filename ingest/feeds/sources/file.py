"""A feed that is one file, in any of the supported formats."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path

from ingest.feeds.formats.registry import DECODING_FORMATS, FORMATS, FeedFormat, format_of
from ingest.feeds.rows.records import BrokenFeedError, FileFault, InvalidRow, RawRow
from ingest.feeds.sources.bytes import open_bytes, open_file, read_head
from ingest.feeds.sources.feed import Feed, OnRead
from ingest.feeds.sources.text import open_text, text_head

_Version = tuple[int, int, int, int]


class FileFeed(Feed):
    """The feed of one file, plain, gzip, or in a zip archive.

    If the file is another one when it is read than when it was hashed, or if it changes while it is
    read, its rows are followed by a fault.
    """

    def __init__(self, path: Path, formats: Sequence[FeedFormat] = FORMATS) -> None:
        self._path = path
        self._formats = formats
        self._hashed: _Version | None = None

    def __str__(self) -> str:
        return str(self._path)

    def format_name(self) -> str:
        """Return the name of the file's format.

        :raises FeedError: if the file is missing, empty or of no supported format, or if the path
            is a folder.
        """
        with open_bytes(self._path) as source:
            return self._format(read_head(source.stream)).NAME

    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | InvalidRow | FileFault]:
        """Yield the rows; if the file breaks midway, yield those before the break and a fault."""
        rows, line = 0, 1
        with open_bytes(self._path) as source:
            opened = _version(source.file)
            if self._hashed not in (None, opened):
                yield FileFault(0, 0, self._change())
                return
            head = read_head(source.stream)
            feed_format = self._format(head)
            is_text = feed_format not in DECODING_FORMATS
            stream = open_text(source.stream, head) if is_text else source.stream
            try:
                for row in feed_format.read(stream):
                    rows, line = rows + 1, row.line
                    if on_read is not None:
                        on_read(source.fraction_read)
                    yield row
            except BrokenFeedError as broken:
                yield FileFault(rows, broken.line, broken.reason)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                reason = f"the packed data is damaged or cut off: {str(error).lower()}"
                yield FileFault(rows, line, reason)
            else:
                if not rows:
                    yield FileFault(0, 1, f"it contains no product, read as {feed_format.NAME}")
            if _version(source.file) != opened:
                yield FileFault(rows, 0, self._change())

    def _change(self) -> str:
        return f"{self._path} changed while it was read; ingest it again once it is complete"

    def _format(self, head: bytes) -> FeedFormat:
        return format_of(self._path, text_head(head), self._formats)

    def content_hash(self) -> str:
        """Return the SHA-256 of the file's bytes."""
        with open_file(self._path) as stream:
            self._hashed = _version(stream)
            return hashlib.file_digest(stream, "sha256").hexdigest()


def _version(file: BufferedIOBase) -> _Version:
    """Return what differs between a file and its next version, or a file with the same name."""
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

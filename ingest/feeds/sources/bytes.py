"""The bytes of a file, plain, gzip or zip; the first bytes show which."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_END, SEEK_SET, BufferedIOBase, BufferedReader, RawIOBase
from pathlib import Path
from zipfile import BadZipFile, ZipExtFile

from gram_es.errors import FeedError
from ingest.feeds.rows.records import BrokenFeedError
from ingest.feeds.sources.archives import ZIP, check_is_read, open_only_file

HEAD_BYTES = 1 << 18
MAX_UNPACKED_BYTES = 1 << 28
"""A packed file may unpack to this many bytes, or to ``MAX_RATIO`` times its size if more."""
MAX_RATIO = 200  # feeds are packed to a tenth; gzip itself reaches 1,030

_GZIP = b"\x1f\x8b"
_MAGIC_BYTES = 8
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class FeedBytes:
    """An open feed: its unpacked bytes, and how much of the file has been read."""

    stream: BufferedIOBase
    file: BufferedIOBase
    size: int

    @property
    def fraction_read(self) -> float:
        """The share of the file's bytes that has been read, from 0 to 1."""
        return self.file.tell() / self.size


def open_file(path: Path) -> BufferedReader:
    """Open a file of a feed.

    :raises FeedError: if it cannot be opened.
    """
    try:
        return path.open("rb")
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise FeedError(f"the feed {path} cannot be read: {reason}") from None


@contextmanager
def open_bytes(path: Path) -> Iterator[FeedBytes]:
    """Open a feed as bytes, unpacked if the file is gzip, or a zip archive of one file.

    :raises FeedError: if the file is missing, empty or unreadable, or packed in another way.
    """
    with open_file(path) as raw:
        magic = raw.read(_MAGIC_BYTES)
        if not magic:
            raise FeedError(f"the feed {path} is empty (0 bytes)")
        check_is_read(path, magic)
        size = raw.seek(0, SEEK_END)
        raw.seek(0)
        if not magic.startswith((_GZIP, *ZIP)):
            yield FeedBytes(raw, raw, size)
            return
        is_gzip = magic.startswith(_GZIP)
        with gzip.GzipFile(fileobj=raw) if is_gzip else open_only_file(path, raw) as unpacked:
            yield FeedBytes(BufferedReader(_Unpacked(unpacked, size), _CHUNK_BYTES), raw, size)


class _Unpacked(RawIOBase):
    """The bytes of a packed file of ``size`` bytes, up to a limit on what it unpacks to."""

    def __init__(self, stream: gzip.GzipFile | ZipExtFile, size: int) -> None:
        self._stream = stream
        self._max_bytes = max(MAX_UNPACKED_BYTES, MAX_RATIO * size)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        while whence == SEEK_END and self.read(_CHUNK_BYTES):  # so that the limit holds
            pass
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: object) -> int:
        """Read the next bytes.

        :raises BrokenFeedError: if the file unpacks to more than the limit.
        :raises EOFError: if a zip archive is damaged.
        """
        target = memoryview(buffer)  # type: ignore[arg-type]
        try:
            chunk = self._stream.read1(len(target))
        except BadZipFile as error:
            raise EOFError(str(error)) from None
        target[: len(chunk)] = chunk
        if self._stream.tell() > self._max_bytes:
            reason = f"the packed data unpacks to more than {self._max_bytes:,} bytes"
            raise BrokenFeedError(0, f"{reason}; split the feed, or give it unpacked")
        return len(chunk)


def read_head(stream: BufferedIOBase) -> bytes:
    """Return the first bytes of a stream and rewind it.

    If the first bytes are damaged, return the bytes before the damage. No error is raised here, but
    a later read of the stream raises one.
    """
    head = b""
    try:
        while len(head) < HEAD_BYTES and (chunk := stream.read1(HEAD_BYTES)):
            head += chunk
    except (EOFError, OSError, zlib.error):
        pass
    stream.seek(0)
    return head

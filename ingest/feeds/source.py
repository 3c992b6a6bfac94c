"""The bytes under a feed: a file or standard input, plain or gzip, told apart by content."""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_END, BufferedIOBase
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from gram_es.errors import FeedError
from gram_es.settings import Settings
from ingest.feeds.download import download, is_address

HEAD_BYTES = 1 << 18
_GZIP = b"\x1f\x8b"


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


@contextmanager
def open_bytes(path: Path) -> Iterator[FeedBytes]:
    """Open a feed as bytes, unpacked where it starts as gzip does.

    :raises FeedError: if the file is missing, a folder, empty or not to be read.
    """
    try:
        raw = path.open("rb")
    except IsADirectoryError:
        raise FeedError(f"{path} is a folder; name one feed file in it") from None
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise FeedError(f"the feed {path} cannot be read: {reason}") from None
    with raw:
        magic = raw.read(len(_GZIP))
        if not magic:
            raise FeedError(f"the feed {path} is empty (0 bytes)")
        size = raw.seek(0, SEEK_END)
        raw.seek(0)
        if magic != _GZIP:
            yield FeedBytes(raw, raw, size)
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield FeedBytes(unpacked, raw, size)


def read_head(stream: BufferedIOBase) -> bytes:
    """Return the first bytes of a stream and rewind it; a fault in them is met again in reading."""
    head = b""
    try:
        while len(head) < HEAD_BYTES and (piece := stream.read1(HEAD_BYTES)):
            head += piece
    except (EOFError, OSError, zlib.error):
        pass
    stream.seek(0)
    return head


def feed_name(feed: str) -> str:
    """Return a short name for a feed: its file's, ``stdin``, or the end of its address."""
    if is_address(feed):
        place = urlsplit(feed)
        return PurePosixPath(place.path).name or place.netloc
    return "stdin" if feed == "-" else Path(feed).name


@contextmanager
def local_copy(feed: str, current: Settings) -> Iterator[Path]:
    """Give the path of a feed.

    ``-`` is standard input, kept in a temporary file meanwhile; an address is downloaded to the
    cache folder.

    :raises FeedError: if an address cannot be read.
    """
    if is_address(feed):
        yield download(
            feed,
            current.cache_dir / "feeds",
            most_bytes=current.feed_bytes,
            within_s=current.feed_s,
            private=current.feed_private,
        )
        return
    if feed != "-":
        yield Path(feed)
        return
    with tempfile.TemporaryDirectory(prefix="gram-es-") as folder:
        path = Path(folder) / "standard-input"
        with path.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        yield path

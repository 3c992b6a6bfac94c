"""Where a feed lies: a file, a folder, standard input, or an address of the web."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from gram_es.settings import Settings
from ingest.feeds.download import download, is_address
from ingest.feeds.feed import Feed
from ingest.feeds.file import FileFeed
from ingest.feeds.folder import FolderFeed


def feed_name(feed: str) -> str:
    """Return a short name for a feed: its file's, ``stdin``, or the end of its address."""
    if is_address(feed):
        place = urlsplit(feed)
        return PurePosixPath(place.path).name or place.netloc
    return "stdin" if feed == "-" else Path(feed).absolute().name


def local_feed(path: Path) -> Feed:
    """Return the feed that a file is, or a folder."""
    return FolderFeed(path) if path.is_dir() else FileFeed(path)


@contextmanager
def reach_feed(feed: str, current: Settings) -> Iterator[Feed]:
    """Give a feed by the place that a user names.

    ``-`` is standard input, kept in a temporary file meanwhile; an address is downloaded to the
    cache folder.

    :raises FeedError: if an address cannot be read.
    """
    if is_address(feed):
        copy = download(
            feed,
            current.cache_dir / "feeds",
            most_bytes=current.feed_bytes,
            within_s=current.feed_s,
            private=current.feed_private,
        )
        yield FileFeed(copy)
    elif feed == "-":
        with tempfile.TemporaryDirectory(prefix="gram-es-") as folder:
            path = Path(folder) / "standard-input"
            with path.open("wb") as copied:
                shutil.copyfileobj(sys.stdin.buffer, copied)
            yield FileFeed(path)
    else:
        yield local_feed(Path(feed))

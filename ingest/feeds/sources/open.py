"""Where a feed lies: a file, a folder, standard input, an address of the web, or an index."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from gram_es.cluster.client import connect
from gram_es.settings import Settings
from ingest.feeds.formats.registry import FORMATS, FeedFormat, formats_with
from ingest.feeds.rows.mapping import MappedFeed, read_mapping
from ingest.feeds.sources.download import download, is_address
from ingest.feeds.sources.feed import Feed
from ingest.feeds.sources.file import FileFeed
from ingest.feeds.sources.folder import FolderFeed
from ingest.feeds.sources.index import IndexFeed, index_in, is_index


def feed_name(feed: str) -> str:
    """Return a short name for a feed: its file's, ``stdin``, or the end of its address.

    An address without a path is named by its host, never by the user and password before it. An
    index keeps its whole name, ``es://NAME``.
    """
    if is_index(feed):
        return feed
    if is_address(feed):
        place = urlsplit(feed)
        return PurePosixPath(place.path).name or place.netloc.rpartition("@")[2]
    return "stdin" if feed == "-" else Path(feed).absolute().name


def local_feed(path: Path, formats: Sequence[FeedFormat] = FORMATS) -> Feed:
    """Return the feed that a file is, or a folder."""
    return FolderFeed(path, formats) if path.is_dir() else FileFeed(path, formats)


@contextmanager
def reach_feed(feed: str, settings: Settings, mapping: Path | None = None) -> Iterator[Feed]:
    """Give a feed by the place that a user names, under a mapping if there is one.

    ``-`` is standard input, kept in a temporary file meanwhile; an address is downloaded to the
    cache folder; ``es://NAME`` is an index of the cluster.

    :param mapping: the YAML file of a mapping, instead of the one that the settings name.
    :raises FeedError: if an address cannot be read, or no index is named.
    :raises ClusterError: if there is no cluster for an index.
    :raises SettingsError: if the mapping cannot be used.
    """
    file = mapping or settings.feed_mapping
    if file is None:
        with _reach(feed, settings, FORMATS) as found:
            yield found
        return
    names = read_mapping(file)
    with _reach(feed, settings, formats_with(names.headers)) as found:
        yield MappedFeed(found, names)


@contextmanager
def _reach(feed: str, settings: Settings, formats: Sequence[FeedFormat]) -> Iterator[Feed]:
    if is_index(feed):
        with connect(settings) as client, closing(IndexFeed(client, index_in(feed))) as found:
            yield found
    elif is_address(feed):
        copy = download(
            feed,
            settings.cache_dir / "feeds",
            most_bytes=settings.feed_bytes,
            within_s=settings.feed_s,
            private=settings.feed_private,
        )
        yield FileFeed(copy, formats)
    elif feed == "-":
        with tempfile.TemporaryDirectory(prefix="gram-es-") as folder:
            path = Path(folder) / "standard-input"
            with path.open("wb") as copied:
                shutil.copyfileobj(sys.stdin.buffer, copied)
            yield FileFeed(path, formats)
    else:
        yield local_feed(Path(feed), formats)

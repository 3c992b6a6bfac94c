"""The feed that a user names: a file, a folder, standard input, a URL, or an index."""

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
from ingest.feeds.formats.registry import FORMATS, FeedFormat, choose_formats
from ingest.feeds.rows.mapping_file import FieldMapping, MappedFeed, read_mapping
from ingest.feeds.sources.access import Access
from ingest.feeds.sources.download import download, is_url
from ingest.feeds.sources.feed import Feed
from ingest.feeds.sources.file import FileFeed
from ingest.feeds.sources.folder import FolderFeed
from ingest.feeds.sources.index import IndexFeed, index_in, is_index


def feed_name(feed: str) -> str:
    """Return a short name for a feed: the name of its file or folder, or ``stdin``.

    The name of a URL is the last part of its path, or else its host; it never contains the user or
    the password. The name of an index is ``es://NAME``.
    """
    if is_index(feed):
        return feed
    if is_url(feed):
        url = urlsplit(feed)
        return PurePosixPath(url.path).name or url.netloc.rpartition("@")[2]
    return "stdin" if feed == "-" else Path(feed).absolute().name


def local_feed(path: Path, formats: Sequence[FeedFormat] = FORMATS) -> Feed:
    """Return the feed of a local file or folder."""
    return FolderFeed(path, formats) if path.is_dir() else FileFeed(path, formats)


@contextmanager
def open_source(
    feed: str, settings: Settings, mapping: Path | None = None, preset: str | None = None
) -> Iterator[Feed]:
    """Open the feed that a user names; if there is a mapping, apply it to the feed.

    :param feed: the path of a file or a folder; ``-`` for standard input, which is copied to a
        temporary file; a URL, which is downloaded to the cache folder; or ``es://NAME``, an index
        of the cluster.
    :param mapping: the YAML file of a mapping; by default the one in the settings, if any.
    :param preset: the shop system that exported the feed, or ``none``; by default the header of a
        table decides. The mapping, if any, is applied to what the preset makes of the rows.
    :raises FeedError: if a URL cannot be downloaded, or ``es://`` has no valid name.
    :raises ClusterError: if there is no cluster for an index.
    :raises SettingsError: if the mapping cannot be used.
    """
    mapping_file = mapping or settings.feed_mapping
    field_mapping = read_mapping(mapping_file) if mapping_file is not None else None
    formats = choose_formats(preset, field_mapping.headers if field_mapping else None)
    with _open_unmapped(feed, settings, formats, field_mapping) as opened:
        yield MappedFeed(opened, field_mapping) if field_mapping else opened


@contextmanager
def _open_unmapped(
    feed: str, settings: Settings, formats: Sequence[FeedFormat], mapping: FieldMapping | None
) -> Iterator[Feed]:
    if is_index(feed):
        with (
            connect(settings) as client,
            closing(IndexFeed(client, index_in(feed), mapping)) as opened,
        ):
            yield opened
    elif is_url(feed):
        copy = download(
            feed,
            settings.cache_dir / "feeds",
            max_bytes=settings.max_feed_bytes,
            timeout_s=settings.max_feed_s,
            access=Access.from_settings(settings),
        )
        yield FileFeed(copy, formats)
    elif feed == "-":
        with tempfile.TemporaryDirectory(prefix="gram-es-") as folder:
            path = Path(folder) / "standard-input"
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
            yield FileFeed(path, formats)
    else:
        yield local_feed(Path(feed), formats)

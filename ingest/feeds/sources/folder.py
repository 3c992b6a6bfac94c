"""A feed that is a folder: its files in the order of their names, each in its own format."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gram_es.errors import FeedError
from ingest.feeds.formats.registry import FORMATS, FeedFormat
from ingest.feeds.rows.records import FileFault, InvalidRow, RawRow
from ingest.feeds.sources.feed import Feed, OnRead
from ingest.feeds.sources.file import FileFeed

_NOT_FEEDS = (".", "_")  # hidden files, and the markers of data platforms (_SUCCESS)


class FolderFeed(Feed):
    """The feed of a folder: the rows of its files, one file after the other.

    Folders inside it, and files whose names start with a dot or an underscore, are not read. A file
    that is broken or not a feed yields a fault, and the next file is read.
    """

    def __init__(self, path: Path, formats: Sequence[FeedFormat] = FORMATS) -> None:
        self._path = path
        self._formats = formats
        self._feeds: dict[Path, FileFeed] = {}

    def __str__(self) -> str:
        return str(self._path)

    def format_name(self) -> str:
        """Return the names of the files' formats.

        :raises FeedError: if no file of the folder can be read.
        """
        names: dict[str, None] = {}
        faults: list[FeedError] = []
        for path in self._files():
            try:
                names[self._file(path).format_name()] = None
            except FeedError as error:
                faults.append(error)
        if not names:
            raise faults[0]
        return "; ".join(names)

    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | InvalidRow | FileFault]:
        """Yield the rows of all files, each with the file's name, and a fault per broken file."""
        files = self._files()
        sizes = [path.stat().st_size if path.exists() else 0 for path in files]
        for number, path in enumerate(files):
            on_file = _share_of_all(on_read, sum(sizes[:number]), sizes[number], sum(sizes))
            try:
                for row in self._file(path).read(on_file):
                    yield replace(row, file=path.name)
            except FeedError as error:
                yield FileFault(0, 0, str(error), path.name)

    def content_hash(self) -> str:
        """Return a SHA-256 of the files' names and hashes."""
        digest = hashlib.sha256()
        for path in self._files():
            try:
                content = self._file(path).content_hash()
            except FeedError as error:
                content = str(error)
            digest.update(f"{path.name}\0{content}\0".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def _file(self, path: Path) -> FileFeed:
        """Return the feed of a file, always the same one, which knows the file that it hashed."""
        return self._feeds.setdefault(path, FileFeed(path, self._formats))

    def _files(self) -> list[Path]:
        try:
            inside = sorted(self._path.iterdir(), key=lambda path: path.name)
        except OSError as error:
            reason = (error.strerror or "cannot be opened").lower()
            raise FeedError(f"the folder {self._path} cannot be read: {reason}") from None
        files = [p for p in inside if not p.name.startswith(_NOT_FEEDS) and _may_be_read(p)]
        if not files:
            raise FeedError(
                f"the folder {self._path} contains no feed file; folders inside it, and files"
                " whose names start with a dot or an underscore, are not read"
            )
        return files


def _may_be_read(path: Path) -> bool:
    """Return whether a path is a file or a broken link; reading a broken link yields a fault."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def _share_of_all(on_read: OnRead | None, before: int, size: int, total: int) -> OnRead | None:
    """Return a callback that takes the share read of one file and reports the share of all files.

    :param before: the bytes of all files before this file.
    :param size: the bytes of this file.
    :param total: the bytes of all files.
    """
    if on_read is None or not total:
        return None
    return lambda share: on_read((before + share * size) / total)

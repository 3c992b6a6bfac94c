"""What every feed offers, wherever it lies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from ingest.feeds.rows.records import BadRow, FileFault, RawRow

OnRead = Callable[[float], None]
"""Is told the share of a feed that has been read, from 0 to 1."""


class Feed(ABC):
    """A stream of rows that can be begun anew; as a string it is the place where it lies."""

    @abstractmethod
    def format_name(self) -> str:
        """Return the name of what the feed is read as.

        :raises FeedError: if nothing of it can be read.
        """

    @abstractmethod
    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | BadRow | FileFault]:
        """Yield the rows in order, unchecked, and a fault wherever some of them are lost.

        :param on_read: is called row by row.
        :raises FeedError: as :meth:`format_name` does.
        """

    @abstractmethod
    def content_hash(self) -> str:
        """Return a hash, in hex, that two feeds share only if they yield the same rows."""

"""The interface of a feed, whatever its source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from ingest.feeds.rows.records import FileFault, InvalidRow, RawRow

OnRead = Callable[[float], None]
"""A callback that receives the share of a feed that has been read, from 0 to 1."""


class Feed(ABC):
    """A source of rows that can be read more than once; ``str`` gives its path, URL or name."""

    @abstractmethod
    def format_name(self) -> str:
        """Return the name of the feed's format.

        :raises FeedError: if nothing of the feed can be read.
        """

    @abstractmethod
    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | InvalidRow | FileFault]:
        """Yield the rows in order, unchecked, and a fault wherever rows cannot be read.

        :param on_read: called at each row with the share of the feed read so far, from 0 to 1.
        :raises FeedError: as :meth:`format_name` does.
        """

    @abstractmethod
    def content_hash(self) -> str:
        """Return a hexadecimal hash; two feeds with the same hash yield the same rows."""

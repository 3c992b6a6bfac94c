"""A record of a table as it is read, before its cells become the fields of a row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a table: the texts of its cells, in the header's order.

    ``doubt`` is the reason why it may have been read wrongly, or empty.
    """

    line: int
    cells: tuple[str, ...]
    excerpt: str
    doubt: str = ""

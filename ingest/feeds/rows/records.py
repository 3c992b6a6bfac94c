"""The records of a feed: raw rows, valid rows, rejected rows, and faults of whole files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from gram_es.records import Product

EXCERPT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A valid row. ``number`` counts the feed's rows from 1; ``line`` is where the row starts."""

    number: int
    line: int
    product: Product


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that gives no product, with the reason and its first characters.

    ``repeats`` is the number of the earlier row with the same id, if that is the reason.
    ``possible_ids`` are the ids that the row may have; it is empty if no id can be read.
    ``is_for_sale`` is false if the shop itself has withdrawn the product.
    """

    number: int
    line: int
    reason: str
    excerpt: str = ""
    repeats: int | None = None
    possible_ids: tuple[str, ...] = ()
    is_for_sale: bool = True

    def __str__(self) -> str:
        return f"row {self.number}, line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class FileFault:
    """The place and the reason at which a file became unreadable; nothing after it is read.

    ``rows`` is the number of rows read before it. ``line`` is 0 if the file has no readable line.
    ``file`` is empty unless the feed has several files.
    """

    rows: int
    line: int
    reason: str
    file: str = ""

    def __str__(self) -> str:
        if not self.line:
            return self.reason
        name = f"the feed {self.file}" if self.file else "the feed"
        return f"{name} is broken at line {self.line}, after {self.rows:,} rows: {self.reason}"


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as its format reads it, before any check.

    The keys of ``fields`` are the names of Google Merchant (``image_link``, ``product_type``); a
    key that is not a field of a product becomes an attribute. ``attributes`` are attributes
    already. ``origins`` maps a key to the feed's own name for it, where the two differ.
    ``ignored`` are the feed's names for values that the format leaves out. ``file`` is empty unless
    the feed has several files.
    """

    line: int
    fields: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excerpt: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    ignored: Collection[str] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A row that its format cannot read, or a product that the shop has withdrawn.

    Its id is one of ``possible_ids``, if there are any.
    """

    line: int
    reason: str
    excerpt: str = ""
    file: str = ""
    possible_ids: tuple[str, ...] = ()
    is_for_sale: bool = True


class BrokenFeedError(Exception):
    """The error of a format whose file is unreadable from ``line`` on."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line = line
        self.reason = reason

"""The records of a feed: raw rows, valid rows, rejected rows, and faults of whole files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from gram_es.records import Product

EXCERPT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A valid row, which starts at ``line``; ``number`` counts the feed's rows from 1."""

    number: int
    line: int
    product: Product


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row from which no product can be built, and the reason.

    ``excerpt`` is the beginning of the row's text. If the row is rejected because an earlier row
    has the same id, ``repeats`` is the number of the earlier row. ``possible_ids`` are the ids that
    the row may have; the tuple is empty if no id can be read. ``may_have_any_id`` is true if the
    row may also have an id that is not among them. ``is_for_sale`` is false if the shop itself has
    withdrawn the product.
    """

    number: int
    line: int
    reason: str
    excerpt: str = ""
    repeats: int | None = None
    possible_ids: tuple[str, ...] = ()
    is_for_sale: bool = True
    may_have_any_id: bool = False

    def __str__(self) -> str:
        return f"row {self.number}, line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class FileFault:
    """A fault of a whole file, usually that it cannot be read from ``line`` on.

    ``rows`` is the number of rows read before the fault. ``line`` is 0 if the fault is at no
    particular line. ``file`` is the file's name if the feed has several files, otherwise empty.
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

    The keys of ``fields`` are names of Google Merchant (``image_link``, ``product_type``). A key
    that is not a field of a product becomes an attribute. ``attributes`` are the values that the
    format itself reads as attributes. ``origins`` gives the feed's own name of a key; if a key has
    no entry, the feed uses the key itself. ``ignored`` are the names of values in the feed that the
    format does not read. ``doubts`` are the reasons why the row may have been read wrongly, such as
    a quotation mark that is never closed. ``file`` is the file's name if the feed has several
    files, otherwise empty.
    """

    line: int
    fields: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excerpt: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    ignored: Collection[str] = ()
    doubts: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A row that its format cannot read, or a product that the shop has withdrawn.

    ``possible_ids`` are the ids that the row may have. ``may_have_any_id`` is true if the row may
    also have an id that is not among them, so that no product may be deleted because of its
    absence. ``is_for_sale`` is false if the shop has withdrawn the product.
    """

    line: int
    reason: str
    excerpt: str = ""
    file: str = ""
    possible_ids: tuple[str, ...] = ()
    is_for_sale: bool = True
    may_have_any_id: bool = False


class BrokenFeedError(Exception):
    """A file cannot be read from ``line`` on; its format raises this error."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line = line
        self.reason = reason

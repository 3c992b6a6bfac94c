"""What a feed yields: rows, refused rows, and at most one fault of the file as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from gram_es.records import Product

EXCERPT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is a product. ``number`` counts rows from 1; ``line`` is where the row starts."""

    number: int
    line: int
    product: Product


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not a product, with the reason and its first characters.

    ``repeats`` is the row that has its id already, where that is the reason. ``possible_ids`` are
    its id, or what may be its id where it cannot be read; they are empty where nothing tells. A row
    that is not ``is_for_sale`` the shop itself has taken down.
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
    """Where and why a file stopped being readable; nothing of this file comes after it.

    ``line`` is 0 where nothing of it could be read; ``file`` is named where a feed has several.
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
    """A row as a format reads it, before anything is checked.

    ``fields`` have the names of Google Merchant (``image_link``, ``product_type``); a name that
    is not a field of a product becomes an attribute. ``attributes`` are attributes already.
    ``origins`` say what the feed calls a field, where that is another name; ``ignored`` are the
    feed's names for what the format leaves out. ``file`` is named where a feed has several.
    """

    line: int
    fields: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excerpt: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    ignored: Collection[str] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that a format cannot read, or that names what the shop has taken down.

    One of ``possible_ids`` is its id, if there are any.
    """

    line: int
    reason: str
    excerpt: str = ""
    file: str = ""
    possible_ids: tuple[str, ...] = ()
    is_for_sale: bool = True


class BrokenFeedError(Exception):
    """A format raises it where the file stops being readable."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line = line
        self.reason = reason

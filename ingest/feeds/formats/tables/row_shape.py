"""What the rows of a table look like, learned from those read, to tell a row from other text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

_LEARNED_ROWS = 1_000
_ENOUGH_IDS = 3
_ENOUGH_ROWS = 20
_ENOUGH_COLUMNS = 5
_MAX_ID_CHARACTERS = 128
_ID_TRAITS: tuple[Callable[[str], bool], ...] = (
    str.isdecimal,
    lambda text: any(map(str.isdecimal, text)),
    lambda text: not any(map(str.isspace, text)),
    lambda text: "-" in text,
    lambda text: "_" in text,
    lambda text: text == text.lower(),
    lambda text: text == text.upper(),
)
_ID_NAMES = ("id", "product_id", "sku", "handle", "url_handle")
_TELLING_TRAITS = 2  # the first ones: numbers, and ids with a digit
_DIGIT = re.compile(r"\d")
_FORMS: dict[str, Callable[[str], bool]] = {
    "price": lambda text: len(text) <= 40 and bool(_DIGIT.search(text)),
    "sale_price": lambda text: len(text) <= 40 and bool(_DIGIT.search(text)),
    "gtin": lambda text: len(text) <= 20 and bool(_DIGIT.search(text)),
    "link": lambda text: text.startswith(("http", "/")),
    "image_link": lambda text: text.startswith(("http", "/")),
    "availability": lambda text: len(text) <= 40 and not _DIGIT.search(text),
}


class RowShape:
    """How wide rows are, whether cells start with a blank, and which traits all ids share."""

    def __init__(self, names: Sequence[str]) -> None:
        self.width = len(names)
        ids = [names.index(name) for name in _ID_NAMES if name in names]
        self._id = ids[0] if ids else 0
        self._forms = [(p, _FORMS[name]) for p, name in enumerate(names) if name in _FORMS]
        self._widths = {self.width}
        self._seen_widths: Counter[int] = Counter()
        self._traits = list(_ID_TRAITS) if ids else []
        self._has_leading_blanks = False
        self._rows = 0

    def learn(self, cells: Sequence[str]) -> None:
        """Learn from a row that was read without doubt."""
        if self._rows >= _LEARNED_ROWS:
            return
        self._rows += 1
        # One short row among others may be the start of a cell whose mark got lost.
        if self._rows <= _ENOUGH_IDS or len(cells) in self._seen_widths:
            self._widths.add(len(cells))
        self._seen_widths[len(cells)] += 1
        self._has_leading_blanks |= _has_leading_blank(cells)
        if product_id := self.id_of(cells):
            self._traits = [trait for trait in self._traits if trait(product_id)]

    def has_width(self, width: int) -> bool:
        """Return whether rows have this many cells, or none was read yet."""
        return not self._rows or width in self._widths

    def is_usual(self, width: int) -> bool:
        """Return whether at least a tenth of the rows have this many cells."""
        return self._rows >= _ENOUGH_ROWS and 10 * self._seen_widths[width] >= self._rows

    def missing(self, width: int) -> int:
        """Return how many cells a row with this many lacks; none if others are as short."""
        return 0 if width in self._widths else max(0, self.width - width)

    def is_stray(self, cells: Sequence[str]) -> bool:
        """Return whether cells are fewer than in any other row, and have no id like the others."""
        return self.missing(len(cells)) > 0 and self.has_foreign_id(cells)

    def has_foreign_id(self, cells: Sequence[str]) -> bool:
        """Return whether the id lacks a trait that the ids of several rows before it share."""
        return self._rows >= _ENOUGH_IDS and not self.has_likely_id(cells)

    def fits(self, cells: Sequence[str]) -> bool:
        """Return whether cells may be a row: as many as in others, and no prose with its commas."""
        return (
            len(cells) in self._widths
            and bool(self.id_of(cells))
            and (self._has_leading_blanks or not _has_leading_blank(cells))
            and (self._rows < _ENOUGH_IDS or self.has_likely_id(cells))
        )

    def may_be(self, cells: Sequence[str]) -> bool:
        """Return whether cells fit, or are too many for a row but have an id.

        A delimiter in a cell before the id, whose quotation mark is wrong, moves it to the right.
        """
        if len(cells) <= self.width:
            return self.fits(cells)
        moved = cells[self._id + 1 : self._id + 1 + len(cells) - self.width] if self._rows else ()
        return self.fits(cells) or self.has_likely_id(cells) or any(map(self._is_likely_id, moved))

    def is_likely(self, cells: Sequence[str], *, trusts_ids: bool) -> bool:
        """Return whether cells are most likely a row: they fit, and their contents confirm it.

        :param trusts_ids: whether an id of the usual form confirms it already.
        """
        values = [(form, cells[p].strip()) for p, form in self._forms if p < len(cells)]
        checks = [form(value) for form, value in values if value]
        confirmed = bool(checks) or self.width >= _ENOUGH_COLUMNS or (trusts_ids and self._ids_tell)
        return self.fits(cells) and self.has_likely_id(cells) and all(checks) and confirmed

    def has_likely_id(self, cells: Sequence[str]) -> bool:
        """Return whether the id has the traits that all ids so far share."""
        return self._is_likely_id(self.id_of(cells))

    def _is_likely_id(self, cell: str) -> bool:
        product_id = cell.strip()
        traits = self._traits if self._rows else ()
        is_short = 0 < len(product_id) <= _MAX_ID_CHARACTERS
        return is_short and all(trait(product_id) for trait in traits)

    @property
    def _ids_tell(self) -> bool:
        return self._rows >= _ENOUGH_IDS and any(
            trait in self._traits for trait in _ID_TRAITS[:_TELLING_TRAITS]
        )

    def id_of(self, cells: Sequence[str]) -> str:
        """Return the cell with the id; empty if there is none."""
        return cells[self._id].strip() if self._id < len(cells) else ""


def _has_leading_blank(cells: Sequence[str]) -> bool:
    return any(cell[:1] == " " and cell.strip() for cell in cells[1:])

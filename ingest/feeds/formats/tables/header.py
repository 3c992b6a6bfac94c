"""The header of a table: found below other lines, and its cells read as names of columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from ingest.feeds.formats.tables.quotes import OTHERS, USUAL
from ingest.feeds.rows.field_names import READ_FROM, field_name, is_net, price_name
from ingest.feeds.rows.money.prices import currency_beside, parse_price

Headers = Collection[frozenset[str]]
"""Alternative sets of names; a header matches if it contains all names of one set."""

SEARCHED_LINES = 60
_MAX_SKIPPED_LINES = 30
_MAX_HEADER_LINES = 20
_COMMENT = "#"
DELIMITERS = "\t,;|"
FIELDS = frozenset(name for names in READ_FROM.values() for name in names)
_PRICES = frozenset({"price", "sale_price"})
_WITH_UNIT = re.compile(  # reads at most 100 characters
    r"(?P<name>[^()\[\]]+?)[\s_]*[(\[](?P<unit>[^()\[\]]+)[)\]]"
)
_WITH_CURRENCY = re.compile(  # reads at most 100 characters
    r"(?P<name>.+?)[\s_]+(?:in[\s_]+)?(?P<unit>[A-Z]{3}|[€£$¥])"
)
_BETWEEN_WORDS = re.compile(r"[\s_()\[\]\"*†‡§:,]+")
_FILLERS = ("in", "en", "-")
_SHIPPING = re.compile(r"shipping|versand")
_MAX_NAME_CHARACTERS = 100
_QUOTES = "\"'`“”„‘’"


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table.

    ``written`` are its cells, with single blanks; ``names`` are the columns' names in Google's
    spelling. ``currency`` is the currency that the name of a price column states, or empty.
    ``skipped`` lines precede the header, which is ``lines`` long. ``quote`` is the mark around
    its cells, a quotation mark unless all of them have another one.
    """

    written: tuple[str, ...]
    names: tuple[str, ...]
    currency: str
    delimiter: str
    skipped: int
    lines: int
    quote: str = USUAL


def find_header(lines: Sequence[str], headers: Headers) -> Header | None:
    """Return the first header among the first lines of a table that matches ``headers``.

    Above it may stand blank lines, ``sep=;``, a title, or comments that name its columns. Its cells
    may have line breaks.
    """
    comment: Header | None = None
    for skipped, line in enumerate(lines[:_MAX_SKIPPED_LINES]):
        header = _header_at(lines[skipped : skipped + _MAX_HEADER_LINES], skipped, headers)
        is_comment = line.lstrip("\ufeff ").startswith(_COMMENT)
        if header is not None and not is_comment:
            return header
        comment = comment or header
        if comment is not None and not is_comment:
            break
    return comment  # a header may start with the mark of a comment, if none follows


def plain_names(cells: Sequence[str]) -> list[str]:
    """Return the names of columns as they are spelt in Google's feeds, without their units."""
    return [field_name(_one_line(cell)) for cell in cells]


def _header_at(lines: Sequence[str], skipped: int, headers: Headers) -> Header | None:
    """Return the header that the first of the lines begins, or ``None``."""
    start = lines[0].lstrip("\ufeff ")[:1]
    quotes = (start, USUAL) if start in OTHERS else (USUAL,)
    for delimiter, quote in product(DELIMITERS, quotes):
        if delimiter not in lines[0] and quote not in lines[0]:
            continue
        cells, length = _cells(lines, delimiter, quote)
        header = _header(cells, delimiter, skipped, length)
        if any(required <= {*header.names, *plain_names(cells)} for required in headers):
            return replace(header, quote=quote)
    return None


def _cells(lines: Sequence[str], delimiter: str, quote: str) -> tuple[list[str], int]:
    reader = csv.reader(
        (line.rstrip("\r\n") + "\n" for line in lines),
        delimiter=delimiter,
        quotechar=quote,
        strict=True,
    )
    try:
        cells = next(reader)
    except (csv.Error, StopIteration):
        return lines[0].rstrip("\r\n").split(delimiter), 1
    return cells, reader.line_num


def _header(cells: Sequence[str], delimiter: str, skipped: int, length: int) -> Header:
    written = [_one_line(cell) for cell in cells]
    names = [field_name(cell) for cell in written]
    currency = ""
    for position, cell in enumerate(written):
        if len(cell) > _MAX_NAME_CHARACTERS:
            continue
        name, unit = _name_and_currency(cell)
        if names[position] not in FIELDS and name in FIELDS and name not in names:
            names[position] = name
        if names[position] in _PRICES:
            currency = currency or unit
    return Header(tuple(written), tuple(names), currency, delimiter, skipped, length)


def _name_and_currency(cell: str) -> tuple[str, str]:
    """Return the name in a cell such as ``Price (EUR)`` or ``Price in EUR``, and the currency."""
    for name, note in _prices_and_notes(cell):
        if (currency := _currency_of_price(note)) is not None:
            return name, currency
    if match := _WITH_UNIT.fullmatch(cell):
        return field_name(match["name"]), _currency(match["unit"])
    match = _WITH_CURRENCY.fullmatch(cell)
    if match and (currency := _currency(match["unit"])):
        return field_name(match["name"]), currency
    return "", ""


def _prices_and_notes(cell: str) -> Iterator[tuple[str, str]]:
    """Yield the name of a price in a cell such as ``Gross price EUR``, and the words around it."""
    words = [word for word in _BETWEEN_WORDS.split(cell) if word and word.lower() not in _FILLERS]
    for count in (2, 1):
        for start in range(len(words) - count + 1):
            name = price_name("_".join(words[start : start + count]).lower())
            if name and len(words) > count:
                yield name, " ".join((*words[:start], *words[start + count :]))


def _currency_of_price(note: str) -> str | None:
    """Return the currency beside the name of a price, or ``None`` if it is another price."""
    try:
        is_other = is_net(note) or _SHIPPING.search(note.lower())
        return None if is_other else currency_beside(note)
    except ValueError:
        return None


def _one_line(cell: str) -> str:
    return " ".join(cell.replace("\ufeff", "").split()).strip(_QUOTES).strip()


def _currency(unit: str) -> str:
    """Return the code of the currency that a unit names, or an empty text."""
    try:
        return parse_price(f"1.00 {unit}").currency or ""
    except ValueError:
        return ""

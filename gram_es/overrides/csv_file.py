"""Overrides as a CSV file, which ``export`` writes and ``import`` reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

from gram_es.errors import OverrideError
from gram_es.overrides.rules import Override, make_override
from gram_es.text.spreadsheet_cells import guard_cell, unguard_cell

COLUMNS: Final = ("kind", "product_id", "query", "code", "weight", "note", "by", "at")
_REQUIRED: Final = COLUMNS[:4]
_MAX_REPORTED: Final = 20


def write_csv(overrides: Iterable[Override], file: TextIO) -> None:
    """Write a header and one row per override; a spreadsheet runs none of the cells."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for each in overrides:
        writer.writerow({name: guard_cell(str(value)) for name, value in each.fields().items()})


def read_csv(file: TextIO, name: str) -> list[Override]:
    """Return the overrides of a file; of several rows with the same id the last one counts.

    :param name: the file's name in error messages.
    :raises OverrideError: if the file is not CSV or has invalid rows; the message contains the line
        and the error of each invalid row.
    """
    rows = csv.DictReader(file, strict=True)
    errors: list[str] = []
    overrides: dict[str, Override] = {}
    try:
        _check_header(rows.fieldnames or (), name)
        for line, row in _numbered(rows):
            try:
                rule = make_override(_cells(row))
            except OverrideError as error:
                errors.append(f"line {line}: {error}")
            else:
                overrides[rule.id] = rule
    except (csv.Error, UnicodeDecodeError) as error:
        raise OverrideError(
            f"{name}, line {rows.line_num + 1} is not CSV in UTF-8: {error}; nothing was set"
        ) from None
    if errors:
        raise OverrideError(f"nothing of {name} was set:\n" + _listed(errors))
    return list(overrides.values())


def _check_header(header: Iterable[str], name: str) -> None:
    names = [*header]
    missing = [column for column in _REQUIRED if column not in names]
    unknown = [column for column in names if column not in COLUMNS]
    if missing or unknown or len({*names}) < len(names):
        raise OverrideError(
            f"{name}: the header is {','.join(names)!r}; write {','.join(COLUMNS)}, of which "
            f"{','.join(_REQUIRED)} are required"
        )


def _numbered(rows: csv.DictReader[str]) -> Iterator[tuple[int, dict[str | None, str | None]]]:
    """Yield each row with the number of its last line.

    If a row has more cells than the header, the extra cells are stored under the key
    ``None``. Missing cells have the value ``None``.
    """
    for row in rows:
        yield rows.line_num, {**row}


def _cells(row: dict[str | None, str | None]) -> dict[str, str | None]:
    if None in row or None in row.values():
        raise OverrideError("the number of cells differs from that of the header")
    return {name: unguard_cell(value) for name, value in row.items() if name and value is not None}


def _listed(errors: list[str]) -> str:
    omitted = len(errors) - _MAX_REPORTED
    more = [f"and {omitted:,} more"] if omitted > 0 else []
    return "\n".join([*errors[:_MAX_REPORTED], *more])

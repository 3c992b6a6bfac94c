"""Overrides as a CSV file: what ``export`` writes, ``import`` reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

from gram_es.errors import OverrideError
from gram_es.overrides.rules import Override, make_override

COLUMNS: Final = ("kind", "product_id", "query", "code", "weight", "note", "by", "at")
_NEEDED: Final = COLUMNS[:4]
_SHOWN: Final = 20


def write_csv(overrides: Iterable[Override], file: TextIO) -> None:
    """Write a header and a row an override."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(one.fields() for one in overrides)


def read_csv(file: TextIO, name: str) -> list[Override]:
    """Return the overrides of a file; of two rows about the same thing the last one counts.

    :raises OverrideError: with a sentence for each bad row and its line.
    """
    rows = csv.DictReader(file, strict=True)
    faults: list[str] = []
    found: dict[str, Override] = {}
    try:
        _check_header(rows.fieldnames or (), name)
        for line, row in _numbered(rows):
            try:
                one = make_override(_cells(row))
            except OverrideError as error:
                faults.append(f"line {line}: {error}")
            else:
                found[one.id] = one
    except (csv.Error, UnicodeDecodeError) as error:
        raise OverrideError(
            f"{name}, line {rows.line_num + 1} is no CSV in UTF-8: {error}; nothing was set"
        ) from None
    if faults:
        raise OverrideError(f"nothing of {name} was set:\n" + _listed(faults))
    return list(found.values())


def _check_header(header: Iterable[str], name: str) -> None:
    names = [*header]
    missing = [column for column in _NEEDED if column not in names]
    unknown = [column for column in names if column not in COLUMNS]
    if missing or unknown or len({*names}) < len(names):
        raise OverrideError(
            f"{name}: the header is {','.join(names)!r}; write {','.join(COLUMNS)}, of which "
            f"{','.join(_NEEDED)} are needed"
        )


def _numbered(rows: csv.DictReader[str]) -> Iterator[tuple[int, dict[str | None, str | None]]]:
    """Yield each row with the line it ends on; a row's key ``None`` has cells beyond the header."""
    for row in rows:
        yield rows.line_num, {**row}


def _cells(row: dict[str | None, str | None]) -> dict[str, str | None]:
    if None in row or None in row.values():
        raise OverrideError("it has not as many cells as the header")
    return {name: value for name, value in row.items() if name is not None}


def _listed(faults: list[str]) -> str:
    more = [f"and {len(faults) - _SHOWN:,} more"] if len(faults) > _SHOWN else []
    return "\n".join([*faults[:_SHOWN], *more])

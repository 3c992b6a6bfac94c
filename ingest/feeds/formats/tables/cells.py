"""The cells of one line of a table whose quotation marks may be wrong."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from ingest.feeds.rows.values import as_text

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_ESCAPED_MARK = re.compile(r'(?<!\\)((?:\\\\)*+)\\"')
MAX_FIELD_CHARACTERS = 1 << 27  # csv's own limit; lines are limited before

csv.field_size_limit(MAX_FIELD_CHARACTERS)


def split_line(line: str, delimiter: str, width: int) -> list[str] | None:
    """Return the cells of a line that is no valid record but can only be read in one way.

    Its quotation marks are part of the text: ``"Kettle" big`` or an inch mark that is not doubled.
    Return ``None`` if no such reading has ``width`` cells, or if cells open with a quotation mark
    and the marks are no pairs; in a table with tabs, whose cells rarely need quotes, they are text.
    """
    if escaped := with_escapes(line, delimiter, width):
        return escaped
    for cells in (_closed_before_delimiter(line, delimiter), cells_by_delimiter(line, delimiter)):
        if cells is not None and len(cells) == width:
            is_quoted = any(cell.startswith('"') for cell in cells)
            is_odd = any(cell.count('"') % 2 for cell in cells)
            return None if is_quoted and is_odd and delimiter != "\t" else cells
    return None


def cells_by_delimiter(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line if each delimiter parts two; right quotation marks are removed."""
    return [_unquoted(cell) for cell in line.split(delimiter)]


def respelt(line: str, delimiter: str, width: int) -> list[str] | None:
    """Return the cells of a line with ``="a,b"`` or blanks before its quotation marks.

    Return ``None`` if there are not ``width`` of them.
    """
    spelt = re.sub(rf'(^|{re.escape(delimiter)})=(?=")', r"\1", line)
    reader = csv.reader([spelt], delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        cells = next(reader)
    except (csv.Error, StopIteration):
        return None
    return cells if len(cells) == width else None


def with_escapes(line: str, delimiter: str, width: int) -> list[str] | None:
    r"""Return the cells of a line whose quotation marks are escaped with a backslash.

    Return ``None`` if it has no such mark, or if there are not ``width`` cells.
    """
    if '\\"' not in line:
        return None
    reader = csv.reader([_ESCAPED_MARK.sub(r'\1""', line)], delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
    except (csv.Error, StopIteration):
        return None
    return cells if len(cells) == width else None


def literal_ids(lines: Iterable[str], delimiter: str) -> tuple[str, ...]:
    """Return the cells of lines that cannot be read as records, each as an id may be written."""
    ids: dict[str, None] = {}
    for line in lines:
        for cell in line.replace("\r", delimiter).split(delimiter):
            for text in (as_text(cell), cell.strip().strip('"').strip()):
                ids[as_text(text)] = ids[text] = None
    return tuple(filter(None, ids))


def _unquoted(cell: str) -> str:
    """Return a cell without its quotation marks, if they are right."""
    match = _QUOTED.fullmatch(cell)
    return match[1].replace('""', '"') if match else cell


def _closed_before_delimiter(line: str, delimiter: str) -> list[str] | None:
    """Return the cells if a quoted cell ends only at a quotation mark before a delimiter."""
    cells: list[str] = []
    position = 0
    while position <= len(line):
        if line[position : position + 1] == '"':
            end = _closing_mark(line, position + 1, delimiter)
            if end < 0:
                return None
            cells.append(line[position + 1 : end].replace('""', '"'))
            end += 1
        else:
            end = line.find(delimiter, position)
            end = len(line) if end < 0 else end
            cells.append(line[position:end])
        position = end + 1
    return cells


def _closing_mark(line: str, position: int, delimiter: str) -> int:
    position = line.find('"', position)
    while position >= 0 and line[position + 1 : position + 2] not in ("", delimiter):
        position = line.find('"', position + 1)
    return position

"""Tables whose cells are in apostrophes or grave accents instead of quotation marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ingest.feeds.formats.lines import Line
from ingest.feeds.formats.tables.record import Record
from ingest.feeds.rows.records import InvalidRow

USUAL = '"'
OTHERS = ("'", "`")


def with_usual_quotes(lines: Iterable[Line], quote: str) -> Iterator[Line]:
    """Yield the lines of a table with its quotation marks and the usual ones exchanged."""
    exchanged = _exchange(quote)
    return (replace(line, text=line.text.translate(exchanged)) for line in lines)


def with_own_quotes(
    records: Iterable[Record | InvalidRow], quote: str
) -> Iterator[Record | InvalidRow]:
    """Yield the records of such lines with the exchange undone."""
    exchanged = _exchange(quote)
    for record in records:
        excerpt = record.excerpt.translate(exchanged)
        if isinstance(record, Record):
            cells = tuple(cell.translate(exchanged) for cell in record.cells)
            yield replace(record, cells=cells, excerpt=excerpt)
        else:
            ids = tuple(text.translate(exchanged) for text in record.possible_ids)
            yield replace(record, possible_ids=ids, excerpt=excerpt)


def _exchange(quote: str) -> dict[int, str]:
    return {ord(quote): USUAL, ord(USUAL): quote}

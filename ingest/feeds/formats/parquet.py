"""Parquet with one product per row, such as the Shopping Queries Dataset (ESCI).

A file is read in batches, so that memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BufferedIOBase

import pyarrow
from pyarrow.parquet import ParquetFile

from ingest.feeds.formats.lines import printable
from ingest.feeds.rows.product_fields import row_from_object
from ingest.feeds.rows.records import BrokenFeedError, RawRow
from ingest.feeds.rows.values import as_text

NAME = "Parquet whose columns name id and title"

_MAGIC = b"PAR1"
_BATCH_ROWS = 1_000
_BUFFER_BYTES = 1 << 20  # per column; without it Arrow keeps all row groups that it has read


def recognises(head: bytes) -> bool:
    """Return whether the bytes start with Parquet's magic number."""
    return head.startswith(_MAGIC)


def read(stream: BufferedIOBase) -> Iterator[RawRow]:
    """Yield the rows; the ``line`` of a row is the row's number.

    :raises BrokenFeedError: if the file is damaged or cut off.
    """
    number = 0
    try:
        file = ParquetFile(stream, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for values in _in_microseconds(batch).to_pylist():
                number += 1
                yield _row(number, values)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        reason = f"the Parquet data is damaged or cut off: {str(error).splitlines()[0]}"
        raise BrokenFeedError(number + 1, reason) from None


def _in_microseconds(batch: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    """Return the batch with its times in microseconds, the resolution of Python's times."""
    columns = [
        column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
        if pyarrow.types.is_timestamp(column.type)
        else column
        for column in batch.columns
    ]
    return pyarrow.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _row(number: int, values: Mapping[str, object]) -> RawRow:
    given = {name: _plain(value) for name, value in values.items() if value is not None}
    return row_from_object(number, given, printable(" ".join(map(as_text, given.values()))))


def _plain(value: object) -> object:
    """Return a value with bytes decoded as UTF-8, and maps (lists of pairs) as dictionaries."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        pairs = [item for item in items if isinstance(item, tuple)]
        return dict(pairs) if pairs else items
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return value

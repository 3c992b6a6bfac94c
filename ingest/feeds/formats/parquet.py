"""Parquet with one product per row, such as the Shopping Queries Dataset (ESCI).

A file is read in batches, so that memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import SEEK_END, BufferedIOBase

import pyarrow
from pyarrow.parquet import ParquetFile

from gram_es.errors import first_line
from ingest.feeds.formats.lines import MAX_LINE_BYTES, printable
from ingest.feeds.formats.parquet_sizes import row_bytes
from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.product_fields import row_from_object
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow
from ingest.feeds.rows.values import as_text

NAME = "Parquet whose columns name id and title"

MAX_ROW_BYTES = MAX_LINE_BYTES
MAX_GROUP_BYTES = 1 << 26
"""A row group may unpack to this many bytes, or to ``MAX_RATIO`` times the size of the file."""
MAX_RATIO = 100

_MAGIC = b"PAR1"
_BATCH_ROWS = 1_000
_BATCH_BYTES = 16 << 20
_BUFFER_BYTES = 1 << 20  # per column; without it Arrow keeps all row groups that it has read
_TEXT = "BYTE_ARRAY"
_IDS = ("id", "product_id", "sku")


def recognises(head: bytes) -> bool:
    """Return whether the bytes start with Parquet's magic number."""
    return head.startswith(_MAGIC)


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield the rows; the ``line`` of a row is the row's number.

    :raises BrokenFeedError: if the file is damaged or cut off, or unpacks to far more than it is.
    """
    number = 0
    try:
        file = _open(stream)
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for part, is_long in _parts(batch):
                if is_long:
                    number += 1
                    yield _rejected(number, part)
                    continue
                for values in _plain_columns(part).to_pylist():
                    number += 1
                    yield _row(number, values)
    # Arrow passes some errors of its Parquet reader on as RuntimeError.
    except (pyarrow.ArrowException, OSError, ValueError, RuntimeError) as error:
        reason = f"the Parquet data is damaged or cut off: {first_line(error)}"
        raise BrokenFeedError(number + 1, reason) from None


def _open(stream: BufferedIOBase) -> ParquetFile:
    """Open a file whose texts stay in its dictionaries, where each is in memory once.

    :raises BrokenFeedError: if a row group unpacks to far more than the file is.
    """
    file = ParquetFile(stream, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    limit = max(MAX_GROUP_BYTES, MAX_RATIO * stream.seek(0, SEEK_END))
    for number in range(file.num_row_groups):
        # Arrow ends the process if it is asked for the metadata of a damaged column.
        unpacked = file.metadata.row_group(number).total_byte_size
        if unpacked > limit:
            reason = f"row group {number + 1} unpacks to {unpacked:,} bytes"
            raise BrokenFeedError(1, f"{reason}, more than {MAX_RATIO} times the file's size")
    columns = map(file.metadata.schema.column, range(len(file.metadata.schema)))
    texts = [column.path for column in columns if column.physical_type == _TEXT]
    return ParquetFile(stream, buffer_size=_BUFFER_BYTES, pre_buffer=False, read_dictionary=texts)


def _parts(batch: pyarrow.RecordBatch) -> Iterator[tuple[pyarrow.RecordBatch, bool]]:
    """Yield the rows of a batch in parts that fit in memory, each with whether it is a long row."""
    sizes = row_bytes(batch)
    start = size = 0
    for position, row_size in enumerate(sizes.tolist()):
        is_long = row_size > MAX_ROW_BYTES
        if is_long or size + row_size > _BATCH_BYTES:
            if position > start:
                yield batch.slice(start, position - start), False
            start, size = position, 0
        if is_long:
            yield batch.slice(position, 1), True
            start = position + 1
        else:
            size += row_size
    if start < len(batch):
        yield batch.slice(start), False


def _rejected(number: int, row: pyarrow.RecordBatch) -> InvalidRow:
    """Return the rejected row of one that is too long, with the id that it may have."""
    names = [name for name in row.schema.names if field_name(name) in _IDS]
    ids = row.select([name for name in names if row_bytes(row.select([name]))[0] < _BUFFER_BYTES])
    texts = tuple(as_text(value) for value in ids.to_pylist()[0].values() if value is not None)
    reason = f"the row is longer than {MAX_ROW_BYTES:,} bytes"
    return InvalidRow(number, reason, possible_ids=texts, may_have_any_id=not texts)


def _plain_columns(batch: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    """Return a part whose values are converted fast, and whose times are in microseconds.

    Texts outside dictionaries are faster; microseconds are the resolution of Python's times.
    """
    columns = [
        column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
        if pyarrow.types.is_timestamp(column.type)
        else column.dictionary_decode()
        if pyarrow.types.is_dictionary(column.type)
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

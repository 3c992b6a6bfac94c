"""Write the rows of the Parquet file at the standard input as lines of JSON, within limits.

A file is read in batches, so that memory does not grow with the file.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator, Mapping
from io import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow
from pyarrow.parquet import ParquetFile

from gram_es.errors import first_line
from ingest.feeds.formats.parquet.reader import DAMAGED, MAX_ROW_BYTES
from ingest.feeds.formats.parquet.sizes import row_bytes
from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.values import as_text

MAX_GROUP_BYTES: Final = 1 << 26
"""A row group may unpack to this many bytes, or to ``MAX_RATIO`` times the size of the file."""
MAX_RATIO: Final = 100
MAX_MEMORY_BYTES: Final = 1 << 30

_TOO_LARGE: Final = f"{DAMAGED}, or needs more than {MAX_MEMORY_BYTES:,} bytes of memory"
_BATCH_ROWS: Final = 1_000
_BATCH_BYTES: Final = 16 << 20
_BUFFER_BYTES: Final = 1 << 20  # per column; without it Arrow keeps all row groups it has read
_MAX_ID_BYTES: Final = 1 << 20
_TEXT: Final = "BYTE_ARRAY"
_IDS: Final = ("id", "product_id", "sku")
# Arrow passes some errors of its Parquet reader on as RuntimeError.
_ERRORS: Final = (pyarrow.ArrowException, OSError, ValueError, RuntimeError)


class ParquetError(Exception):
    """A Parquet file that cannot be read; the message says why."""


def rows_of(stream: BinaryIO) -> Iterator[dict[str, Any] | list[str]]:
    """Yield the values of each row, or the possible ids of one that is too long.

    :raises ParquetError: if the file is damaged or cut off, or unpacks to far more than it is.
    """
    try:
        for batch in _open(stream).iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
            for part, is_long in _parts(batch):
                if is_long:
                    yield _possible_ids(part)
                    continue
                for values in _plain_columns(part).to_pylist():
                    yield {name: _plain(v) for name, v in values.items() if v is not None}
    except MemoryError:
        raise ParquetError(_TOO_LARGE) from None
    except _ERRORS as error:
        raise ParquetError(f"{DAMAGED}: {first_line(error)}") from None


def _open(stream: BinaryIO) -> ParquetFile:
    """Open a file whose texts stay in its dictionaries, where each is in memory once.

    :raises ParquetError: if a row group unpacks to far more than the file is.
    """
    file = ParquetFile(stream, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    limit = max(MAX_GROUP_BYTES, MAX_RATIO * stream.seek(0, SEEK_END))
    for number in range(file.num_row_groups):
        # Arrow ends the process if it is asked for the metadata of a damaged column.
        unpacked = file.metadata.row_group(number).total_byte_size
        if unpacked > limit:
            reason = f"row group {number + 1} unpacks to {unpacked:,} bytes"
            raise ParquetError(f"{reason}, more than {MAX_RATIO} times the file's size")
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


def _possible_ids(row: pyarrow.RecordBatch) -> list[str]:
    """Return the ids that a row which is too long may have."""
    names = [name for name in row.schema.names if field_name(name) in _IDS]
    ids = row.select([name for name in names if row_bytes(row.select([name]))[0] < _MAX_ID_BYTES])
    return [as_text(value) for value in ids.to_pylist()[0].values() if value is not None]


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


def _plain(value: object) -> Any:
    """Return a value with bytes decoded as UTF-8, and maps (lists of pairs) as dictionaries."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        pairs = [item for item in items if isinstance(item, tuple)]
        return {as_text(name): item for name, item in pairs} if pairs else items
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, Mapping):
        return {as_text(name): _plain(inner) for name, inner in value.items()}
    return value


def _limit_memory() -> None:
    """Let this process take so much memory more at most, and write no core file."""
    data_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    limit = data_pages * resource.getpagesize() + MAX_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Write the rows; if the file breaks midway, say why as an error."""
    _limit_memory()
    try:
        for values in rows_of(sys.stdin.buffer):
            sys.stdout.write(json.dumps(values, default=as_text) + "\n")
    except ParquetError as error:
        sys.exit(str(error))
    except MemoryError:
        sys.exit(_TOO_LARGE)


if __name__ == "__main__":
    main()

"""Parquet with one product per row, such as the Shopping Queries Dataset (ESCI).

Arrow trusts what a file says of itself. A damaged one may end the process that reads it, or make it
allocate gigabytes for a page of some bytes. So another process reads the file, and writes its rows
as lines of JSON; see :mod:`ingest.feeds.formats.parquet.rows`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from io import BufferedIOBase, UnsupportedOperation
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any

from gram_es.errors import FeedError
from ingest.feeds.formats.lines import MAX_LINE_BYTES, printable
from ingest.feeds.rows.product_fields import row_from_object
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow
from ingest.feeds.rows.values import as_text

NAME = "Parquet whose columns name id and title"

DAMAGED = "the Parquet data is damaged or cut off"
MAX_ROW_BYTES = MAX_LINE_BYTES

_MAGIC = b"PAR1"
_PROGRAM = "ingest.feeds.formats.parquet.rows"


def recognises(head: bytes) -> bool:
    """Return whether the bytes start with Parquet's magic number.

    :raises FeedError: if they do, but pyarrow is not installed.
    """
    is_parquet = head.startswith(_MAGIC)
    if is_parquet:
        _check_arrow()
    return is_parquet


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield the rows; the ``line`` of a row is the row's number.

    :raises BrokenFeedError: if the file is damaged or cut off, or unpacks to far more than it is.
    :raises FeedError: if pyarrow is not installed.
    """
    _check_arrow()  # else the other process would end as if the file were broken
    number = 0
    with (
        _descriptor(stream) as file,
        TemporaryFile() as messages,
        _start(file, messages) as process,
    ):
        assert process.stdout is not None
        try:
            for number, line in enumerate(process.stdout, start=1):
                if line.endswith(b"\n"):  # else the process has ended in the middle of a row
                    yield _row(number, json.loads(line))
        except BaseException:
            process.kill()
            raise
        if process.wait():
            messages.seek(0)
            raise BrokenFeedError(
                number + 1, _reason(process.returncode, messages.read().decode(errors="replace"))
            )


def _check_arrow() -> None:
    if find_spec("pyarrow") is None:
        raise FeedError('reading Parquet needs pyarrow; run pip install "gram-es[parquet]"')


@contextmanager
def _descriptor(stream: BufferedIOBase) -> Iterator[int]:
    """Yield the descriptor of a stream for another process: its own, or that of a copy."""
    try:
        descriptor = stream.fileno()
    except UnsupportedOperation:
        with TemporaryFile() as copy:
            copyfileobj(stream, copy)
            copy.seek(0)
            yield copy.fileno()
    else:
        yield descriptor


def _start(file: int, messages: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the process that reads the file; it imports from where this one does."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others reserve a gigabyte in advance
    }
    return subprocess.Popen(  # noqa: S603 - our own command, no shell
        [sys.executable, "-P", "-m", _PROGRAM],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=messages,
        env=environment,
    )


def _reason(code: int, messages: str) -> str:
    if code < 0:
        return f"{DAMAGED}: Arrow crashed ({signal.Signals(-code).name})"
    return messages.strip().rpartition("\n")[2] or DAMAGED


def _row(number: int, values: Mapping[str, Any] | list[str]) -> RawRow | InvalidRow:
    """Return a row from its values, or from the possible ids of one that is too long."""
    if isinstance(values, list):
        reason = f"the row is longer than {MAX_ROW_BYTES:,} bytes"
        return InvalidRow(number, reason, possible_ids=tuple(values), may_have_any_id=not values)
    return row_from_object(number, values, printable(" ".join(map(as_text, values.values()))))

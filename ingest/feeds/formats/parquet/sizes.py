"""How much memory the rows of a Parquet file take as Python's objects, before they are built.

A file of some kilobytes may repeat one long text, or one list, in each of a million rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow
import pyarrow.compute
from pyarrow import types

_OBJECT_BYTES = 64
_Sizes = np.ndarray[Any, np.dtype[np.int64]]


def row_bytes(batch: pyarrow.RecordBatch) -> _Sizes:
    """Return about how many bytes each row takes, ``(rows,)``."""
    return sum((_sizes(column) for column in batch.columns), np.zeros(len(batch), np.int64))


def _sizes(column: Any) -> _Sizes:
    plain: _Sizes = np.full(len(column), _OBJECT_BYTES, np.int64)
    kind = column.type
    if types.is_dictionary(kind) and types.is_string(kind.value_type):
        lengths = pyarrow.compute.binary_length(column.dictionary)
        return plain + _numbers(lengths.take(column.indices))
    if types.is_string(kind) or types.is_binary(kind) or types.is_large_string(kind):
        return plain + _numbers(pyarrow.compute.binary_length(column))
    if types.is_struct(kind):
        fields: _Sizes = sum((_sizes(column.field(n)) for n in range(kind.num_fields)), plain)
        return fields
    if types.is_map(kind):
        return plain + _of_lists(column.offsets, _sizes(column.keys) + _sizes(column.items))
    if types.is_list(kind) or types.is_large_list(kind):
        return plain + _of_lists(column.offsets, _sizes(column.values))
    if types.is_fixed_size_list(kind):
        items: int = kind.list_size
        return plain * (1 + items)
    return plain


def _numbers(array: Any) -> _Sizes:
    numbers: _Sizes = array.fill_null(0).to_numpy(zero_copy_only=False)
    return numbers


def _of_lists(offsets: Any, sizes: _Sizes) -> _Sizes:
    """Return the sizes of lists, whose items lie between two offsets each."""
    ends: _Sizes = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))
    return np.diff(ends[_numbers(offsets)])

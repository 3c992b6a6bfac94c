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


def row_bytes(batch: pyarrow.RecordBatch) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return about how many bytes each row takes, ``(rows,)``."""
    return sum((_sizes(column) for column in batch.columns), np.zeros(len(batch), np.int64))


def _sizes(column: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    plain = np.full(len(column), _OBJECT_BYTES, np.int64)
    kind = column.type
    if types.is_dictionary(kind) and types.is_string(kind.value_type):
        lengths = pyarrow.compute.binary_length(column.dictionary).take(column.indices)
        return plain + lengths.fill_null(0).to_numpy(zero_copy_only=False)
    if types.is_string(kind) or types.is_binary(kind) or types.is_large_string(kind):
        lengths = pyarrow.compute.binary_length(column)
        return plain + lengths.fill_null(0).to_numpy(zero_copy_only=False)
    if types.is_struct(kind):
        return sum((_sizes(column.field(n)) for n in range(kind.num_fields)), plain)
    if types.is_map(kind):
        return plain + _of_lists(column.offsets, _sizes(column.keys) + _sizes(column.items))
    if types.is_list(kind) or types.is_large_list(kind):
        return plain + _of_lists(column.offsets, _sizes(column.values))
    if types.is_fixed_size_list(kind):
        return plain * (1 + kind.list_size)
    return plain


def _of_lists(offsets: Any, sizes: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the sizes of lists, whose items lie between two offsets each."""
    ends = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))
    return np.diff(ends[offsets.to_numpy(zero_copy_only=False)])

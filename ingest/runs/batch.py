"""Batches of rows: split a feed into batches, and convert rows to JSON and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row

# Proxies in front of hosted clusters often limit a request to 10 MB, Elasticsearch to 100 MB. A
# batch of one longer row is allowed; a row has at most a million characters.
MAX_BATCH_BYTES = 4_000_000


@dataclass(frozen=True)
class Batch:
    """Some rows of a feed, in its order, and the rejected rows between them.

    A batch without rows may have ``unlisted`` instead: the ids of products to delete, because the
    feed no longer lists them. If the rows are replayed, ``read_in_run`` is the run that first
    read them; otherwise it is ``None``.
    """

    number: int
    rows: tuple[Row, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    unlisted: tuple[str, ...] = ()
    read_in_run: int | None = None

    @property
    def size(self) -> int:
        """The number of rows read, rejected rows included."""
        return len(self.rows) + len(self.rejected)

    @property
    def first_row(self) -> int:
        """The smallest number of a row, or 0 if there are no rows."""
        return min(self._numbers(), default=0)

    def _numbers(self) -> list[int]:
        return [row.number for row in self.rows] + [row.number for row in self.rejected]

    def all_rejected(self, reason: str) -> Batch:
        """Return the batch with all its rows rejected for a reason, which follows their ids."""
        rejected = [
            RejectedRow(row.number, row.line, f"id {row.product.id!r}: {reason}")
            for row in self.rows
        ]
        return replace(self, rows=(), rejected=(*self.rejected, *rejected))

    def parted(self, size: int) -> tuple[Batch, Batch]:
        """Return a batch of the first ``size`` rows, and the next batch, of the other rows.

        The first rows are those with the smallest numbers. Rejected rows count as rows.
        """
        numbers = sorted(self._numbers())
        last = numbers[size - 1]
        first, others = (
            replace(
                self,
                rows=tuple(row for row in self.rows if (row.number <= last) is is_first),
                rejected=tuple(row for row in self.rejected if (row.number <= last) is is_first),
            )
            for is_first in (True, False)
        )
        return first, replace(others, number=self.number + 1)


def split_into_batches(
    feed: Iterable[Row | RejectedRow | FileFault], size: int
) -> Iterator[Batch | FileFault]:
    """Yield the rows of a feed in batches of at most ``size``; equal feeds give equal batches.

    A batch has at most :data:`MAX_BATCH_BYTES` in the ledger, unless it is a single row. A fault is
    yielded as soon as it is read, even if the rows before it are not yielded yet.
    """
    builder = _BatchBuilder()
    for item in feed:
        if isinstance(item, FileFault):
            yield item
            continue
        stored_bytes = _stored_bytes(item)
        if builder.size and builder.stored_bytes + stored_bytes > MAX_BATCH_BYTES:
            yield builder.build()
        builder.add(item, stored_bytes)
        if builder.size >= size:
            yield builder.build()
    if builder.size:
        yield builder.build()


class _BatchBuilder:
    """Collects the rows of a batch; ``build`` returns the batch and begins the next one."""

    def __init__(self) -> None:
        self._number = 0
        self._rows: list[Row] = []
        self._rejected: list[RejectedRow] = []
        self.stored_bytes = 0

    @property
    def size(self) -> int:
        return len(self._rows) + len(self._rejected)

    def add(self, item: Row | RejectedRow, stored_bytes: int) -> None:
        self.stored_bytes += stored_bytes
        if isinstance(item, RejectedRow):
            self._rejected.append(item)
        else:
            self._rows.append(item)

    def build(self) -> Batch:
        self._number += 1
        batch = Batch(self._number, tuple(self._rows), tuple(self._rejected))
        self._rows, self._rejected, self.stored_bytes = [], [], 0
        return batch


def _stored_bytes(row: Row | RejectedRow) -> int:
    """Return the number of bytes of a row in the ledger."""
    document = write_rejected(row) if isinstance(row, RejectedRow) else write_row(row)
    try:
        return len(orjson.dumps(document))
    except orjson.JSONEncodeError:  # half a surrogate pair, in the text of a rejected row
        return len(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def write_row(row: Row) -> dict[str, Any]:
    """Return a row as a JSON object, without empty fields."""
    product = {
        name: value
        for name in Product.__slots__
        if (value := getattr(row.product, name)) is not None and value != ()
    }
    product["attributes"] = dict(row.product.attributes)
    return {"row": row.number, "line": row.line, "product": product}


def read_row(document: Mapping[str, Any]) -> Row:
    """Return the row of a JSON object that :func:`write_row` returned."""
    fields = dict(document["product"])
    fields["category"] = tuple(fields.get("category", ()))
    fields["other_categories"] = tuple(map(tuple, fields.get("other_categories", ())))
    fields["attributes"] = {name: tuple(vs) for name, vs in fields["attributes"].items()}
    return Row(document["row"], document["line"], Product(**fields))


def write_rejected(row: RejectedRow) -> dict[str, Any]:
    """Return a rejected row as a JSON object."""
    return {"row": row.number, "line": row.line, "reason": row.reason, "excerpt": row.excerpt}


def read_rejected(document: Mapping[str, Any]) -> RejectedRow:
    """Return the rejected row of a JSON object that :func:`write_rejected` returned."""
    return RejectedRow(document["row"], document["line"], document["reason"], document["excerpt"])

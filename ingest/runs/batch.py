"""Batches of rows: split a feed into batches, and convert rows to JSON and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row

MAX_BATCH_CHARACTERS = 4_000_000  # well below Elasticsearch's 100 MB per request


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


def split_into_batches(
    feed: Iterable[Row | RejectedRow | FileFault], size: int
) -> Iterator[Batch | FileFault]:
    """Yield the rows of a feed in batches of at most ``size``; equal feeds give equal batches.

    A fault is yielded as soon as it is read, even if the rows before it are not yielded yet.
    """
    number, characters = 1, 0
    rows: list[Row] = []
    rejected: list[RejectedRow] = []
    for item in feed:
        if isinstance(item, FileFault):
            yield item
        elif isinstance(item, RejectedRow):
            rejected.append(item)
        else:
            rows.append(item)
            characters += _characters(item.product)
        if len(rows) + len(rejected) >= size or characters >= MAX_BATCH_CHARACTERS:
            yield Batch(number, tuple(rows), tuple(rejected))
            number, characters, rows, rejected = number + 1, 0, [], []
    if rows or rejected:
        yield Batch(number, tuple(rows), tuple(rejected))


def _characters(product: Product) -> int:
    attributes = sum(
        len(name) + sum(map(len, values)) for name, values in product.attributes.items()
    )
    return len(product.title) + len(product.description or "") + attributes


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

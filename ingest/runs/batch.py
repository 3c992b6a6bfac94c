"""Batches: rows cut into tasks, and written down so that any worker can take them up; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gram_es.records import Product
from ingest.feeds import FileFault, RefusedRow, Row

MAX_BATCH_CHARACTERS = 4_000_000  # well below Elasticsearch's 100 MB a request


@dataclass(frozen=True)
class Batch:
    """Rows in a feed's order, with the refused ones that stood among them.

    A batch without rows may hold ids instead, of products that the feed no longer lists. Rows that
    are fed again belong to the run that read them, ``of_run``.
    """

    number: int
    rows: tuple[Row, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    unlisted: tuple[str, ...] = ()
    of_run: int | None = None

    @property
    def size(self) -> int:
        """The number of rows read, refused ones too."""
        return len(self.rows) + len(self.refused)


def cut(feed: Iterable[Row | RefusedRow | FileFault], size: int) -> Iterator[Batch | FileFault]:
    """Cut a feed into batches of at most ``size`` rows; the same feed is always cut alike.

    A fault is handed on at once, before the batch that the rows around it go into.
    """
    number, characters = 1, 0
    rows: list[Row] = []
    refused: list[RefusedRow] = []
    for found in feed:
        if isinstance(found, FileFault):
            yield found
        elif isinstance(found, RefusedRow):
            refused.append(found)
        else:
            rows.append(found)
            characters += _characters(found.product)
        if len(rows) + len(refused) >= size or characters >= MAX_BATCH_CHARACTERS:
            yield Batch(number, tuple(rows), tuple(refused))
            number, characters, rows, refused = number + 1, 0, [], []
    if rows or refused:
        yield Batch(number, tuple(rows), tuple(refused))


def _characters(product: Product) -> int:
    attributes = sum(
        len(name) + sum(map(len, values)) for name, values in product.attributes.items()
    )
    return len(product.title) + len(product.description or "") + attributes


def write_row(row: Row) -> dict[str, Any]:
    """Return a row as JSON keeps it; what is empty is left out."""
    product = {
        name: value
        for name in Product.__slots__
        if (value := getattr(row.product, name)) is not None and value != ()
    }
    product["attributes"] = dict(row.product.attributes)
    return {"row": row.number, "line": row.line, "product": product}


def read_row(written: Mapping[str, Any]) -> Row:
    """Return the row that :func:`write_row` wrote."""
    fields = dict(written["product"])
    fields["category"] = tuple(fields.get("category", ()))
    fields["attributes"] = {name: tuple(vs) for name, vs in fields["attributes"].items()}
    return Row(written["row"], written["line"], Product(**fields))


def write_refused(row: RefusedRow) -> dict[str, Any]:
    """Return a refused row as JSON keeps it."""
    return {"row": row.number, "line": row.line, "reason": row.reason, "excerpt": row.excerpt}


def read_refused(written: Mapping[str, Any]) -> RefusedRow:
    """Return the refused row that :func:`write_refused` wrote."""
    return RefusedRow(written["row"], written["line"], written["reason"], written["excerpt"])

"""The Shopping Queries Dataset, ESCI (Reddy et al., arXiv 2206.06588): two files in Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from gram_es.records import Judgment
from ingest.collections.collection import (
    Collection,
    read_rows,
    required_file,
    text_of,
    valid_judgments,
)
from ingest.feeds.formats.parquet import reader as parquet
from ingest.feeds.rows.field_names import with_google_names
from ingest.feeds.rows.records import InvalidRow, RawRow

EXAMPLES: Final = "shopping_queries_dataset_examples.parquet"
PRODUCTS: Final = "shopping_queries_dataset_products.parquet"
_GRADES: Final[Mapping[str, float]] = {
    **{"E": 3.0, "S": 2.0, "C": 1.0, "I": 0.0},
    **{"exact": 3.0, "substitute": 2.0, "complement": 1.0, "irrelevant": 0.0},
}


def open_esci(folder: Path, locale: str) -> Collection:
    """Return the part of the collection in one locale: ``us``, ``es`` or ``jp``.

    Exact, substitute, complement and irrelevant have the grades 3, 2, 1 and 0.

    :raises FeedError: if the folder lacks a file, or the examples cannot be read.
    """
    products = required_file(folder, PRODUCTS)
    splits: dict[str, list[Judgment]] = {"train": [], "test": []}
    for row in read_rows(required_file(folder, EXAMPLES), parquet.read):
        grade = _GRADES.get(text_of(row, "esci_label")) if isinstance(row, RawRow) else None
        if grade is None or not isinstance(row, RawRow) or _locale(row) != locale:
            continue
        judgment = Judgment(text_of(row, "query"), text_of(row, "product_id"), grade)
        splits.setdefault(text_of(row, "split"), []).append(judgment)
    return Collection(
        lambda: _products(products, locale),
        valid_judgments(splits["train"]),
        valid_judgments(splits["test"]),
    )


def _products(path: Path, locale: str) -> Iterator[RawRow | InvalidRow]:
    for row in read_rows(path, parquet.read):
        if isinstance(row, InvalidRow):
            yield row
        elif _locale(row) == locale:
            yield with_google_names(row)


def _locale(row: RawRow) -> str:
    return text_of(row, "product_locale")

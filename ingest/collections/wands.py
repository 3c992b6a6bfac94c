"""Wayfair's WANDS (Chen et al., ECIR 2022): three tables, separated by tabs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
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
from ingest.feeds.formats.tables import delimited
from ingest.feeds.rows.records import InvalidRow, RawRow

PRODUCTS, QUERIES, LABELS = "product.csv", "query.csv", "label.csv"
_HEADERS: Final = {
    PRODUCTS: frozenset({"product_id", "product_name"}),
    QUERIES: frozenset({"query_id", "query"}),
    LABELS: frozenset({"query_id", "product_id", "label"}),
}
_GRADES: Final[Mapping[str, float]] = {"exact": 2.0, "partial": 1.0, "irrelevant": 0.0}


def open_wands(folder: Path) -> Collection:
    """Return the collection; all of its queries are to test with.

    Exact, partial and irrelevant have the grades 2, 1 and 0.

    :raises FeedError: if the folder lacks a file, or the judgments cannot be read.
    """
    paths = {name: required_file(folder, name) for name in _HEADERS}
    queries = {text_of(row, "query_id"): text_of(row, "query") for row in _rows(paths, QUERIES)}
    judgments = [
        Judgment(queries[query], text_of(row, "product_id"), grade)
        for row in _rows(paths, LABELS)
        if (query := text_of(row, "query_id")) in queries
        if (grade := _GRADES.get(text_of(row, "label").lower())) is not None
    ]
    return Collection(lambda: _products(paths[PRODUCTS]), [], valid_judgments(judgments))


def _rows(paths: Mapping[str, Path], name: str) -> Iterator[RawRow]:
    for row in read_rows(paths[name], partial(delimited.read, headers=[_HEADERS[name]])):
        if isinstance(row, RawRow):
            yield row


def _products(path: Path) -> Iterator[RawRow | InvalidRow]:
    for row in read_rows(path, partial(delimited.read, headers=[_HEADERS[PRODUCTS]])):
        yield _product(row) if isinstance(row, RawRow) else row


def _product(row: RawRow) -> RawRow:
    path = [level.strip() for level in text_of(row, "category_hierarchy").split(" / ")]
    fields = {
        "id": text_of(row, "product_id"),
        "title": text_of(row, "product_name"),
        "product_type": " > ".join(filter(None, path)) or text_of(row, "product_class"),
        "description": text_of(row, "product_description"),
    }
    attributes = _features(text_of(row, "product_features"))
    if kind := text_of(row, "product_class"):
        attributes["product_class"] = (kind,)
    given = {name: (value,) for name, value in fields.items() if value}
    return RawRow(row.line, given, attributes, row.excerpt)


def _features(cell: str) -> dict[str, tuple[str, ...]]:
    """Return the attributes in ``name : value|name : value``; a name may occur several times."""
    features: dict[str, tuple[str, ...]] = {}
    for pair in cell.split("|"):
        name, colon, value = (part.strip() for part in pair.partition(":"))
        if colon and name and value:
            features[name] = tuple(dict.fromkeys((*features.get(name, ()), value)))
    return features

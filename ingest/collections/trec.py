"""The collections of TREC Product Search, 2023 and later: tables without headers, and qrels."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from io import BufferedIOBase
from pathlib import Path
from typing import Final

from gram_es.errors import FeedError
from gram_es.records import Judgment
from ingest.collections.collection import (
    Collection,
    read_rows,
    required_file,
    text_of,
    valid_judgments,
)
from ingest.feeds.formats.lines import read_lines
from ingest.feeds.rows.records import InvalidRow, RawRow

PRODUCTS: Final = ("collection.trec", "collection.tsv")
logger = logging.getLogger(__name__)
_PRODUCT = ("id", "title", "description")
_QUERY = ("query_id", "query")
_QREL = ("query_id", "iteration", "product_id", "grade")


def open_trec(folder: Path) -> Collection:
    """Return the collection.

    Queries are read from each ``*.tsv`` of ids and texts, judgments from each ``*.qrel`` or
    ``*.qrels``. Those with ``train`` in their name are to train with. The others are to test with,
    but those with ``dev`` only if there are no others.

    :raises FeedError: if the folder lacks products, queries or judgments, or if no judgment names a
        known query.
    """
    products = required_file(folder, *PRODUCTS)
    queries = {
        text_of(row, "query_id"): text_of(row, "query")
        for path in _files(folder, ".tsv", "query ids and queries")
        for row in _rows(path, _QUERY)
    }
    train: list[Path] = []
    dev: list[Path] = []
    test: list[Path] = []
    for path in _files(folder, ".qrel", "judgments"):
        name = path.name.lower()
        (train if "train" in name else dev if "dev" in name else test).append(path)
    test = test or dev
    judged = _judgments(train, queries), _judgments(test, queries)
    if not any(judged):
        raise FeedError(
            f"no judgment in {folder} has a query of its files .tsv; download the queries and the "
            "judgments of the same year there"
        )
    for paths, judgments in zip((train, test), judged, strict=True):
        if paths and not judgments:
            names = ", ".join(path.name for path in paths)
            logger.warning("no judgment of %s has a known query; are its queries missing?", names)
    return Collection(lambda: read_rows(products, partial(_read, names=_PRODUCT)), *judged)


def _files(folder: Path, suffix: str, content: str) -> list[Path]:
    """Return the files that end so; those of the products are none of them."""
    endings = tuple(f"{suffix}{more}" for more in ("", "s", ".gz", "s.gz"))
    found = sorted(
        path
        for path in folder.iterdir()
        if (name := path.name.lower()).endswith(endings)
        and name.removesuffix(".gz") not in PRODUCTS
    )
    if not found:
        raise FeedError(
            f"the folder {folder} has no file {suffix} with {content}; download it there"
        )
    return found


def _judgments(paths: list[Path], queries: dict[str, str]) -> list[Judgment]:
    """Return the judgments of known queries; a negative grade means that nobody judged the pair."""
    return valid_judgments(
        Judgment(queries[query], text_of(row, "product_id"), grade)
        for path in paths
        for row in _rows(path, _QREL)
        if (query := text_of(row, "query_id")) in queries
        if (grade := _grade(text_of(row, "grade"))) >= 0
    )


def _grade(text: str) -> float:
    return float(text) if text.isdecimal() else -1.0


def _rows(path: Path, names: tuple[str, ...]) -> Iterator[RawRow]:
    for row in read_rows(path, partial(_read, names=names)):
        if isinstance(row, RawRow):
            yield row


def _read(stream: BufferedIOBase, names: tuple[str, ...]) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each line of cells, separated by tabs; those of qrels also by blanks."""
    for line in read_lines(stream):
        text = line.text.strip("\r\n")
        cells = text.split() if names == _QREL else text.split("\t")
        if line.fault or len(cells) < 2:
            reason = line.fault or f"a line has {', '.join(names)}"
            yield InvalidRow(line.number, reason, line.excerpt)
        else:
            values = zip(names, cells, strict=False)
            fields = {name: (value,) for name, value in values if value.strip()}
            yield RawRow(line.number, fields, {}, line.excerpt)

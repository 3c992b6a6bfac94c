"""A public test collection: its products, and its judgments to train and to test with."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import cast

from gram_es.errors import FeedError
from gram_es.records import Judgment, Product
from gram_es.text.normalise import MAX_TEXT_CHARS
from ingest.feeds.rows.lengths import check_lengths
from ingest.feeds.rows.product_fields import RowError, build_product
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow

_GZIP_MAGIC = b"\x1f\x8b"
_MAX_SHOWN_FAULTS = 3

logger = logging.getLogger(__name__)
Read = Callable[[BufferedIOBase], Iterator[RawRow | InvalidRow]]


@dataclass(frozen=True, slots=True)
class Collection:
    """What a folder with the published files of a collection contains.

    ``rows`` yields the raw rows of the products. ``train`` is empty if the collection does not say
    which queries are to train with.
    """

    rows: Callable[[], Iterator[RawRow | InvalidRow]]
    train: Sequence[Judgment]
    test: Sequence[Judgment]

    def products(self) -> Iterator[Product]:
        """Yield the products as a stream, and log how many rows are none.

        :raises FeedError: if a file breaks midway.
        """
        faults: list[str] = []
        for row in self.rows():
            try:
                if isinstance(row, InvalidRow):
                    raise RowError(row.reason)
                product = build_product(row)
                check_lengths(product)
            except RowError as error:
                faults.append(f"line {row.line}: {error}")
                continue
            yield product
        if faults:
            shown = "; ".join(faults[:_MAX_SHOWN_FAULTS])
            logger.warning("%d rows of the collection are no products: %s", len(faults), shown)


def required_file(folder: Path, *names: str) -> Path:
    """Return the first file of these names that the folder has, also with ``.gz`` behind.

    :raises FeedError: if it has none.
    """
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    raise FeedError(
        f"the folder {folder} lacks {' or '.join(names)}; download the collection's files there"
    )


def read_rows(path: Path, read: Read) -> Iterator[RawRow | InvalidRow]:
    """Yield the rows of a file, which may be compressed by gzip.

    :raises FeedError: if the file cannot be read, or breaks midway.
    """
    try:
        with path.open("rb") as raw:
            is_packed = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            stream = cast(BufferedIOBase, gzip.GzipFile(fileobj=raw)) if is_packed else raw
            yield from read(stream)
    except BrokenFeedError as error:
        raise FeedError(f"{path} is broken at line {error.line}: {error.reason}") from None
    except (OSError, EOFError) as error:
        raise FeedError(f"cannot read {path}: {error}; download it again") from None


def text_of(row: RawRow, name: str) -> str:
    """Return the first value of a field, or an empty text."""
    return next(iter(row.fields.get(name, ())), "").strip()


def valid_judgments(judgments: Iterable[Judgment]) -> list[Judgment]:
    """Return the judgments whose query a search accepts, in order."""
    return [j for j in judgments if 0 < len(j.query) <= MAX_TEXT_CHARS]

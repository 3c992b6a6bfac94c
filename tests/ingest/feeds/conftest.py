"""Read a feed given as bytes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row, open_feed

Items = list[Row | RejectedRow | FileFault]


@pytest.fixture
def items_of(tmp_path: Path) -> Callable[[bytes | str], Items]:
    def read(content: bytes | str) -> Items:
        path = tmp_path / "feed"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(open_feed(path))

    return read


@pytest.fixture
def products_of(items_of: Callable[[bytes | str], Items]) -> Callable[[bytes | str], list[Product]]:
    def read(content: bytes | str) -> list[Product]:
        return [row.product for row in items_of(content) if isinstance(row, Row)]

    return read


@pytest.fixture
def rejected_in(
    items_of: Callable[[bytes | str], Items],
) -> Callable[[bytes | str], list[RejectedRow]]:
    def read(content: bytes | str) -> list[RejectedRow]:
        return [row for row in items_of(content) if isinstance(row, RejectedRow)]

    return read

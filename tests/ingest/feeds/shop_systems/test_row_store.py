"""Rows that wait on disk."""

from collections.abc import Iterator

import pytest

from gram_es.errors import FeedError
from ingest.feeds.rows.records import RawRow
from ingest.feeds.shop_systems.row_store import RowStore

VARIANT = RawRow(2, {"id": ("7-S",)}, {}, "7-S,Small")


@pytest.fixture
def store() -> Iterator[RowStore]:
    store = RowStore()
    yield store
    store.close()


def test_a_link_that_is_no_utf_8_finds_its_rows(store: RowStore) -> None:
    store.add_variant(VARIANT, "P\ud800")

    assert store.take_variants("P") == []
    assert [row.fields for row in store.take_variants("P\ud800")] == [VARIANT.fields]
    assert store.parent_of("P\ud800") is None


def test_a_full_disk_is_an_error_with_a_remedy(store: RowStore) -> None:
    store._table.execute("PRAGMA max_page_count = 8")

    with pytest.raises(FeedError, match=r"is full\); set SQLITE_TMPDIR"):
        fill(store)


def fill(store: RowStore) -> None:
    for number in range(1_000):
        store.add_variant(VARIANT, f"{number}{'x' * 400}")

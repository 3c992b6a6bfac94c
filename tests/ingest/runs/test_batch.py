import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row
from ingest.runs.batch import (
    MAX_BATCH_BYTES,
    Batch,
    read_rejected,
    read_row,
    split_into_batches,
    write_rejected,
    write_row,
)

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
PRODUCTS = st.builds(
    Product,
    id=TEXT,
    title=TEXT,
    brand=st.none() | TEXT,
    category=st.lists(TEXT, max_size=3).map(tuple),
    other_categories=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    price=st.none() | st.floats(0, 1e9),
    attributes=st.dictionaries(TEXT, st.lists(TEXT, max_size=3).map(tuple), max_size=3),
)


def row(number: int, description: str = "") -> Row:
    return Row(number, number, Product(str(number), "Kettle", description=description))


@given(PRODUCTS)
def test_a_row_survives_the_ledger(product: Product) -> None:
    stored = json.loads(json.dumps(write_row(Row(3, 4, product))))

    assert read_row(stored) == Row(3, 4, product)


def test_a_rejected_row_survives_the_ledger() -> None:
    rejected = RejectedRow(3, 4, "title is missing", '{"id": 3}')

    assert read_rejected(json.loads(json.dumps(write_rejected(rejected)))) == rejected


def test_rejected_rows_count_towards_a_batch_and_a_fault_precedes_the_batch_around_it() -> None:
    rejected = RejectedRow(2, 2, "id is missing")
    first, second = (FileFault(3, 4, "cut off", name) for name in "ab")

    items = list(split_into_batches([row(1), rejected, row(3), first, row(4), second], size=2))

    assert items == [
        Batch(1, (row(1),), (rejected,)),
        first,
        Batch(2, (row(3), row(4)), ()),
        second,
    ]


LONG = "ä" * 500_000  # a megabyte as UTF-8


@pytest.mark.parametrize(
    "field",
    [
        {"title": LONG},
        {"link": LONG},
        {"image_link": LONG},
        {"mpn": LONG},
        {"category": (LONG,)},
        {"other_categories": ((LONG,),)},
        {"attributes": {LONG: ("1",)}},
        {"attributes": {f"image {n}": ("https://shop.example/image.jpg",) for n in range(20_000)}},
    ],
    ids=str.split("title link image_link mpn category other_categories name many"),
)
def test_every_field_counts_towards_the_size_of_a_batch(field: dict[str, Any]) -> None:
    rows = [
        Row(number, number, Product(**{"id": str(number), "title": "Kettle", **field}))
        for number in range(1, 11)
    ]

    batches = list(split_into_batches(rows, size=100))

    assert all(isinstance(batch, Batch) and batch.size <= 4 for batch in batches)
    assert [row for batch in batches if isinstance(batch, Batch) for row in batch.rows] == rows


def test_a_rejected_row_that_is_not_valid_unicode_counts_towards_the_size_of_a_batch() -> None:
    rejected = [RejectedRow(n, n, "not valid UTF-8", f"\udcff{LONG}") for n in range(1, 5)]

    batches = split_into_batches(rejected, size=100)

    assert [batch.size for batch in batches if isinstance(batch, Batch)] == [3, 1]


def test_a_row_that_is_longer_than_a_batch_is_a_batch_of_its_own() -> None:
    rows = [row(1), row(2, "x" * (MAX_BATCH_BYTES + 1)), row(3)]

    batches = split_into_batches(rows, size=100)

    assert [batch.size for batch in batches if isinstance(batch, Batch)] == [1, 1, 1]


def test_a_batch_is_parted_in_the_order_of_its_rows() -> None:
    rejected = RejectedRow(2, 2, "id is missing")
    batch = Batch(4, (row(1), row(3), row(4)), (rejected,), read_in_run=7)

    first, others = batch.parted(2)

    assert first == Batch(4, (row(1),), (rejected,), read_in_run=7)
    assert others == Batch(5, (row(3), row(4)), (), read_in_run=7)

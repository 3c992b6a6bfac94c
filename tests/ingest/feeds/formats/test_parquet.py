import tracemalloc
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, FileFeed, RejectedRow, Row, open_feed

ESCI = {
    "product_id": ["B1", "B2", "B3"],
    "product_title": ["Enamel Mug", None, "Desk Lamp"],
    "product_description": ["Tough.", None, None],
    "product_bullet_point": ["250 g", None, "Bright"],
    "product_brand": ["Spring", None, None],
    "product_color": ["white", None, None],
    "product_locale": ["us", "us", "us"],
}
PRODUCTS = [
    Product(
        "B1",
        "Enamel Mug",
        brand="Spring",
        description="Tough. 250 g",
        attributes={"color": ("white",), "locale": ("us",)},
    ),
    Product("B3", "Desk Lamp", description="Bright", attributes={"locale": ("us",)}),
]


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "products.parquet"
    pyarrow.parquet.write_table(pyarrow.table(ESCI), path)
    return path


def test_esci_is_read_from_parquet(parquet: Path) -> None:
    mug, nameless, lamp = open_feed(parquet)

    assert isinstance(mug, Row)
    assert isinstance(lamp, Row)
    assert [mug.product, lamp.product] == PRODUCTS
    assert isinstance(nameless, RejectedRow)
    assert (nameless.number, nameless.reason) == (2, "title is missing")


def test_esci_is_read_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    cells = zip(*([cell or "" for cell in column] for column in ESCI.values()), strict=True)
    path.write_text("\n".join(",".join(row) for row in [tuple(ESCI), *cells]), encoding="utf-8")

    assert [row.product for row in open_feed(path) if isinstance(row, Row)] == PRODUCTS


def test_columns_of_other_types_become_text_and_attributes(tmp_path: Path) -> None:
    path = tmp_path / "products.parquet"
    table = pyarrow.table(
        {
            "id": [17],
            "title": ["Tee"],
            "price": [19.9],
            "size": [["M", "L"]],
            "specs": [{"fabric": "cotton"}],
        }
    )
    pyarrow.parquet.write_table(table, path)

    [row] = open_feed(path)

    assert isinstance(row, Row)
    assert row.product == Product(
        "17", "Tee", price=19.9, attributes={"size": ("M", "L"), "specs.fabric": ("cotton",)}
    )


def test_maps_bytes_and_nanoseconds_are_read(tmp_path: Path) -> None:
    path = tmp_path / "spark.parquet"
    pairs = pyarrow.map_(pyarrow.string(), pyarrow.string())
    columns = {
        "id": pyarrow.array([b"k-1"]),
        "title": pyarrow.array([b"Kettle"]),
        "attributes": pyarrow.array([[("color", "red")]], pairs),
        "specs": pyarrow.array([[("litres", "2")]], pairs),
        "tested": pyarrow.array([1], pyarrow.timestamp("ns")),
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), path)

    (row,) = open_feed(path)

    assert isinstance(row, Row)
    assert (row.product.id, row.product.title) == ("k-1", "Kettle")
    assert row.product.attributes == {
        "color": ("red",),
        "specs.litres": ("2",),
        "tested": ("1970-01-01 00:00:00",),
    }


def test_a_truncated_parquet_file_is_a_fault(parquet: Path) -> None:
    parquet.write_bytes(parquet.read_bytes()[:-20])

    [fault] = open_feed(parquet)

    assert isinstance(fault, FileFault)
    assert "damaged or cut off" in fault.reason


@pytest.mark.parametrize("group_rows", [2_000, 40_000])
def test_the_memory_does_not_grow_with_the_file(tmp_path: Path, group_rows: int) -> None:
    path, limit = tmp_path / "large.parquet", 30_000_000
    products = [{"id": str(n), "title": f"{n} {'x' * 1_500}"} for n in range(40_000)]
    table = pyarrow.Table.from_pylist(products)
    plain = {"compression": "none", "use_dictionary": False}
    pyarrow.parquet.write_table(table, path, row_group_size=group_rows, **plain)
    assert path.stat().st_size > 2 * limit
    tracemalloc.start()

    try:
        rows = sum(1 for _ in FileFeed(path).read())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert rows == 40_000
    assert peak < limit  # Arrow reads from the stream as bytes of Python, which are traced

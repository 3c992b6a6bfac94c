import re
import tracemalloc
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row, open_feed
from ingest.feeds.formats.parquet import reader
from ingest.feeds.formats.parquet.rows import rows_of

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
        with path.open("rb") as file:
            rows = sum(1 for _ in rows_of(file))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert rows == 40_000
    assert peak < limit  # Arrow reads from the stream as bytes of Python, which are traced


def test_a_file_that_ends_the_process_of_arrow_is_a_fault(
    parquet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = """{"id": "1", "title": "Pot"}"""
    (tmp_path / "aborting.py").write_text(f"import os\nprint('{row}', flush=True)\nos.abort()")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(reader, "_PROGRAM", "aborting")

    first, fault = open_feed(parquet)

    assert isinstance(first, Row)
    assert isinstance(fault, FileFault)
    assert "Arrow crashed (SIGABRT)" in fault.reason


def test_a_page_that_claims_gigabytes_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "products.parquet"
    table = pyarrow.table({"id": [str(n) for n in range(500)], "title": ["Pot"] * 500})
    options = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
    pyarrow.parquet.write_table(table, path, **options)
    path.write_bytes(with_larger_first_page(path.read_bytes(), claimed=2_000_000_000))

    [fault] = open_feed(path)

    assert isinstance(fault, FileFault)
    assert "needs more than 1,073,741,824 bytes of memory" in fault.reason


NUMBER = rb"([\x80-\xff]*[\x00-\x7f])"


def with_larger_first_page(content: bytes, *, claimed: int) -> bytes:
    """Return a Parquet file of the same length whose first page claims to unpack to so many bytes.

    The header of a page begins with its type, its unpacked size and its packed size, each after a
    byte for the field.
    """
    header = re.match(rb"PAR1\x15\x00\x15" + NUMBER + rb"\x15" + NUMBER, content)
    assert header is not None
    extra = len(encode(claimed)) - len(header[1])
    sizes = encode(claimed) + b"\x15" + encode(decode(header[2]) - extra)
    longer = content[: header.start(1)] + sizes + content[header.end() :]
    return longer[:100] + longer[100 + extra :]


def encode(size: int) -> bytes:
    """Return a size as a variable-length integer of twice its value, the lowest bits first."""
    groups, number = [], 2 * size
    while number:
        number, low = number >> 7, number & 0x7F
        groups.append(low | (0x80 if number else 0))
    return bytes(groups)


def decode(groups: bytes) -> int:
    """Return what :func:`encode` encoded."""
    return sum((group & 0x7F) << (7 * place) for place, group in enumerate(groups)) // 2

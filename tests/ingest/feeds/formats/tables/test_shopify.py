from pathlib import Path

import pytest

from gram_es.records import Product
from ingest.feeds import RejectedRow, Row, detect_format, open_feed

OLD = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Barcode,Image Src,Image Position,Variant Image,Status,Google Shopping / Gender,Fabric (product.metafields.custom.fabric)
tee,Harbour Tee,"<p>Soft &amp; light,
for summer</p><style>p {}</style>",Corepoint,Apparel > Shirts,T-shirts,"summer, cotton",TRUE,Colour,Red,Size,M,'HT-RM,shopify,3,deny,19.90,4006381333931,https://cdn.example/tee.jpg,1,,active,unisex,cotton; linen
tee,,,,,,,,,Blue,,M,HT-BM,shopify,0,deny,21.00,,,,https://cdn.example/blue.jpg,,,
tee,,,,,,,,,,,,,,,,,,https://cdn.example/back.jpg,2,,,,
mug,Enamel Mug,,Spring,,Mugs,,TRUE,Title,Default Title,,,,,,,9.00,,,,,active,,
old,Old Lamp,,Spring,,Lamps,,TRUE,Title,Default Title,,,,,,,5.00,,,,,archived,,
"""  # noqa: E501

NEW = """\
Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,Option1 name,Option1 value,Price,Compare-at price,Inventory tracker,Inventory quantity,Continue selling when out of stock,Product image URL,Variant image URL
Enamel Mug,mug,<b>Tough</b>,Spring,Home > Mugs,Mugs,,TRUE,Active,M-1,,Title,Default Title,9.00,12.00,shopify,0,TRUE,https://cdn.example/mug.jpg,
"""  # noqa: E501


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "products_export.csv"
    path.write_text(OLD, encoding="utf-8")
    return path


def products(path: Path) -> list[Product]:
    return [row.product for row in open_feed(path) if isinstance(row, Row)]


def test_a_row_is_a_variant_with_the_values_of_its_product(old: Path) -> None:
    assert detect_format(old) == "Shopify CSV"

    red, blue, mug = products(old)

    assert red == Product(
        id="tee/Red/M",
        title="Harbour Tee",
        brand="Corepoint",
        category=("Apparel", "Shirts"),
        description="Soft & light, for summer",
        price=19.9,
        availability="in_stock",
        gtin="4006381333931",
        mpn="HT-RM",
        image_link="https://cdn.example/tee.jpg",
        attributes={
            "Gender": ("unisex",),
            "Fabric": ("cotton", "linen"),
            "Colour": ("Red",),
            "Size": ("M",),
            "type": ("T-shirts",),
            "tags": ("summer", "cotton"),
            "item_group_id": ("tee",),
        },
    )
    assert (blue.id, blue.price, blue.availability) == ("tee/Blue/M", 21.0, "out_of_stock")
    assert (blue.title, blue.brand, blue.mpn) == ("Harbour Tee", "Corepoint", "HT-BM")
    assert blue.image_link == "https://cdn.example/blue.jpg"
    assert (mug.id, mug.category, mug.availability) == ("mug", ("Mugs",), None)


def test_a_product_not_for_sale_is_rejected_and_an_image_alone_is_no_row(old: Path) -> None:
    rows = list(open_feed(old))

    assert len(rows) == 4
    rejected = rows[-1]
    assert isinstance(rejected, RejectedRow)
    assert (rejected.line, rejected.reason) == (7, "not for sale: its status is archived")


def test_the_new_headers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "products_export.csv"
    path.write_text(NEW, encoding="utf-8")

    [mug] = products(path)

    assert (mug.id, mug.title, mug.price) == ("mug", "Enamel Mug", 9.0)
    assert mug.description == "Tough"
    assert mug.category == ("Home", "Mugs")
    assert mug.availability == "in_stock"
    assert mug.image_link == "https://cdn.example/mug.jpg"


def test_a_variant_without_its_product_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "products_export.csv"
    path.write_text("Handle,Title,Vendor,Variant Price\ntee,,,5.00\n", encoding="utf-8")

    [rejected] = open_feed(path)

    assert isinstance(rejected, RejectedRow)
    assert rejected.reason == "no row of its product has a title"
    assert rejected.possible_ids == ("tee", "tee//")


HEADER = (
    "Handle,Title,Vendor,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
    "Variant SKU,Variant Price,Variant Barcode,Status\n"
)


def export(tmp_path: Path, *lines: str) -> list[Row | RejectedRow]:
    path = tmp_path / "products_export.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [row for row in open_feed(path) if isinstance(row, (Row, RejectedRow))]


def ids(rows: list[Row | RejectedRow]) -> list[str]:
    assert all(isinstance(row, Row) for row in rows), rows
    return [row.product.id for row in rows if isinstance(row, Row)]


@pytest.mark.parametrize("status", ["draft", "Archived", "UNLISTED", " unlisted "])
def test_a_product_that_is_not_active_is_withdrawn(status: str, tmp_path: Path) -> None:
    rows = export(tmp_path, f"vase,Vase,A,TRUE,,,,,V-1,5,,{status}", "vase,,,,,,,,V-2,5,,")

    reason = f"not for sale: its status is {status.strip().lower()}"
    assert [(row.reason, row.is_for_sale) for row in rows if isinstance(row, RejectedRow)] == [
        (reason, False),
        (reason, False),
    ]


@pytest.mark.parametrize("word", ["FALSE", "false", "0", "no", "FALSCH", "FAUX", "onwaar"])
def test_a_product_that_is_not_published_is_withdrawn(word: str, tmp_path: Path) -> None:
    [row] = export(tmp_path, f"vase,Vase,A,{word},,,,,V-1,5,,active")

    assert isinstance(row, RejectedRow)
    assert (row.reason, row.is_for_sale) == ("not for sale: it is not published", False)


def test_ids_of_different_variants_never_collide(tmp_path: Path) -> None:
    rows = export(
        tmp_path,
        "rod,Rod,A,TRUE,Width,3/4,Length,5,R-1,5,,active",
        "rod,,,,,3,,4/5,R-2,5,,",
        "rod,,,,,3/4/5,,,R-3,5,,",
        r"rod,,,,,3\,,4/5,R-4,5,,",
        r"rod,,,,,3,,\4/5,R-5,5,,",
    )

    assert len(set(ids(rows))) == 5


def test_variants_with_the_same_options_have_different_ids(tmp_path: Path) -> None:
    rows = export(
        tmp_path,
        "cap,Cap,A,TRUE,Size,M,,,'00-1,5,,active",
        "cap,,,,,M,,,00-2,5,,",
        "cap,,,,,M,,,,6,4006381333931,",
        "cap,,,,,M,,,,7,,",
        "cap,,,,,M,,,00-2,5,,",
    )

    assert ids(rows[:4]) == ["cap/M", "cap/M//00-2", "cap/M//4006381333931", "cap/M//4"]
    assert isinstance(rows[4], RejectedRow)
    assert rows[4].reason == "row 2 has the same id 'cap/M//00-2'"


def test_a_variant_above_the_row_of_its_product_is_read(tmp_path: Path) -> None:
    rows = export(
        tmp_path,
        "cap,,,,,Red,,,C-R,5,,",
        "cap,Cap,A,TRUE,Colour,Blue,,,C-B,6,,active",
        "hat,,,,,Red,,,H-R,5,,",
        "bag,Bag,A,TRUE,,,,,B-1,6,,active",
    )

    assert ids(rows[:2]) == ["cap/Red", "cap/Blue"]
    assert isinstance(rows[2], RejectedRow)
    assert rows[2].possible_ids == ("hat/Red", "hat/Red//H-R")
    assert ids(rows[3:]) == ["bag"]


def test_a_stock_that_is_no_number_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "products_export.csv"
    stock = "9" * 5_000
    path.write_text(
        "Handle,Title,Vendor,Variant Inventory Tracker,Variant Inventory Qty\n"
        f"cap,Cap,A,shopify,{stock}\n",
        encoding="utf-8",
    )

    [cap] = products(path)

    assert cap.availability is None

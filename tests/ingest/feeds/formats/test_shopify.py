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
    assert rejected.possible_ids == ("tee",)

import json
from pathlib import Path
from typing import Any

import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row, detect_format, open_feed

MUG = {
    "@context": "https://schema.org",
    "@type": "Product",
    "sku": "M-1",
    "name": "Enamel Mug",
    "brand": {"@type": "Brand", "name": "Spring"},
    "category": "Home > Mugs",
    "description": "<b>Tough</b> &amp; light",
    "image": [{"@type": "ImageObject", "url": "https://shop.example/mug.jpg"}],
    "gtin13": "4006381333931",
    "color": "white",
    "weight": {"@type": "QuantitativeValue", "value": 250, "unitText": "g"},
    "additionalProperty": [{"@type": "PropertyValue", "name": "dishwasher", "value": True}],
    "offers": {
        "@type": "Offer",
        "price": "9.00",
        "priceCurrency": "EUR",
        "availability": "https://schema.org/OutOfStock",
        "url": "https://shop.example/mug",
    },
}
LAMP = {"@type": ["schema:Product"], "productID": "L-1", "name": "Desk Lamp"}
AS_PRODUCT = Product(
    id="M-1",
    title="Enamel Mug",
    brand="Spring",
    category=("Home", "Mugs"),
    description="Tough & light",
    price=9.0,
    currency="EUR",
    availability="out_of_stock",
    gtin="4006381333931",
    link="https://shop.example/mug",
    image_link="https://shop.example/mug.jpg",
    attributes={"color": ("white",), "weight": ("250 g",), "dishwasher": ("true",)},
)


def rows(tmp_path: Path, text: str) -> list[Row | RejectedRow | FileFault]:
    path = tmp_path / "feed"
    path.write_text(text, encoding="utf-8")
    assert detect_format(path).startswith("schema.org JSON-LD")
    return list(open_feed(path))


def products(tmp_path: Path, text: str) -> list[Product]:
    return [row.product for row in rows(tmp_path, text) if isinstance(row, Row)]


def test_the_products_in_the_scripts_of_a_page_are_read(tmp_path: Path) -> None:
    page = f"""<!doctype html><html><head><title>Mug</title>
<script>var a = "<b>";</script>
<script type="application/ld+json">{json.dumps(MUG)}</script>
<script type='application/ld+json'>{{"@type": "BreadcrumbList", "itemListElement": []}}</script>
<script type="application/ld+json; charset=utf-8">{{"@type": "Product", broken}}</script>
</head><body></body></html>"""

    mug, broken = rows(tmp_path, page)

    assert isinstance(mug, Row)
    assert (mug.line, mug.product) == (3, AS_PRODUCT)
    assert isinstance(broken, RejectedRow)
    assert (broken.line, broken.reason[:8]) == (5, "not JSON")


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "wrapped",
    [
        [MUG, LAMP],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, MUG, LAMP]},
        {
            "@type": "ItemList",
            "itemListElement": [{"@type": "ListItem", "item": node} for node in (MUG, LAMP)],
        },
        {"@type": "ItemPage", "mainEntity": [MUG, LAMP]},
    ],
    ids=["array", "graph", "list", "page"],
)
def test_products_are_read_from_every_kind_of_container(
    wrapped: Any, indent: int | None, tmp_path: Path
) -> None:
    assert products(tmp_path, json.dumps(wrapped, indent=indent)) == [
        AS_PRODUCT,
        Product(id="L-1", title="Desk Lamp"),
    ]


def test_a_list_of_other_things_is_not_read_as_products(tmp_path: Path) -> None:
    crumbs = {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "name": "x"}]}
    page = {"@type": "WebPage", "breadcrumb": crumbs, "mainEntity": MUG}

    assert products(tmp_path, json.dumps(page, indent=2)) == [AS_PRODUCT]


def test_one_object_a_line_is_read_line_by_line(tmp_path: Path) -> None:
    checked = rows(tmp_path, f"{json.dumps(MUG)}\n\nnot json\n{json.dumps(LAMP)}\n")

    assert [row.line for row in checked if not isinstance(row, FileFault)] == [1, 3, 4]
    assert isinstance(checked[1], RejectedRow)


def test_variants_inherit_from_their_group_and_keep_their_own_ids(tmp_path: Path) -> None:
    group = {
        "@context": "https://schema.org",
        "@type": "ProductGroup",
        "productGroupID": "tee",
        "sku": "tee-all",
        "name": "Harbour Tee",
        "brand": "Corepoint",
        "hasVariant": [
            {"@type": "Product", "sku": "tee-r", "color": "red", "offers": {"price": 19.9}},
            {"@type": "Product", "sku": "tee-b", "name": "Blue Harbour Tee"},
        ],
    }

    red, blue = products(tmp_path, json.dumps(group))

    assert (red.id, red.title, red.brand, red.price) == ("tee-r", "Harbour Tee", "Corepoint", 19.9)
    assert red.attributes == {"color": ("red",), "item_group_id": ("tee",)}
    assert (blue.id, blue.title) == ("tee-b", "Blue Harbour Tee")


def test_an_aggregate_offer_gives_its_lowest_price(tmp_path: Path) -> None:
    offers = {
        "@type": "AggregateOffer",
        "lowPrice": 5,
        "priceCurrency": "USD",
        "offers": [{"@type": "Offer", "availability": "InStock"}],
    }

    [lamp] = products(tmp_path, json.dumps({**LAMP, "offers": offers}))

    assert (lamp.price, lamp.currency, lamp.availability) == (5.0, "USD", "in_stock")


def test_a_file_that_breaks_midway_yields_the_rows_before_it(tmp_path: Path) -> None:
    whole = json.dumps([MUG, LAMP], indent=1)

    mug, fault = rows(tmp_path, whole[: whole.index("L-1")])

    assert isinstance(mug, Row)
    assert isinstance(fault, FileFault)
    assert "the JSON is malformed" in fault.reason


def test_a_product_without_a_name_is_rejected(tmp_path: Path) -> None:
    [rejected] = rows(tmp_path, json.dumps({"@type": "Product", "sku": "x"}))

    assert isinstance(rejected, RejectedRow)
    assert rejected.reason == "title is missing"

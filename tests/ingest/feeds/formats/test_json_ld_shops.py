"""JSON-LD in the forms in which shop systems and their extensions write it."""

import json
from pathlib import Path
from typing import Any

import pytest

from gram_es.records import Product
from ingest.feeds import Row, open_feed

HOME = "https://shop.example"


def read(tmp_path: Path, *blocks: Any) -> list[Product]:
    scripts = (f'<script type="application/ld+json">{json.dumps(b)}</script>' for b in blocks)
    path = tmp_path / "page.html"
    path.write_text(f"<!DOCTYPE html><html><head>{''.join(scripts)}</head></html>", "utf-8")
    checked = list(open_feed(path))
    assert all(isinstance(row, Row) for row in checked), checked
    return [row.product for row in checked if isinstance(row, Row)]


def test_wordpress_with_an_extension_for_search_engines(tmp_path: Path) -> None:
    page = f"{HOME}/p/teapot/"
    graph = [
        {
            "@type": ["WebPage", "ItemPage"],
            "@id": page,
            "url": page,
            "name": "Teapot - Shop",
            "breadcrumb": {"@id": f"{page}#breadcrumb"},
            "primaryImageOfPage": {"@id": f"{page}#primaryimage"},
        },
        {"@type": "ImageObject", "@id": f"{page}#primaryimage", "contentUrl": f"{HOME}/t.jpg"},
        {
            "@type": "BreadcrumbList",
            "@id": f"{page}#breadcrumb",
            "itemListElement": [{"@type": "ListItem", "position": 1, "name": "Tea"}],
        },
        {"@type": "Organization", "@id": f"{HOME}/#organization", "name": "Example Shop"},
        {
            "@type": "Product",
            "@id": f"{page}#product",
            "name": "Teapot &#8211; 1 l",
            "url": page,
            "sku": 5503,
            "image": [{"@id": f"{page}#primaryimage"}],
            "brand": {"@id": f"{HOME}/#organization"},
            "mainEntityOfPage": {"@id": page},
            "offers": [
                {
                    "@type": "Offer",
                    "availability": "http://schema.org/BackOrder",
                    "priceSpecification": {"@type": "PriceSpecification", "price": "24.50"},
                    "priceCurrency": "CHF",
                    "seller": {"@id": f"{HOME}/#organization"},
                }
            ],
        },
    ]

    [teapot] = read(tmp_path, {"@context": "https://schema.org", "@graph": graph})

    assert (teapot.id, teapot.title, teapot.brand) == ("5503", "Teapot – 1 l", "Example Shop")
    assert (teapot.price, teapot.currency) == (24.5, "CHF")
    assert (teapot.availability or "").replace("_", "") == "backorder"
    assert (teapot.link, teapot.image_link) == (page, f"{HOME}/t.jpg")


def test_a_shop_system_with_groups(tmp_path: Path) -> None:
    def variant(number: int, colour: str) -> dict[str, Any]:
        address = f"/products/scarf?variant={number}"
        return {
            "@id": f"{address}#variant",
            "@type": "Product",
            "name": f"Scarf - {colour}",
            "image": f"{HOME}/{colour}.jpg?v=1&amp;width=1920",
            "gtin": "4006381333931",
            "offers": {
                "@id": f"{address}#offer",
                "@type": "Offer",
                "availability": "http://schema.org/InStock",
                "price": "39.00",
                "priceCurrency": "DKK",
                "url": f"{HOME}{address}",
            },
        }

    group = {
        "@context": "http://schema.org/",
        "@id": "/products/scarf#product",
        "@type": "ProductGroup",
        "brand": {"@type": "Brand", "name": "Fjordvik"},
        "category": "Scarves",
        "hasVariant": [{**variant(1, "red"), "sku": "SC-R"}, {**variant(2, "blue"), "gtin": None}],
        "name": "Scarf",
        "productGroupID": "8123",
        "url": f"{HOME}/products/scarf",
    }

    red, blue = read(tmp_path, group)

    assert (red.id, red.gtin, red.category) == ("SC-R", "4006381333931", ("Scarves",))
    assert red.attributes == {"item_group_id": ("8123",)}
    assert blue.id == "/products/scarf?variant=2#variant"
    assert (blue.link, blue.price) == (f"{HOME}/products/scarf?variant=2", 39.0)


def test_lists_objects_and_texts_of_one_property(tmp_path: Path) -> None:
    desk = {
        "@context": "http://schema.org/",
        "@type": ["Product", "IndividualProduct"],
        "productID": "7",
        "name": [{"@language": "de", "@value": "Schreibtisch"}, {"@value": "Desk"}],
        "description": [],
        "brand": [{"@type": "Brand", "name": {"@value": "Holzwerk"}}, "Other"],
        "image": [{"@type": "ImageObject", "name": "Front", "url": [f"{HOME}/1.jpg"]}, "2.jpg"],
        "category": [{"@type": "CategoryCode", "name": "Office > Desks"}],
        "color": ["oak", "black"],
        "gtin14": "04006381333931",
        "isbn": "",
        "width": {"@type": "QuantitativeValue", "value": 120, "unitCode": "CMT"},
        "weight": {"value": "31.5", "unitText": "kg"},
        "size": {"@type": "SizeSpecification", "name": "L"},
        "additionalProperty": [
            {"@type": "PropertyValue", "name": "drawers", "value": 2},
            {"@type": "PropertyValue", "name": "load", "value": 80, "unitCode": "KGM"},
            {"@type": "PropertyValue", "propertyID": "surface", "value": ["oiled", "waxed"]},
        ],
        "offers": {"@type": "http://schema.org/Offer", "price": 349, "priceCurrency": "EUR"},
    }

    [read_desk] = read(tmp_path, [desk])

    assert read_desk == Product(
        id="7",
        title="Schreibtisch",
        brand="Holzwerk",
        category=("Office", "Desks"),
        price=349.0,
        currency="EUR",
        gtin="04006381333931",
        image_link=f"{HOME}/1.jpg",
        attributes={
            "color": ("oak", "black"),
            "size": ("L",),
            "width": ("120 cm",),
            "weight": ("31.5 kg",),
            "drawers": ("2",),
            "load": ("80 kg",),
            "surface": ("oiled", "waxed"),
        },
    )


CUP = {"@type": "Product", "sku": "C-1", "name": "Cup"}


@pytest.mark.parametrize(
    "block",
    [
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": CUP}]},
        {"@type": "ItemList", "itemListElement": {"@list": [CUP]}},
        {"@type": "CollectionPage", "mainEntity": {"@type": "ItemList", "itemListElement": [CUP]}},
        {"@type": "CollectionPage", "hasPart": [CUP]},
        {"@type": "OfferCatalog", "itemListElement": [{"@type": "Offer", "itemOffered": CUP}]},
        {"@type": "Store", "makesOffer": {"@type": "Offer", "itemOffered": [CUP]}},
        {"@type": "DataFeed", "dataFeedElement": [{"@type": "DataFeedItem", "item": CUP}]},
        {"state": {"page": {"products": [CUP]}}},
        {"@context": "https://schema.org", "type": "Product", "sku": "C-1", "name": "Cup"},
        {"@type": "schema:Product", "schema:sku": "C-1", "schema:name": {"@value": "Cup"}},
        [
            {
                "@type": ["http://schema.org/Product"],
                "http://schema.org/sku": [{"@value": "C-1"}],
                "http://schema.org/name": [{"@value": "Cup"}],
            }
        ],
    ],
)
def test_a_product_is_found_in_every_structure(block: Any, tmp_path: Path) -> None:
    assert read(tmp_path, block) == [Product(id="C-1", title="Cup")]


def test_an_offer_around_a_product_is_its_offer(tmp_path: Path) -> None:
    block = {"@type": "Offer", "price": 7, "availability": "InStock", "itemOffered": CUP}

    [cup] = read(tmp_path, block)

    assert (cup.id, cup.price, cup.availability) == ("C-1", 7.0, "in_stock")


def test_several_categories_are_several_paths(tmp_path: Path) -> None:
    [cup] = read(tmp_path, {**CUP, "category": ["Kitchen > Cups", "Gifts"]})

    assert cup.category == ("Kitchen", "Cups")


def test_related_products_and_reviews_are_no_products(tmp_path: Path) -> None:
    related = [{"@type": "Product", "name": "Other", "sku": "C-2"}]
    block = {**CUP, "isRelatedTo": related, "review": [{"itemReviewed": related[0]}]}

    assert [product.id for product in read(tmp_path, block)] == ["C-1"]


def test_a_group_without_variants_has_the_id_of_the_group(tmp_path: Path) -> None:
    block = {"@type": "ProductGroup", "productGroupID": "G-7", "name": "Cup", "url": f"{HOME}/c"}

    assert [product.id for product in read(tmp_path, block)] == ["G-7"]


def test_the_only_sku_of_the_offers_is_kept_beside_another_id(tmp_path: Path) -> None:
    offers = {"@type": "AggregateOffer", "lowPrice": 8, "offers": [{"sku": "C-1-S"}, {"price": 9}]}

    [cup] = read(tmp_path, {"@type": "Product", "name": "Cup", "productID": "C", "offers": offers})

    assert (cup.id, cup.attributes["sku"]) == ("C", ("C-1-S",))

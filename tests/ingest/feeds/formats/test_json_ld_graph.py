"""References between nodes, and groups of variants."""

import json
from pathlib import Path
from typing import Any

import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row, open_feed

CONTEXT = "https://schema.org"
BRAND = {"@type": "Brand", "@id": "https://shop.example/#brand", "name": "Fjordvik"}
OFFER = {"@type": "Offer", "@id": "#offer", "price": "79.00", "priceCurrency": "NOK"}
LAMP = {
    "@type": "Product",
    "@id": "#lamp",
    "sku": "LA-4",
    "name": "Reading Lamp",
    "brand": {"@id": "https://shop.example/#brand"},
    "offers": [{"@id": "#offer"}],
    "image": {"@id": "#image"},
}
IMAGE = {"@type": "ImageObject", "@id": "#image", "contentUrl": "https://shop.example/lamp.jpg"}
READ = Product(
    id="LA-4",
    title="Reading Lamp",
    brand="Fjordvik",
    price=79.0,
    currency="NOK",
    image_link="https://shop.example/lamp.jpg",
)


def graph(*nodes: Any) -> dict[str, Any]:
    return {"@context": CONTEXT, "@graph": list(nodes)}


def page(*blocks: Any) -> str:
    scripts = (f'<script type="application/ld+json">{json.dumps(b)}</script>' for b in blocks)
    return "<!DOCTYPE html>\n<html><head>" + "\n".join(scripts) + "</head><body></body></html>"


def rows(tmp_path: Path, text: str) -> list[Row | RejectedRow | FileFault]:
    path = tmp_path / "feed"
    path.write_text(text, encoding="utf-8")
    return list(open_feed(path))


def products(tmp_path: Path, text: str) -> list[Product]:
    checked = rows(tmp_path, text)
    assert all(isinstance(row, Row) for row in checked), checked
    return [row.product for row in checked if isinstance(row, Row)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(graph(LAMP, BRAND, OFFER, IMAGE), indent=1),
        json.dumps(graph({"@type": "WebSite"}, IMAGE, OFFER, BRAND, LAMP), indent=1),
        json.dumps(graph(LAMP, BRAND, OFFER, IMAGE)),
        json.dumps([LAMP, [BRAND, OFFER], IMAGE], indent=1),
        page(graph(LAMP), graph(BRAND, OFFER), IMAGE),
        page(
            {"@type": "WebPage", "mainEntity": {"@id": "#lamp"}, "publisher": BRAND}, IMAGE
        ).replace(
            "</head>", f'<script type="application/ld+json">{json.dumps([LAMP, OFFER])}</script>'
        ),
    ],
    ids=["file", "file in reverse", "line", "array", "scripts", "main entity"],
)
def test_a_reference_has_the_values_of_the_node_wherever_it_is(text: str, tmp_path: Path) -> None:
    assert products(tmp_path, text) == [READ]


def test_an_unresolved_reference_has_no_value(tmp_path: Path) -> None:
    lamp = {**LAMP, "manufacturer": "https://shop.example/#maker", "category": {"@id": "#c"}}

    assert products(tmp_path, page(lamp)) == [Product(id="LA-4", title="Reading Lamp")]


def test_an_enumeration_member_or_a_url_may_be_written_as_a_reference(tmp_path: Path) -> None:
    offer = {"availability": {"@id": "https://schema.org/InStock"}, "price": 5}
    url = {"@id": "https://shop.example/lamp"}

    [lamp] = products(tmp_path, page({**LAMP, "offers": offer, "url": url}))

    assert (lamp.availability, lamp.link) == ("in_stock", "https://shop.example/lamp")


def test_cycles_of_references_end(tmp_path: Path) -> None:
    one = {"@type": "Product", "@id": "#1", "name": "One", "isVariantOf": {"@id": "#2"}}
    two = {"@type": "ProductGroup", "@id": "#2", "hasVariant": [{"@id": "#1"}, {"@id": "#2"}]}
    web = {"@type": "WebPage", "@id": "#w", "mainEntity": [{"@id": "#w"}, {"@id": "#1"}]}
    brand = {"@type": "Brand", "@id": "#b", "name": {"@id": "#b"}}

    read = products(tmp_path, page(graph(web, {**one, "brand": {"@id": "#b"}}, two, brand)))

    assert [(p.id, p.brand) for p in read] == [("#1", None)]


def test_blocks_about_one_node_are_one_product(tmp_path: Path) -> None:
    rating = {"@type": "Product", "@id": "#lamp", "aggregateRating": {"ratingValue": 4}, "mpn": "4"}

    [lamp] = products(tmp_path, page(rating, graph(LAMP, OFFER)))

    assert (lamp.id, lamp.title, lamp.mpn, lamp.price) == ("LA-4", "Reading Lamp", "4", 79.0)


def test_different_products_with_one_id_stay_apart(tmp_path: Path) -> None:
    vase = {"@type": "Product", "@id": "#lamp", "sku": "VA-1", "name": "Vase"}

    read = products(tmp_path, page(graph(LAMP, vase)))

    assert [(p.id, p.title, p.price) for p in read] == [
        ("LA-4", "Reading Lamp", None),
        ("VA-1", "Vase", None),
    ]


GROUP = {
    "@type": "ProductGroup",
    "@id": "#group",
    "productGroupID": "BOOT",
    "name": "Hiking Boot",
    "brand": "Fjordvik",
    "additionalProperty": [{"name": "sole", "value": "rubber"}],
}
BROWN = {"@type": "Product", "@id": "#brown", "sku": "BOOT-BR", "name": "Brown Boot"}
GREEN = {"@type": "Product", "@id": "#green", "sku": "BOOT-GR", "color": "green"}


@pytest.mark.parametrize(
    "nodes",
    [
        [{**GROUP, "hasVariant": [BROWN, GREEN]}],
        [{**GROUP, "hasVariant": [{"@id": "#brown"}, {"@id": "#green"}]}, BROWN, GREEN],
        [BROWN, GREEN, {**GROUP, "hasVariant": [{"@id": "#brown"}, {"@id": "#green"}]}],
        [BROWN, GREEN, {**GROUP, "@id": None, "hasVariant": ["#brown", "#green"]}],
        [GROUP, *({**v, "isVariantOf": {"@id": "#group"}} for v in (BROWN, GREEN))],
        [*({**v, "isVariantOf": [{"@id": "#group"}]} for v in (BROWN, GREEN)), GROUP],
        [*({**v, "isVariantOf": GROUP} for v in (BROWN, GREEN))],
        [
            *(
                {**v, "isVariantOf": {**GROUP, "hasVariant": {"@id": "#green"}}}
                for v in (BROWN, GREEN)
            )
        ],
        [{**BROWN, "isVariantOf": {**GROUP, "hasVariant": [GREEN]}}],
        [GROUP, *({**v, "inProductGroupWithID": "BOOT"} for v in (BROWN, GREEN))],
        [
            {**GROUP, "@type": "ProductModel"},
            *({**v, "isVariantOf": {"@id": "#group"}} for v in (BROWN, GREEN)),
        ],
        [{**GROUP, "hasVariant": [BROWN, {"url": "https://shop.example/green"}, GREEN]}],
    ],
)
@pytest.mark.parametrize(
    "write",
    [
        lambda nodes: page(*nodes),
        lambda nodes: json.dumps(graph(*nodes), indent=2),
        lambda nodes: "\n".join(map(json.dumps, [{"@context": CONTEXT, "@graph": nodes}, LAMP])),
    ],
    ids=["page", "file", "line"],
)
def test_variants_carry_the_id_of_their_group_and_inherit_from_it(
    nodes: list[Any], write: Any, tmp_path: Path
) -> None:
    read = {p.id: p for p in products(tmp_path, write(nodes)) if p.id != "LA-4"}

    assert read.keys() == {"BOOT-BR", "BOOT-GR"}
    assert (read["BOOT-BR"].title, read["BOOT-GR"].title) == ("Brown Boot", "Hiking Boot")
    for boot in read.values():
        assert (boot.brand, boot.attributes["item_group_id"]) == ("Fjordvik", ("BOOT",))
        assert boot.attributes["sole"] == ("rubber",)


def test_a_group_and_its_variants_may_be_on_lines_of_their_own(tmp_path: Path) -> None:
    address = "https://shop.example/boot#group"
    brown = {"@context": CONTEXT, **BROWN, "@id": "#product", "isVariantOf": {"@id": address}}
    green = {**GREEN, "@id": "#product", "inProductGroupWithID": "BOOT", "brand": {"@id": "#b"}}
    other = {**LAMP, "@graph": [{"@id": "#b", "name": "Mixed up"}]}
    lines = [brown, {**GROUP, "@id": address}, other, green]

    read = products(tmp_path, "\n".join(map(json.dumps, lines)))

    assert [(p.id, p.title, p.brand) for p in read] == [
        ("BOOT-BR", "Brown Boot", "Fjordvik"),
        ("LA-4", "Reading Lamp", None),
        ("BOOT-GR", "Hiking Boot", "Fjordvik"),
    ]


def test_a_group_without_its_variants_is_a_product(tmp_path: Path) -> None:
    elsewhere = [{"@id": "#brown"}, {"url": "https://shop.example/green"}]

    [boot] = products(tmp_path, page({**GROUP, "hasVariant": elsewhere, "sku": "BOOT-ALL"}))

    assert (boot.id, boot.title) == ("BOOT-ALL", "Hiking Boot")


def test_variants_without_ids_are_told_apart_by_what_varies(tmp_path: Path) -> None:
    variants = [
        {"@type": "Product", "color": "red", "size": "1/2"},
        {"@type": "Product", "color": "red/1", "size": "2"},
    ]

    read = products(tmp_path, page({**GROUP, "url": "https://b.example/", "hasVariant": variants}))

    assert [p.id for p in read] == [r"BOOT/red/1\/2", r"BOOT/red\/1/2"]


def test_products_that_list_each_other_as_variants_are_products(tmp_path: Path) -> None:
    brown = {**BROWN, "hasVariant": [{"@id": "#green"}]}
    green = {**GREEN, "name": "Green Boot", "hasVariant": [{"@id": "#brown"}]}

    assert [p.id for p in products(tmp_path, page(brown, green))] == ["BOOT-BR", "BOOT-GR"]


def test_a_product_that_lists_variants_is_their_group(tmp_path: Path) -> None:
    parent = {
        "@type": "Product",
        "sku": "BOOT",
        "name": "Hiking Boot",
        "hasVariant": [BROWN, GREEN],
    }

    read = products(tmp_path, page({**parent, "offers": {"price": 70}}))

    assert [(p.id, p.price) for p in read] == [("BOOT-BR", 70.0), ("BOOT-GR", 70.0)]
    assert {p.attributes["item_group_id"] for p in read} == {("BOOT",)}


def test_models_that_name_the_product_as_theirs_are_its_variants(tmp_path: Path) -> None:
    parent = {"@type": "Product", "@id": "#boot", "name": "Hiking Boot", "brand": "Ascent"}
    models = [
        {"@type": "ProductModel", "sku": f"M-{n}", "isVariantOf": {"@id": "#boot"}} for n in (1, 2)
    ]

    read = products(tmp_path, page({**parent, "model": models}))

    assert [(p.id, p.title, p.brand) for p in read] == [
        ("M-1", "Hiking Boot", "Ascent"),
        ("M-2", "Hiking Boot", "Ascent"),
    ]
    assert [p.attributes.get("model") for p in read] == [None, None]


def test_a_parent_with_offers_of_its_own_stays_a_product(tmp_path: Path) -> None:
    parent = {**BROWN, "offers": {"price": 5}}
    nodes = [parent, {**GREEN, "isVariantOf": {"@id": "#brown"}}]

    assert [p.id for p in products(tmp_path, page(*nodes))] == ["BOOT-BR", "BOOT-GR"]


def test_references_to_references_do_not_multiply_the_work(tmp_path: Path) -> None:
    offers = [
        {"@id": f"#o{i}", "price": i, "offers": [{"@id": f"#o{j}"} for j in range(200)]}
        for i in range(200)
    ]
    many = [
        {"@type": "Product", "sku": str(i), "name": "x", "offers": {"@id": "#o7"}}
        for i in range(400)
    ]

    assert len(rows(tmp_path, page(graph(*offers, *many)))) == 400

from base64 import b64encode
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gram_es.codes.stored_codes import pack
from gram_es.index.documents import (
    FeedPosition,
    build_document,
    differs_only_in_offer,
    offer_update,
    parse_attribute_values,
    product_from_document,
    rebuild_document,
    row_hash,
)
from gram_es.records import Enrichment, Product, ProductCode

FEED = FeedPosition(source="shop.xml", run=3, row=17, at="2026-01-02T03:04:05+00:00")
DRILL = Product(
    id="D-7 X",
    title="Cordless Drill 18V",
    brand="Makita",
    category=("Tools", "Drills"),
    price=99.5,
    currency="GBP",
    gtin="4006381333931",
    attributes={"colour": ("blue",)},
)


def build(product: Product, enrichment: Enrichment | None = None) -> dict[str, Any]:
    return build_document(product, enrichment=enrichment, slot="m1", fingerprint="abc", feed=FEED)


def test_a_document_contains_the_record_the_search_text_and_the_feed_position() -> None:
    document = build(DRILL)

    assert document == {
        "id": "D-7 X",
        "title": "Cordless Drill 18V",
        "brand": "Makita",
        "category": ["Tools", "Drills"],
        "category_path": ["Tools", "Tools > Drills"],
        "price": 99.5,
        "currency": "GBP",
        "gtin": "4006381333931",
        "attributes": {"colour": ["blue"]},
        "identifiers": ["d7x", "4006381333931", "04006381333931"],
        "text": "cordless drill 18 volt cordless drill 18 volt makita tools drills blue",
        "stems": b64encode(b"cordless drill 18 volt makita tool drill blue").decode(),
        "row_hash": row_hash(DRILL),
        "group": "D-7 X",
        "attribute_values": ["colour\x1fblue"],
        "feed": {
            "source": "shop.xml",
            "run": 3,
            "row": 17,
            "at": "2026-01-02T03:04:05+00:00",
            "added": "2026-01-02T03:04:05+00:00",
        },
    }


def test_a_product_is_in_every_category_path_and_in_each_of_its_beginnings() -> None:
    other_categories = (("Tools", "Saws", "Jigsaws"), ("Gifts",))

    document = build(replace(DRILL, other_categories=other_categories))

    assert document["category"] == ["Tools", "Drills", "Saws", "Jigsaws", "Gifts"]
    assert document["category_path"] == [
        "Tools",
        "Tools > Drills",
        "Tools > Saws",
        "Tools > Saws > Jigsaws",
        "Gifts",
    ]
    assert "saws jigsaws gifts" in document["text"]


def test_a_document_with_one_path_as_a_text_is_rebuilt() -> None:
    old = {**build(DRILL), "category_path": "Tools > Drills"}

    assert rebuild_document(old, slots=()) == build(DRILL)


def test_variants_share_their_group() -> None:
    def group(item_group_id: str) -> object:
        return build(replace(DRILL, attributes={"item_group_id": (item_group_id,)}))["group"]

    assert group("D-7") == "D-7"
    assert group("x" * 513) == "D-7 X"  # longer than the index's field


def test_only_short_attribute_values_become_filter_values() -> None:
    attributes = {
        "size": ("M", "L"),
        "care": ("wash " * 20,),
        "item_group_id": ("g",),
        "a\x1fb": ("c",),
    }

    values = build(replace(DRILL, attributes=attributes))["attribute_values"]

    assert isinstance(values, list)
    assert parse_attribute_values(values) == [("size", "M"), ("size", "L")]


def test_an_enrichment_is_in_the_slot_of_its_model() -> None:
    codes = (ProductCode("drill", 1.0), ProductCode("v1.5 drill", 0.3, is_stated=False))
    enrichment = Enrichment(codes, vector=b"\x01\xff", input_hash="h")

    assert build(DRILL, enrichment)["gram"] == {
        "m1": {
            "codes": ["drill", "v1.5 drill"],
            "inferred": ["v1.5 drill"],
            "weights": [{"drill": 1.0, "v1%2E5 drill": 19 / 64}],
            "packed": pack(codes),
            "vector": "Af8=",
            "input": "h",
            "model": "abc",
            "encoder": "",
        }
    }


def test_a_rebuilt_document_has_weights_that_elasticsearch_left_out() -> None:
    codes = (ProductCode("drill", 1.0), ProductCode("v1.5 drill", 0.3, is_stated=False))
    document = build(DRILL, Enrichment(codes, vector=b"\x01\xff", input_hash="h"))
    slot = document["gram"]["m1"]
    read = {**document, "gram": {"m1": {n: v for n, v in slot.items() if n != "weights"}}}

    assert rebuild_document(read, slots=["m1"])["gram"] == document["gram"]


def test_a_price_of_zero_is_stored() -> None:
    assert build(Product(id="1", title="Gift", price=0.0))["price"] == 0.0


def test_every_field_changes_the_row_hash() -> None:
    variants = [
        DRILL,
        Product(**{**record(DRILL), "price": 99.0}),
        Product(**{**record(DRILL), "availability": "in_stock"}),
        Product(**{**record(DRILL), "attributes": {"colour": ("red",)}}),
        Product(**{**record(DRILL), "category": ("Tools",)}),
        Product(**{**record(DRILL), "category": ("Tools", "Saws")}),
        Product(**{**record(DRILL), "other_categories": (("Tools", "Saws"),)}),
        Product(**{**record(DRILL), "other_categories": (("Tools",), ("Saws",))}),
    ]

    assert len({row_hash(product) for product in variants}) == len(variants)


def test_the_order_of_attributes_does_not_change_the_row_hash() -> None:
    product = Product(id="1", title="x", attributes={"a": ("1",), "b": ("2",)})
    reordered = Product(id="1", title="x", attributes={"b": ("2",), "a": ("1",)})

    assert row_hash(product) == row_hash(reordered)


def test_a_changed_offer_is_distinguished_from_a_changed_product() -> None:
    priced = replace(DRILL, price=80.0, currency="EUR", availability="in_stock")

    def is_only_offer(**changed: object) -> bool:
        return differs_only_in_offer(row_hash(priced), row_hash(replace(priced, **changed)))

    assert is_only_offer(price=79.0)
    assert is_only_offer(price=79.0, currency="CHF", availability="out_of_stock")
    assert not is_only_offer()
    assert not is_only_offer(title="Drill")
    assert not is_only_offer(price=79.0, title="Drill")
    assert not is_only_offer(price=None)


def test_an_offer_update_gives_the_same_document_as_indexing_the_row() -> None:
    before = replace(DRILL, price=80.0, currency="EUR", availability="in_stock")
    after = replace(before, price=79.5, availability="out_of_stock")

    document = build(before)
    document.update(offer_update(after, row_hash(after), replace(FEED, added=FEED.at)))

    assert document == build(after)


def record(product: Product) -> dict[str, object]:
    return {name: getattr(product, name) for name in Product.__slots__}


names = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=9)
words = st.none() | names
levels = names.filter(lambda name: ">" not in name and name.strip() == name != "")


@given(
    st.builds(
        Product,
        id=names,
        title=names,
        brand=words,
        category=st.tuples(levels, levels) | st.just(()),
        description=words,
        price=st.none() | st.floats(0, 1e9),
        mpn=words,
        attributes=st.dictionaries(names, st.tuples(names), max_size=3),
    )
)
def test_a_product_is_restored_from_its_document(product: Product) -> None:
    assert product_from_document(build(product)) == product


@given(st.lists(st.lists(levels, min_size=1, max_size=3).map(tuple), min_size=1, max_size=4))
def test_category_paths_are_restored_from_a_document(paths: list[tuple[str, ...]]) -> None:
    longest = [p for p in dict.fromkeys(paths) if not any(q[: len(p)] == p != q for q in paths)]

    product = Product("1", "x", category=longest[0], other_categories=tuple(longest[1:]))

    assert product_from_document(build(product)) == product

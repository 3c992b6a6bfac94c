import pytest

from gram_es.records import Product
from gram_es.training.data.product_types import find_types

TITLES = [f"{colour} {noun}" for colour in ("red", "blue", "green") for noun in ("lamp", "chair")]


def shop(*brands: str | None) -> list[Product]:
    return [
        Product(f"{title} {number}", f"{title} {number}", brand=brand)
        for number, brand in enumerate(brands)
        for title in TITLES
    ]


@pytest.mark.parametrize(
    "brands",
    [(None, None), ("Acme", "Acme"), ("Acme", None), ("Acme", "Zorro")],
    ids=["none", "one", "one of some products", "two"],
)
def test_the_nouns_of_titles_are_types_however_many_brands_a_shop_has(brands):
    types = find_types(shop(*brands, *brands))

    assert {"lamp", "chair"} <= set(types.values())


def test_a_word_that_one_brand_of_several_uses_is_no_type():
    series = [Product(f"s{n}", f"{t} vortex", brand="Acme") for n, t in enumerate(TITLES)]

    types = find_types([*shop("Acme", "Zorro", "Acme", "Zorro"), *series])

    assert "lamp" in types.values()
    assert "vortex" not in types.values()

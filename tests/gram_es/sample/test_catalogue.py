import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from gram_es.records import Product
from gram_es.sample import build_catalogue, write_shop
from gram_es.sample.product_types import Phrase, true_texts
from gram_es.sample.vocabulary import vocabulary
from gram_es.text.gtin import check_digit
from ingest.feeds import read_products

REAL_BRANDS = {
    *("ikea", "bosch", "makita", "dewalt", "stanley", "samsung", "sony", "nike", "adidas", "puma"),
    *("lego", "philips", "dyson", "tefal", "kitchenaid", "pyrex", "tupperware", "crockpot"),
    *("hoover", "bose", "logitech", "anker", "patagonia", "columbia", "levis", "crocs", "pampers"),
    *("huggies", "sharpie", "bic", "hydroflask", "yeti", "coleman"),
}


@pytest.fixture(scope="module")
def catalogue() -> tuple[Product, ...]:
    return build_catalogue(seed=7)


def test_the_shop_has_the_size_of_the_readme(catalogue: tuple[Product, ...]) -> None:
    departments = {product.category[0] for product in catalogue}

    assert 2_400 <= len(catalogue) <= 2_600
    assert len(vocabulary().types) == 99
    assert len(departments) == 16
    assert min(kind.count for kind in vocabulary().types.values()) >= 19


def test_ids_and_gtins_are_unique(catalogue: tuple[Product, ...]) -> None:
    assert len({product.id for product in catalogue}) == len(catalogue)
    assert len({product.gtin for product in catalogue}) == len(catalogue)


def test_gtins_are_restricted_numbers_with_valid_check_digits(
    catalogue: tuple[Product, ...],
) -> None:
    assert check_digit("400638133393") == "1"  # a worked example of GS1
    for product in catalogue:
        assert product.gtin is not None
        assert re.fullmatch(r"20\d{11}", product.gtin)
        assert product.gtin[12] == check_digit(product.gtin[:12])


def test_the_feed_contains_the_catalogue(tmp_path: Path, catalogue: tuple[Product, ...]) -> None:
    shop = write_shop(tmp_path, seed=7)

    products, rejected = read_products(shop.feed)

    assert list(rejected) == []
    assert list(products) == list(catalogue)


def test_titles_of_a_type_do_not_share_one_shape(catalogue: tuple[Product, ...]) -> None:
    shapes: dict[tuple[str, ...], Counter[tuple[str, ...]]] = defaultdict(Counter)
    for product in catalogue:
        shapes[product.category][_shape(product)] += 1

    shares = {
        category: counted.most_common(1)[0][1] / counted.total()
        for category, counted in shapes.items()
    }
    assert max(shares.values()) < 0.6, max(shares, key=lambda category: shares[category])
    assert sum(shares.values()) / len(shares) < 0.25
    assert min(len(counted) for counted in shapes.values()) >= 5


def _shape(product: Product) -> tuple[str, ...]:
    """Return the kind of each token of a title: brand, number or word."""
    title = product.title.replace(product.brand or "", "#brand")
    return tuple(
        "brand" if token == "#brand" else "number" if re.search(r"\d", token) else "word"
        for token in re.findall(r"[#\w.\"'/&-]+|[,(|]", title)
    )


def test_few_titles_occur_twice(catalogue: tuple[Product, ...]) -> None:
    titles = Counter(product.title for product in catalogue)

    repeated = sum(count for count in titles.values() if count > 1)

    assert repeated / len(catalogue) < 0.2  # variants whose title leaves the size or color out


def test_no_title_or_description_has_an_empty_slot(catalogue: tuple[Product, ...]) -> None:
    for product in catalogue:
        text = f"{product.title} {product.description}"
        assert not re.search(r"[{}\[\]@]|  |None| ,|\(\)", text), text


def test_expensive_brands_and_big_builds_cost_more(catalogue: tuple[Product, ...]) -> None:
    prices: dict[tuple[str | None, str], list[float]] = defaultdict(list)
    for product in catalogue:
        if product.category[-1] == "Drills":
            prices[product.brand, product.attributes["torque"][0]].append(product.price or 0)

    low_prices = [min(values) for (brand, _), values in prices.items() if brand == "Stannow"]
    high_prices = [min(values) for (brand, _), values in prices.items() if brand == "Torvane"]
    assert sum(high_prices) / len(high_prices) > 1.5 * sum(low_prices) / len(low_prices)


def test_variants_share_their_brand_and_differ_in_their_facts(
    catalogue: tuple[Product, ...],
) -> None:
    groups: dict[str, list[Product]] = defaultdict(list)
    for product in catalogue:
        for group in product.attributes.get("item_group_id", ()):
            groups[group].append(product)

    assert len(groups) > 300
    for members in groups.values():
        assert len(members) > 1
        assert len({member.brand for member in members}) == 1
        assert len({str(sorted(member.attributes.items())) for member in members}) == len(members)


def test_no_brand_of_the_shop_is_a_real_one(catalogue: tuple[Product, ...]) -> None:
    brands = vocabulary().brands
    assert len({brand.name for brand in brands.values()}) == len(brands)
    for product in catalogue:
        text = f"{product.brand} {product.title} {product.description}".lower()
        assert not REAL_BRANDS & set(re.findall(r"[a-z]+", text))


def test_a_condition_limits_a_phrase_to_the_products_it_is_true_of() -> None:
    phrases = (
        Phrase(text="always"),
        Phrase(text="if oak", only_for={"material": ("oak", "pine")}),
        Phrase(text="if lit", only_with=("light",)),
        Phrase(text="unlit", only_without=("light",)),
        Phrase(text="no", not_for={"a": ("b",)}),
    )

    assert true_texts(phrases, {"material": "pine", "light": "on", "a": "b"}) == (
        "always",
        "if oak",
        "if lit",
    )
    assert true_texts(phrases, {"material": "glass"}) == ("always", "unlit", "no")

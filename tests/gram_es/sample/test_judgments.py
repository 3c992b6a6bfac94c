import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from gram_es.records import Product
from gram_es.sample import SampleShop, build_catalogue, write_shop
from gram_es.sample.judgments import grade
from gram_es.sample.products import list_products
from gram_es.sample.queries import CLASSES, Intent, Query, compose_queries, unsold_queries
from gram_es.sample.stock import StockItem, stock_shop


@pytest.fixture(scope="module")
def stock() -> tuple[StockItem, ...]:
    return stock_shop(seed=7)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    return write_shop(tmp_path_factory.mktemp("shop"), seed=7)


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t"))


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for query, product_id, relevance in _rows(path)[1:]:
        assert product_id not in grades[query]
        grades[query][product_id] = int(relevance)
    return grades


def test_the_files_have_the_headers_that_readers_expect(shop: SampleShop) -> None:
    assert _rows(shop.judgments_dev)[0] == ["query", "product_id", "relevance"]
    assert _rows(shop.judgments_test)[0] == ["query", "product_id", "relevance"]
    assert _rows(shop.query_classes)[0] == ["query", "class"]


def test_every_class_is_split_two_to_three(shop: SampleShop) -> None:
    classes = dict(_rows(shop.query_classes)[1:])
    dev, test = _grades(shop.judgments_dev), _grades(shop.judgments_test)

    assert 280 <= shop.queries <= 340
    assert set(dev) | set(test) == set(classes)
    assert not set(dev) & set(test)
    assert set(classes.values()) == set(CLASSES)
    in_dev = Counter(classes[query] for query in dev)
    in_all = Counter(classes.values())
    for query_class, count in in_all.items():
        assert in_dev[query_class] == round(count * 0.4)


def test_every_query_has_a_relevant_and_nearly_every_one_an_irrelevant_product(
    shop: SampleShop,
) -> None:
    product_ids = {product.id for product in build_catalogue(seed=7)}
    for grades in (_grades(shop.judgments_dev), _grades(shop.judgments_test)):
        for query, judged in grades.items():
            assert set(judged) <= product_ids
            assert set(judged.values()) <= {0, 1, 2, 3}
            assert 3 in judged.values(), query
        wrong = [query for query, judged in grades.items() if 0 in judged.values()]
        assert len(wrong) > 0.9 * len(grades)


def test_no_synonym_occurs_in_the_text_of_a_relevant_product(stock: tuple[StockItem, ...]) -> None:
    words = [_words(product) for product in list_products(stock, 7)]
    synonyms = [query for query in compose_queries(stock, 7) if query.query_class == "synonym"]

    assert len(synonyms) > 50
    for query in synonyms:
        assert query.foreign, query.text
        assert all(word in query.text for word in query.foreign)
        foreign = {form for word in query.foreign for form in _forms(word)}
        for each in stock:
            if (grade(each, query.intent) or 0) >= 2:
                assert not foreign & words[each.number], (query.text, each.number)


def _words(product: Product) -> set[str]:
    values = [value for values in product.attributes.values() for value in values]
    parts = (product.title, product.brand, product.description, *product.category)
    text = " ".join([*(part or "" for part in parts), *product.attributes, *values])
    return set(re.findall(r"[a-z]+", text.lower()))


def _forms(word: str) -> Iterator[str]:
    """Yield a word and its possible singulars and plurals."""
    yield from (word, f"{word}s", f"{word}es", word.removesuffix("s"), word.removesuffix("es"))
    if word.endswith("y"):
        yield f"{word[:-1]}ies"


def test_misspellings_have_a_word_outside_the_catalogue(stock: tuple[StockItem, ...]) -> None:
    catalogue_words = set().union(*(_words(product) for product in list_products(stock, 7)))
    misspelled = [
        query for query in compose_queries(stock, 7) if query.query_class == "misspelling"
    ]

    for query in misspelled:
        assert set(re.findall(r"[a-z]+", query.text)) - catalogue_words, query.text


def test_queries_look_typed(stock: tuple[StockItem, ...]) -> None:
    queries = compose_queries(stock, 7)

    assert len({query.text for query in queries}) == len(queries)
    for query in queries:
        assert query.text == query.text.lower().strip()
        assert 1 <= len(query.text.split()) <= 9, query.text


def test_grades_follow_from_the_facts(stock: tuple[StockItem, ...]) -> None:
    intent = Intent(types=("sweater",), facts=(("color", ("navy",)), ("material", ("wool",))))
    wool = _one(stock, "sweater", color="navy", material="wool")
    other = next(
        each
        for each in stock
        if each.kind.key == "sweater"
        and each.facts["color"] != "navy"
        and each.facts["material"] == "wool"
    )

    assert grade(wool, intent) == 3
    assert grade(other, intent) == 2
    assert grade(wool, Intent(types=("sweater",), facts=(("color", ("red",)),))) == 1
    assert grade(wool, Intent(types=("desk",))) is None


def test_a_missed_firm_requirement_gives_grade_1(stock: tuple[StockItem, ...]) -> None:
    drill = _one(stock, "cordless drill", voltage="12 V", motor="brushless")
    facts = (("voltage", ("18 V",)), ("motor", ("brushless",)))

    assert grade(drill, Intent(types=("cordless drill",), facts=facts)) == 1


def test_siblings_get_low_grades(stock: tuple[StockItem, ...]) -> None:
    runner = _one(stock, "running shoes", color="black")

    assert grade(runner, Intent(types=("sneakers",))) == 1
    assert grade(runner, Intent(types=("sneakers",), facts=(("color", ("red",)),))) == 0


def _one(stock: tuple[StockItem, ...], kind: str, **facts: str) -> StockItem:
    return next(
        each
        for each in stock
        if each.kind.key == kind and all(each.facts.get(name) == facts[name] for name in facts)
    )


def test_unsold_things_are_not_sold(shop: SampleShop) -> None:
    titles = " ".join(product.title.lower() for product in build_catalogue(seed=7))

    assert shop.unsold.read_text(encoding="utf-8").split("\n")[:-1] == list(unsold_queries())
    for query in unsold_queries():
        assert query not in titles


def test_another_seed_is_another_shop_with_as_many_queries() -> None:
    other = stock_shop(seed=8)

    queries: tuple[Query, ...] = compose_queries(other, 8)

    assert 280 <= len(queries) <= 340
    assert list_products(other, 8) != build_catalogue(seed=7)

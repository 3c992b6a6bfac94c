"""Compose the shoppers' queries and their intents.

The queries are for evaluation only, see :mod:`gram_es.sample.shoppers`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gram_es.sample.data_file import SampleDataError
from gram_es.sample.patterns import SLOT, fill
from gram_es.sample.quantities import format_value
from gram_es.sample.shoppers import QueryPattern, ShopperQuery, shopper_words
from gram_es.sample.stock import StockItem, random_source
from gram_es.sample.vocabulary import vocabulary

CLASSES = {
    "type": 42,
    "attributes": 70,
    "brand": 32,
    "synonym": 64,
    "misspelling": 42,
    "use": 46,
    "unit": 32,
}
"""The classes of queries, each with the maximum number of queries drawn from it."""

AcceptedValues = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """What a shopper is looking for.

    If ``types`` is empty, the shopper wants any type that has the use ``use``. ``facts`` are
    pairs (name, accepted values); ``missing`` are facts that a product must not have.
    """

    types: tuple[str, ...] = ()
    brand: str | None = None
    facts: AcceptedValues = ()
    missing: tuple[str, ...] = ()
    use: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A query of one of ``CLASSES``; ``foreign`` are words that no relevant product contains."""

    text: str
    query_class: str
    intent: Intent
    foreign: tuple[str, ...] = ()


def compose_queries(stock: Sequence[StockItem], seed: int) -> tuple[Query, ...]:
    """Return the queries, class by class; no text occurs twice."""
    words = shopper_words()
    rng = random_source(seed, "queries")
    queries = [
        *_written(words.types, "type"),
        *_filled(words.attributes, "attributes", stock, rng),
        *_filled(words.brands, "brand", stock, rng),
        *_written(words.units, "unit"),
    ]
    queries += [
        *_misspelled(queries, rng),
        *_written(words.synonyms, "synonym"),
        *_written(words.uses, "use"),
    ]
    distinct = list({query.text: query for query in reversed(queries)}.values())
    return tuple(
        query
        for query_class, maximum in CLASSES.items()
        for query in _draw(
            [each for each in distinct if each.query_class == query_class], maximum, rng
        )
    )


def unsold_queries() -> tuple[str, ...]:
    """Return queries for things that the shop does not sell."""
    return shopper_words().unsold


def _draw(queries: list[Query], maximum: int, rng: random.Random) -> list[Query]:
    return rng.sample(queries, min(len(queries), maximum))


def _written(entries: Iterable[ShopperQuery], query_class: str) -> Iterator[Query]:
    for each in entries:
        intent = Intent(
            types=each.types, facts=_accepted(each.facts), missing=each.missing, use=each.use
        )
        yield Query(each.query, query_class, intent, each.foreign)


def _filled(
    patterns: Iterable[QueryPattern],
    query_class: str,
    stock: Sequence[StockItem],
    rng: random.Random,
) -> Iterator[Query]:
    """Yield a query for each pattern: its slots are filled with facts of a random stock item."""
    for each in patterns:
        slots = [name for name in SLOT.findall(each.pattern) if name != "brand"]
        suited = [item for item in stock if item.kind.key == each.type and _can_fill(item, slots)]
        if not suited:
            raise SampleDataError(
                f"no product has the facts of the pattern {each.pattern!r} in shoppers.yaml; "
                "remove it"
            )
        product = rng.choice(suited)
        words = {name: _as_typed(product, name, each.pattern, rng) for name in slots}
        intent = Intent(
            types=(each.type,),
            brand=product.brand.name if "{brand}" in each.pattern else None,
            facts=_accepted({name: (product.facts[name],) for name in slots})
            + _accepted(each.facts),
        )
        text = fill(each.pattern, words | {"brand": product.brand.name.lower()})
        yield Query(text, query_class, intent)


def _accepted(facts: Mapping[str, Iterable[str]]) -> AcceptedValues:
    """Return, for each fact, all values that a shopper who asks for the given values accepts."""
    broader = vocabulary().relations.broader_values
    return tuple(
        (
            name,
            tuple(
                accepted
                for value in values
                for accepted in broader.get(name, {}).get(value, (value,))
            ),
        )
        for name, values in facts.items()
    )


def _can_fill(each: StockItem, slots: Sequence[str]) -> bool:
    never_asked = shopper_words().never_asked
    return all(name in each.facts and each.facts[name] not in never_asked for name in slots)


def _as_typed(each: StockItem, name: str, pattern: str, rng: random.Random) -> str:
    """Return a fact of a product as a shopper types it."""
    value = each.facts[name]
    if f"size {{{name}}}" in pattern:
        return value.lower()
    spoken = shopper_words().spoken_values
    if value in spoken:
        return rng.choice(spoken[value])
    if value.endswith(" in"):
        return format_value(value, "tight" if " x " in value else "word")
    return format_value(value, rng.choice(("tight", "tight", "spaced", "word"))).lower()


def _misspelled(queries: Sequence[Query], rng: random.Random) -> Iterator[Query]:
    """Yield, for each typo, one of ``queries`` with the correct word replaced by the typo."""
    for wrong, right in shopper_words().typos.items():
        suited = [query for query in queries if right in query.text.split()]
        if suited:
            query = rng.choice(suited)
            words = [wrong if word == right else word for word in query.text.split()]
            yield Query(" ".join(words), "misspelling", query.intent)

"""The shoppers' queries and what each of them asks for. For measuring only, see ``shoppers``."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gram_es.sample.data_file import SampleDataError
from gram_es.sample.patterns import SLOT, fill
from gram_es.sample.quantities import spell
from gram_es.sample.shoppers import QueryPattern, ShopperQuery, shopper_words
from gram_es.sample.stock import Stocked, random_source
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
"""The classes of queries, each with the most queries that are drawn from it."""

AcceptedValues = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Want:
    """What a shopper wants. Without ``types``, any type for ``use`` is right.

    ``facts`` are pairs (name, accepted values); ``missing`` are facts that a product must not have.
    """

    types: tuple[str, ...] = ()
    brand: str | None = None
    facts: AcceptedValues = ()
    missing: tuple[str, ...] = ()
    use: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A query of one of ``CLASSES``; ``foreign`` are the words that no relevant product has."""

    text: str
    query_class: str
    want: Want
    foreign: tuple[str, ...] = ()


def compose_queries(stock: Sequence[Stocked], seed: int) -> tuple[Query, ...]:
    """Return the queries, class by class, each text once."""
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
        for query_class, most in CLASSES.items()
        for query in _draw(
            [each for each in distinct if each.query_class == query_class], most, rng
        )
    )


def unsold_queries() -> tuple[str, ...]:
    """Return queries for things that the shop does not sell."""
    return shopper_words().unsold


def _draw(queries: list[Query], most: int, rng: random.Random) -> list[Query]:
    return rng.sample(queries, min(len(queries), most))


def _written(entries: Iterable[ShopperQuery], query_class: str) -> Iterator[Query]:
    for each in entries:
        want = Want(
            types=each.types, facts=_accepted(each.facts), missing=each.missing, use=each.use
        )
        yield Query(each.query, query_class, want, each.foreign)


def _filled(
    patterns: Iterable[QueryPattern],
    query_class: str,
    stock: Sequence[Stocked],
    rng: random.Random,
) -> Iterator[Query]:
    """Yield a query for each pattern, asking for a product in stock."""
    for each in patterns:
        slots = [name for name in SLOT.findall(each.pattern) if name != "brand"]
        suited = [one for one in stock if one.kind.key == each.type and _can_fill(one, slots)]
        if not suited:
            raise SampleDataError(f"no product fills {each.pattern!r} of shoppers.yaml; remove it")
        product = rng.choice(suited)
        words = {name: _spoken(product, name, each.pattern, rng) for name in slots}
        want = Want(
            types=(each.type,),
            brand=product.brand.name if "{brand}" in each.pattern else None,
            facts=_accepted({name: (product.facts[name],) for name in slots})
            + _accepted(each.facts),
        )
        text = fill(each.pattern, words | {"brand": product.brand.name.lower()})
        yield Query(text, query_class, want)


def _accepted(facts: Mapping[str, Iterable[str]]) -> AcceptedValues:
    """Return for each fact all values that a shopper accepts who asks for those of ``facts``."""
    broader = vocabulary().relations.broader_values
    return tuple(
        (name, tuple(one for value in values for one in broader.get(name, {}).get(value, (value,))))
        for name, values in facts.items()
    )


def _can_fill(each: Stocked, slots: Sequence[str]) -> bool:
    never_asked = shopper_words().never_asked
    return all(name in each.facts and each.facts[name] not in never_asked for name in slots)


def _spoken(each: Stocked, name: str, pattern: str, rng: random.Random) -> str:
    """Return a fact of a product as a shopper types it."""
    value = each.facts[name]
    if f"size {{{name}}}" in pattern:
        return value.lower()
    spoken = shopper_words().spoken_values
    if value in spoken:
        return rng.choice(spoken[value])
    if value.endswith(" in"):
        return spell(value, "tight" if " x " in value else "word")
    return spell(value, rng.choice(("tight", "tight", "spaced", "word"))).lower()


def _misspelled(queries: Sequence[Query], rng: random.Random) -> Iterator[Query]:
    """Yield for each typo one of ``queries`` that has its word."""
    for wrong, right in shopper_words().typos.items():
        suited = [query for query in queries if right in query.text.split()]
        if suited:
            query = rng.choice(suited)
            words = [wrong if word == right else word for word in query.text.split()]
            yield Query(" ".join(words), "misspelling", query.want)

"""The shoppers' queries with what each of them wants. For measuring only, see ``shoppers``."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gram_es.sample import shoppers
from gram_es.sample.catalogue import Stocked
from gram_es.sample.chance import source
from gram_es.sample.judging import Want, accepted
from gram_es.sample.quantities import spell

# Each class with how many queries of it are asked at most.
CLASSES = {
    "type": 42,
    "attributes": 70,
    "brand": 32,
    "synonym": 64,
    "misspelling": 42,
    "use": 46,
    "unit": 32,
}
_SLOT = re.compile(r"\{(\w+)\}")
_SAID = {
    "male": ("mens", "men's", "men"),
    "female": ("womens", "women's", "ladies", "women"),
    "S": ("small", "s"),
    "M": ("medium", "m"),
    "L": ("large", "l"),
    "XL": ("xl", "x large"),
}
_UNASKED = frozenset({"unisex", "none", "no lid", "plain"})  # values that nobody types


@dataclass(frozen=True, slots=True)
class Query:
    """A query of one of ``CLASSES``; ``foreign`` are the words that no relevant product has."""

    text: str
    query_class: str
    want: Want
    foreign: tuple[str, ...] = ()


def compose_queries(stock: Sequence[Stocked], seed: int) -> tuple[Query, ...]:
    """Return the queries, class by class, each text once."""
    rng = source(seed, "queries")
    queries = [
        *_read(shoppers.TYPES, "type"),
        *_fill(shoppers.ASKS, "attributes", stock, rng),
        *_fill(shoppers.BRAND_ASKS, "brand", stock, rng),
        *_read(shoppers.UNITS, "unit"),
    ]
    queries += [
        *_misspell(queries, rng),
        *_read(shoppers.SYNONYMS, "synonym"),
        *_read_uses(),
    ]
    distinct = list({query.text: query for query in reversed(queries)}.values())
    return tuple(
        query
        for query_class, most in CLASSES.items()
        for query in _draw(
            [each for each in distinct if each.query_class == query_class], most, rng
        )
    )


def _draw(queries: list[Query], most: int, rng: random.Random) -> list[Query]:
    return rng.sample(queries, min(len(queries), most))


def unsold_queries() -> tuple[str, ...]:
    """Return queries for things that the shop does not sell."""
    return tuple(text for text, *_ in _rows(shoppers.UNSOLD))


def _rows(table: str) -> Iterator[tuple[str, str, str, str]]:
    for line in table.strip().splitlines():
        text, types, wishes, words = (*(part.strip() for part in line.split("|")), "", "", "")[:4]
        yield text, types, wishes, words


def _read(table: str, query_class: str) -> Iterator[Query]:
    for text, types, wishes, words in _rows(table):
        want = _want(tuple(part.strip() for part in types.split(",")), wishes)
        yield Query(text, query_class, want, tuple(words.split()))


def _read_uses() -> Iterator[Query]:
    for text, use, types, _ in _rows(shoppers.USES):
        yield Query(text, "use", Want(types=(types,) if types else (), use=use))


def _want(types: tuple[str, ...], wishes: str) -> Want:
    parts = [part.strip() for part in wishes.split(";") if part.strip()]
    pairs = [part.split("=") for part in parts if "=" in part]
    return Want(
        types=types,
        facts=tuple((name, _accept_all(name, values)) for name, values in pairs if name != "use"),
        missing=tuple(part[1:] for part in parts if part.startswith("!")),
        use=next((value for name, value in pairs if name == "use"), None),
    )


def _accept_all(name: str, values: str) -> tuple[str, ...]:
    return tuple(one for value in values.split(",") for one in accepted(name, value))


def _fill(
    table: str, query_class: str, stock: Sequence[Stocked], rng: random.Random
) -> Iterator[Query]:
    """Yield a query for each pattern, asking for a product that the shop has."""
    for kind, pattern, wishes, _ in _rows(table):
        slots = [name for name in _SLOT.findall(pattern) if name != "brand"]
        able = [each for each in stock if each.kind.key == kind and _askable(each, slots)]
        each = rng.choice(able)
        words = {name: _word(each, name, pattern, rng) for name in slots}
        text = pattern.format(brand=each.brand.name.lower(), **words)
        facts = tuple((name, accepted(name, each.facts[name])) for name in slots)
        brand = each.brand.name if "{brand}" in pattern else None
        fixed = _want((kind,), wishes).facts
        yield Query(text, query_class, Want(types=(kind,), brand=brand, facts=facts + fixed))


def _askable(each: Stocked, slots: Sequence[str]) -> bool:
    return all(each.facts.get(name, "none") not in _UNASKED for name in slots)


def _word(each: Stocked, name: str, pattern: str, rng: random.Random) -> str:
    value = each.facts[name]
    if f"size {{{name}}}" in pattern:
        return value.lower()
    if value in _SAID:
        return rng.choice(_SAID[value])
    if value.endswith(" in"):
        return spell(value, "tight" if " x " in value else "word")
    return spell(value, rng.choice(("tight", "tight", "spaced", "word"))).lower()


def _misspell(queries: Sequence[Query], rng: random.Random) -> Iterator[Query]:
    """Yield for each typo one of ``queries`` that has its word."""
    for wrong, right, *_ in _rows(shoppers.TYPOS):
        able = [query for query in queries if right in query.text.split()]
        if able:
            query = rng.choice(able)
            words = [wrong if word == right else word for word in query.text.split()]
            yield Query(" ".join(words), "misspelling", query.want)

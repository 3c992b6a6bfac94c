"""Judge the queries: a grade depends on the product's facts, not on its text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from gram_es.records import Judgment, Product
from gram_es.sample.queries import CLASSES, Intent, Query
from gram_es.sample.stock import StockItem, random_source
from gram_es.sample.vocabulary import vocabulary

_DEV_SHARE = 0.4
_MAX_LOOKALIKES = 20
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with its judgments, best grade first."""

    query: Query
    judgments: tuple[Judgment, ...]


def judge(
    queries: Iterable[Query], stock: Sequence[StockItem], products: Sequence[Product], seed: int
) -> tuple[JudgedQuery, ...]:
    """Return the queries for which at least one product has grade 3, with their judgments."""
    judged = (
        JudgedQuery(query, tuple(_judge_query(query, stock, products, seed))) for query in queries
    )
    return tuple(each for each in judged if each.judgments and each.judgments[0].relevance == 3)


def split_judged(
    judged: Sequence[JudgedQuery], seed: int
) -> tuple[tuple[JudgedQuery, ...], tuple[JudgedQuery, ...]]:
    """Return (dev, test): dev is a random two fifths of each class; test is all other queries."""
    rng = random_source(seed, "split")
    dev: set[str] = set()
    for query_class in CLASSES:
        texts = [each.query.text for each in judged if each.query.query_class == query_class]
        dev.update(rng.sample(texts, round(len(texts) * _DEV_SHARE)))
    return (
        tuple(each for each in judged if each.query.text in dev),
        tuple(each for each in judged if each.query.text not in dev),
    )


def grade(each: StockItem, intent: Intent) -> int | None:
    """Return the grade of a product from 3 to 0, or ``None`` if its type is unrelated.

    - 3: the type is wanted, and the product meets every requirement.
    - 2: the type is wanted, and of several requirements the product misses only one, which is
      negotiable.
    - 1: the type is wanted, but the product misses more than for grade 2. Or the type is a sibling
      of a wanted type, and the product meets every requirement.
    - 0: the type is a sibling of a wanted type, and the product misses a requirement.
    """
    is_wanted_type = _has_wanted_type(each, intent)
    if not is_wanted_type and not _related(_siblings(), each, intent.types):
        return None
    missed = list(_missed(each, intent))
    if is_wanted_type:
        requirements = len(intent.facts) + (intent.brand is not None) + (intent.use is not None)
        if len(missed) == 1 and requirements > 1 and _is_negotiable(missed[0]):
            return 2
        return 1 if missed else 3
    return 0 if missed else 1


def is_lookalike(each: StockItem, intent: Intent, wanted_types: Collection[str]) -> bool:
    """Return whether a product without a grade resembles what the shopper wants."""
    if intent.brand is not None and each.brand.name == intent.brand:
        return True
    return _related(_lookalikes(), each, wanted_types)


def _judge_query(
    query: Query, stock: Sequence[StockItem], products: Sequence[Product], seed: int
) -> Iterator[Judgment]:
    grades = {each.number: grade(each, query.intent) for each in stock}
    ranked = sorted(
        ((relevance, number) for number, relevance in grades.items() if relevance is not None),
        key=lambda pair: (-pair[0], pair[1]),
    )
    for relevance, number in ranked:
        yield Judgment(query.text, products[number].id, relevance)
    for number in _draw_lookalikes(query, stock, grades, seed):
        yield Judgment(query.text, products[number].id, 0)


def _draw_lookalikes(
    query: Query, stock: Sequence[StockItem], grades: dict[int, int | None], seed: int
) -> list[int]:
    met = {each.kind.key for each in stock if grades[each.number] == 3}
    wrong = [
        each.number
        for each in stock
        if grades[each.number] is None and is_lookalike(each, query.intent, met)
    ]
    rng = random_source(seed, query.text)
    return sorted(rng.sample(wrong, min(len(wrong), _MAX_LOOKALIKES)))


def _has_wanted_type(each: StockItem, intent: Intent) -> bool:
    if intent.types:
        return each.kind.key in intent.types
    return intent.use in each.kind.uses


def _is_negotiable(missed: str) -> bool:
    return not missed.startswith("!") and missed not in vocabulary().relations.firm_facts


def _missed(each: StockItem, intent: Intent) -> Iterator[str]:
    """Yield the name of each requirement that the product misses.

    ``!`` before a name marks a requirement that is never negotiable.
    """
    if intent.brand is not None and each.brand.name != intent.brand:
        yield "!brand"
    if intent.use is not None and intent.use not in each.uses:
        yield "!use"
    for name, values in intent.facts:
        if each.facts.get(name) not in values:
            yield name
    for name in intent.missing:
        if name in each.facts:
            yield f"!{name}"


def _related(
    related: Mapping[str, frozenset[str]], each: StockItem, wanted_types: Collection[str]
) -> bool:
    return not related.get(each.kind.key, _NONE).isdisjoint(wanted_types)


@cache
def _siblings() -> Mapping[str, frozenset[str]]:
    return _both_ways(vocabulary().relations.siblings)


@cache
def _lookalikes() -> Mapping[str, frozenset[str]]:
    return _both_ways(vocabulary().relations.lookalikes)


def _both_ways(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    related: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        related[one].add(other)
        related[other].add(one)
    return {key: frozenset(others) for key, others in related.items()}

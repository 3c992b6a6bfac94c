"""Judgments of the queries: grades that follow from what a product is, not from its text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from gram_es.records import Judgment, Product
from gram_es.sample.queries import CLASSES, Query, Want
from gram_es.sample.stock import Stocked, random_source
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
    queries: Iterable[Query], stock: Sequence[Stocked], products: Sequence[Product], seed: int
) -> tuple[JudgedQuery, ...]:
    """Return the queries for which some product has grade 3, each with all its judgments."""
    judged = (
        JudgedQuery(query, tuple(_judge_query(query, stock, products, seed))) for query in queries
    )
    return tuple(each for each in judged if each.judgments and each.judgments[0].relevance == 3)


def split_judged(
    judged: Sequence[JudgedQuery], seed: int
) -> tuple[tuple[JudgedQuery, ...], tuple[JudgedQuery, ...]]:
    """Return (dev, test): two fifths of each class, and the rest."""
    rng = random_source(seed, "split")
    dev: set[str] = set()
    for query_class in CLASSES:
        texts = [each.query.text for each in judged if each.query.query_class == query_class]
        dev.update(rng.sample(texts, round(len(texts) * _DEV_SHARE)))
    return (
        tuple(each for each in judged if each.query.text in dev),
        tuple(each for each in judged if each.query.text not in dev),
    )


def grade(each: Stocked, want: Want) -> int | None:
    """Return the grade of a product from 3 to 0, or None if its type is unrelated.

    3: it meets every wish. 2: of several wishes it misses one that is negotiable. 1: only its type
    is right, or it is a sibling type that meets every wish. 0: a sibling type that misses a wish.
    """
    fits = _fits_type(each, want)
    if not fits and not _related(_siblings(), each, want.types):
        return None
    missed = list(_missed(each, want))
    if fits:
        wishes = len(want.facts) + (want.brand is not None) + (want.use is not None)
        if len(missed) == 1 and wishes > 1 and _is_negotiable(missed[0]):
            return 2
        return 1 if missed else 3
    return 0 if missed else 1


def is_lookalike(each: Stocked, want: Want, wanted_types: Collection[str]) -> bool:
    """Return whether a product without a grade is a tempting wrong answer."""
    if want.brand is not None and each.brand.name == want.brand:
        return True
    return _related(_lookalikes(), each, wanted_types)


def _judge_query(
    query: Query, stock: Sequence[Stocked], products: Sequence[Product], seed: int
) -> Iterator[Judgment]:
    grades = {each.number: grade(each, query.want) for each in stock}
    ranked = sorted(
        ((relevance, number) for number, relevance in grades.items() if relevance is not None),
        key=lambda pair: (-pair[0], pair[1]),
    )
    for relevance, number in ranked:
        yield Judgment(query.text, products[number].id, relevance)
    for number in _draw_lookalikes(query, stock, grades, seed):
        yield Judgment(query.text, products[number].id, 0)


def _draw_lookalikes(
    query: Query, stock: Sequence[Stocked], grades: dict[int, int | None], seed: int
) -> list[int]:
    met = {each.kind.key for each in stock if grades[each.number] == 3}
    wrong = [
        each.number
        for each in stock
        if grades[each.number] is None and is_lookalike(each, query.want, met)
    ]
    rng = random_source(seed, query.text)
    return sorted(rng.sample(wrong, min(len(wrong), _MAX_LOOKALIKES)))


def _fits_type(each: Stocked, want: Want) -> bool:
    if want.types:
        return each.kind.key in want.types
    return want.use in each.kind.uses


def _is_negotiable(missed: str) -> bool:
    return not missed.startswith("!") and missed not in vocabulary().relations.firm_facts


def _missed(each: Stocked, want: Want) -> Iterator[str]:
    """Yield the wishes that ``each`` does not meet: names of facts, or a name after ``!``."""
    if want.brand is not None and each.brand.name != want.brand:
        yield "!brand"
    if want.use is not None and want.use not in each.uses:
        yield "!use"
    for name, values in want.facts:
        if each.facts.get(name) not in values:
            yield name
    for name in want.missing:
        if name in each.facts:
            yield f"!{name}"


def _related(
    related: Mapping[str, frozenset[str]], each: Stocked, wanted_types: Collection[str]
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

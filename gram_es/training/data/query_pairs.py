"""Queries with the products that satisfy them: from judgments, or synthesised from the catalogue.

A synthetic query is what a shopper could type to find one product: a few of its facts, a span of
its title, or some of its rarer words. Every product that holds all its words is relevant.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gram_es.records import Judgment
from gram_es.text.normalise import is_word, normalise
from gram_es.text.words import stems, stop_words
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import Mined

MAX_RELEVANT = 200
_RELEVANT_SEARCHED = 10
_LEAST_GAIN = 0.1
_MAX_FACT_WORDS = 4


@dataclass(frozen=True, slots=True)
class QueryExample:
    """A normalised query with its relevant products.

    ``products`` is ``(n,)`` int64, ascending, every relevant one; ``gains`` is ``(n,)`` in (0, 1];
    ``rejected`` are products that somebody judged and found wrong; ``judged`` tells a shopper's
    query from a synthetic one.
    """

    text: str
    products: NDArray[np.int64]
    gains: NDArray[np.float64]
    rejected: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    judged: bool = False

    def gains_among(self, rows: Mapping[int, int]) -> dict[int, float]:
        """Return the gains of the relevant products that have a row, by row."""
        pairs = zip(self.products.tolist(), self.gains.tolist(), strict=True)
        return {rows[product]: gain for product, gain in pairs if product in rows}


def part_to_search(
    examples: Iterable[QueryExample], *, products: int, others: int, chance: np.random.Generator
) -> list[int]:
    """Return a part of the catalogue to measure retrieval on, as product numbers, ascending.

    It holds a few relevant products of each example, and ``others`` of ``products`` by chance.
    """
    wanted = {n for example in examples for n in example.products[:_RELEVANT_SEARCHED].tolist()}
    drawn = chance.permutation(products)[:others].tolist()
    return sorted(wanted.union(drawn))


def from_judgments(catalogue: Catalogue, judgments: Iterable[Judgment]) -> list[QueryExample]:
    """Return one example a query; products that the catalogue lacks are skipped.

    The gain is the square of the grade's place between the lowest and the highest grade of the
    file, so that half-right products count little: on three raters' means of 1 to 3 it is within
    .2 of gains that were chosen by hand. Below a tenth a product counts as rejected; with one grade
    only, every product is relevant.
    """
    graded: dict[str, dict[int, float]] = defaultdict(dict)
    for judgment in judgments:
        number = catalogue.number_of_id.get(judgment.product_id)
        if number is not None:
            graded[normalise(judgment.query)][number] = judgment.relevance
    grades = [grade for found in graded.values() for grade in found.values()]
    if not grades:
        return []
    low, high = min(grades), max(grades)
    floor = low if high > low else low - 1.0
    examples = []
    for text, found in graded.items():
        gains = {n: ((g - floor) / (high - floor)) ** 2 for n, g in found.items()}
        relevant = {n: g for n, g in gains.items() if g >= _LEAST_GAIN and found[n] > 0}
        if text and relevant:
            rejected = np.array([n for n in gains if n not in relevant], dtype=np.int64)
            examples.append(replace(_example(text, relevant), rejected=rejected, judged=True))
    return examples


def _example(text: str, gains: dict[int, float]) -> QueryExample:
    products = sorted(gains)
    return QueryExample(
        text, np.array(products, dtype=np.int64), np.array([gains[n] for n in products])
    )


def synthesise(catalogue: Catalogue, count: int, *, seed: int) -> list[QueryExample]:
    """Return up to ``count`` different synthetic queries, spread evenly over the products."""
    chance = random.Random(seed)  # noqa: S311
    order = list(range(len(catalogue)))
    most = max(MAX_RELEVANT, len(catalogue) // 10)
    seen: set[str] = set()
    examples: list[QueryExample] = []
    for _ in range(-(-count // max(len(order), 1))):
        chance.shuffle(order)
        for number in order:
            if len(examples) == count:
                return examples
            text = chance.choice(_MAKERS)(catalogue, number, chance)
            if text and text not in seen:
                seen.add(text)
                products = catalogue.holding_all(stems(text))
                if 0 < len(products) <= most:
                    examples.append(_satisfied_by(text, products))
    return examples


def from_codes(mined: Mined) -> list[QueryExample]:
    """Return one example a code, its label as the query: shoppers type codes word for word."""
    every = ((code.label, mined.postings.products_of(n)) for n, code in enumerate(mined.codebook))
    return [_satisfied_by(text, products) for text, products in every if len(products)]


def _satisfied_by(text: str, products: NDArray[np.int64]) -> QueryExample:
    return QueryExample(text, products, np.ones(len(products)))


def _span(catalogue: Catalogue, number: int, chance: random.Random) -> str:
    words = catalogue.titles[number].split()
    length = chance.choice((1, 2, 2, 3, 3, 4))
    start = chance.randrange(max(1, len(words) - length + 1))
    span = words[start : start + length]
    silent = stop_words()
    while span and span[0] in silent:
        span = span[1:]
    while span and span[-1] in silent:
        span = span[:-1]
    return " ".join(span) if any(is_word(w) and len(w) > 2 for w in span) else ""


def _words(catalogue: Catalogue, number: int, chance: random.Random) -> str:
    silent = stop_words()
    words = [w for w in catalogue.titles[number].split() if w not in silent]
    picked = sorted(chance.sample(range(len(words)), min(chance.choice((2, 3)), len(words))))
    return " ".join(words[i] for i in picked)


def _combined_facts(catalogue: Catalogue, number: int, chance: random.Random) -> str:
    facts = [(n, f) for n, f in catalogue.facts[number] if len(f.split()) <= _MAX_FACT_WORDS]
    kinds = [f for n, f in facts if n == "category"][-2:]
    others = [f for n, f in facts if n != "category"]
    picked = chance.sample(others, min(chance.choice((1, 1, 2, 2, 3)), len(others)))
    if kinds:
        picked.append(chance.choice(kinds))
    elif picked:
        picked.append(_span(catalogue, number, chance))
    if chance.random() < 0.3:
        chance.shuffle(picked)
    return " ".join(dict.fromkeys(" ".join(picked).split()))


def _fact_and_words(catalogue: Catalogue, number: int, chance: random.Random) -> str:
    facts = [f for _, f in catalogue.facts[number] if len(f.split()) <= _MAX_FACT_WORDS]
    fact = chance.choice(facts) if facts else ""
    return " ".join(dict.fromkeys(f"{fact} {_span(catalogue, number, chance)}".split()))


_MAKERS: tuple[Callable[[Catalogue, int, random.Random], str], ...] = (
    _span,
    _span,
    _words,
    _combined_facts,
    _combined_facts,
    _fact_and_words,
)


def misspell(text: str, chance: random.Random) -> str:
    """Return ``text`` with a slip in one longer word: a letter lost, doubled, swapped, wrong."""
    words = text.split()
    long = [i for i, w in enumerate(words) if len(w) >= 4 and is_word(w)]
    if not long:
        return text
    at = chance.choice(long)
    word = words[at]
    place = chance.randrange(1, len(word) - 1)
    match chance.randrange(4):
        case 0:
            word = word[:place] + word[place + 1 :]
        case 1:
            word = word[:place] + word[place] + word[place:]
        case 2:
            word = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        case _:
            word = word[:place] + chance.choice("aeiourstln") + word[place + 1 :]
    words[at] = word
    return " ".join(words)

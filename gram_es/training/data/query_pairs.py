"""Build queries with their relevant products, from judgments or from the catalogue.

A synthetic query is what a shopper could type to find one product: some of its facts, a span of its
title, or some words of its title. Every product that contains all words of the query is relevant.
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
from gram_es.training.data.codebook_mining import MinedCodebook

MAX_RELEVANT = 200
_MAX_RELEVANT_SEARCHED = 10
_MIN_GAIN = 0.1
_MAX_FACT_WORDS = 4


@dataclass(frozen=True, slots=True)
class QueryExample:
    """A normalised query with its relevant products.

    ``products`` are the numbers of all relevant products, ``(n,)`` int64, ascending. ``gains`` are
    the relevance of these products, ``(n,)`` in (0, 1]. ``rejected`` are the numbers of products
    that were judged irrelevant. ``judged`` is true for a query from the judgments, and false for a
    synthetic query.
    """

    text: str
    products: NDArray[np.int64]
    gains: NDArray[np.float64]
    rejected: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    judged: bool = False

    def gains_by_row(self, rows: Mapping[int, int]) -> dict[int, float]:
        """Return, by row, the gains of relevant products; skip products without a row.

        :param rows: row numbers by product number.
        """
        pairs = zip(self.products.tolist(), self.gains.tolist(), strict=True)
        return {rows[product]: gain for product, gain in pairs if product in rows}


def sample_products_to_search(
    examples: Iterable[QueryExample], *, products: int, others: int, rng: np.random.Generator
) -> list[int]:
    """Return the numbers of a sample of products to measure retrieval on, ascending.

    The sample contains some relevant products of each example, and random other products.

    :param products: how many products the catalogue has.
    :param others: how many random products to draw.
    """
    relevant = {
        number
        for example in examples
        for number in example.products[:_MAX_RELEVANT_SEARCHED].tolist()
    }
    drawn = rng.permutation(products)[:others].tolist()
    return sorted(relevant.union(drawn))


def examples_from_judgments(
    catalogue: Catalogue, judgments: Iterable[Judgment]
) -> list[QueryExample]:
    """Return one example for each judged query; skip products that the catalogue lacks.

    A product's gain is the square of its grade, after all grades have been scaled to the range from
    0 to 1. The square makes partly relevant products count little. For grades from 1 to 3, each the
    mean of three raters, gains are within .2 of gains that were chosen by hand. A product with a
    gain below .1, or a grade of 0 or less, counts as rejected. If all grades are equal, all gains
    are 1.
    """
    graded: dict[str, dict[int, float]] = defaultdict(dict)
    for judgment in judgments:
        number = catalogue.number_by_id.get(judgment.product_id)
        if number is not None:
            graded[normalise(judgment.query)][number] = judgment.relevance
    grades = [grade for by_product in graded.values() for grade in by_product.values()]
    if not grades:
        return []
    low, high = min(grades), max(grades)
    floor = low if high > low else low - 1.0
    examples = []
    for text, grades_by_product in graded.items():
        gains = {n: ((g - floor) / (high - floor)) ** 2 for n, g in grades_by_product.items()}
        relevant = {n: g for n, g in gains.items() if g >= _MIN_GAIN and grades_by_product[n] > 0}
        if text and relevant:
            rejected = np.array([n for n in gains if n not in relevant], dtype=np.int64)
            examples.append(replace(_example(text, relevant), rejected=rejected, judged=True))
    return examples


def _example(text: str, gains: dict[int, float]) -> QueryExample:
    products = sorted(gains)
    return QueryExample(
        text, np.array(products, dtype=np.int64), np.array([gains[n] for n in products])
    )


def synthesise_examples(catalogue: Catalogue, count: int, *, seed: int) -> list[QueryExample]:
    """Return up to ``count`` examples of different synthetic queries, spread over all products."""
    rng = random.Random(seed)  # noqa: S311
    order = list(range(len(catalogue)))
    max_relevant = max(MAX_RELEVANT, len(catalogue) // 10)
    seen: set[str] = set()
    examples: list[QueryExample] = []
    for _ in range(-(-count // max(len(order), 1))):
        rng.shuffle(order)
        for number in order:
            if len(examples) == count:
                return examples
            text = rng.choice(_QUERY_GENERATORS)(catalogue, number, rng)
            if text and text not in seen:
                seen.add(text)
                products = catalogue.products_with_all_stems(stems(text))
                if 0 < len(products) <= max_relevant:
                    examples.append(_equally_relevant(text, products))
    return examples


def examples_from_codes(mined: MinedCodebook) -> list[QueryExample]:
    """Return one example for each code; the query is the label, a phrase that shoppers type."""
    pairs = ((code.label, mined.postings.products_of(n)) for n, code in enumerate(mined.codebook))
    return [_equally_relevant(text, products) for text, products in pairs if len(products)]


def _equally_relevant(text: str, products: NDArray[np.int64]) -> QueryExample:
    return QueryExample(text, products, np.ones(len(products)))


def _span(catalogue: Catalogue, number: int, rng: random.Random) -> str:
    words = catalogue.titles[number].split()
    length = rng.choice((1, 2, 2, 3, 3, 4))
    start = rng.randrange(max(1, len(words) - length + 1))
    span = words[start : start + length]
    stop = stop_words()
    while span and span[0] in stop:
        span = span[1:]
    while span and span[-1] in stop:
        span = span[:-1]
    return " ".join(span) if any(is_word(w) and len(w) > 2 for w in span) else ""


def _words(catalogue: Catalogue, number: int, rng: random.Random) -> str:
    stop = stop_words()
    words = [w for w in catalogue.titles[number].split() if w not in stop]
    picked = sorted(rng.sample(range(len(words)), min(rng.choice((2, 3)), len(words))))
    return " ".join(words[i] for i in picked)


def _combined_facts(catalogue: Catalogue, number: int, rng: random.Random) -> str:
    facts = [(n, f) for n, f in catalogue.facts[number] if len(f.split()) <= _MAX_FACT_WORDS]
    types = [f for n, f in facts if n == "category"][-2:]
    others = [f for n, f in facts if n != "category"]
    picked = rng.sample(others, min(rng.choice((1, 1, 2, 2, 3)), len(others)))
    if types:
        picked.append(rng.choice(types))
    elif picked:
        picked.append(_span(catalogue, number, rng))
    if rng.random() < 0.3:
        rng.shuffle(picked)
    return " ".join(dict.fromkeys(" ".join(picked).split()))


def _fact_and_words(catalogue: Catalogue, number: int, rng: random.Random) -> str:
    facts = [f for _, f in catalogue.facts[number] if len(f.split()) <= _MAX_FACT_WORDS]
    fact = rng.choice(facts) if facts else ""
    return " ".join(dict.fromkeys(f"{fact} {_span(catalogue, number, rng)}".split()))


_QUERY_GENERATORS: tuple[Callable[[Catalogue, int, random.Random], str], ...] = (
    _span,
    _span,
    _words,
    _combined_facts,
    _combined_facts,
    _fact_and_words,
)


def misspell(text: str, rng: random.Random) -> str:
    """Return ``text`` with a typing error in one word of four letters or more.

    One letter is dropped, doubled, swapped with the next letter, or replaced. A text without a word
    of four letters stays as it is.
    """
    words = text.split()
    long_words = [n for n, word in enumerate(words) if len(word) >= 4 and is_word(word)]
    if not long_words:
        return text
    number = rng.choice(long_words)
    word = words[number]
    position = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:position], word[position], word[position + 1 :]
    match rng.randrange(4):
        case 0:
            word = before + after
        case 1:
            word = before + letter + letter + after
        case 2:
            word = before + after[0] + letter + after[1:]
        case _:
            word = before + rng.choice("aeiourstln") + after
    words[number] = word
    return " ".join(words)

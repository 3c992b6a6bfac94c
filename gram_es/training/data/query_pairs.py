"""Build queries with their relevant products, from judgments or from the codebook."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gram_es.records import Judgment
from gram_es.text.normalise import is_word, normalise
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import MinedCodebook

_MIN_GAIN = 0.1


@dataclass(frozen=True, slots=True)
class QueryExample:
    """A normalised query with its relevant products.

    ``products`` are the numbers of all relevant products, ``(n,)`` int64, ascending. ``gains`` are
    the relevance of these products, ``(n,)`` in (0, 1]. ``rejected`` are the numbers of products
    that were judged irrelevant. ``judged`` is true for a query from the judgments, and false for
    the label of a code.
    """

    text: str
    products: NDArray[np.int64]
    gains: NDArray[np.float64]
    rejected: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    judged: bool = False


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


def examples_from_codes(mined: MinedCodebook) -> list[QueryExample]:
    """Return one example for each code; the query is the label, a phrase that shoppers type."""
    pairs = ((code.label, mined.postings.products_of(n)) for n, code in enumerate(mined.codebook))
    return [
        QueryExample(text, products.astype(np.int64), np.ones(len(products)))
        for text, products in pairs
        if len(products)
    ]


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

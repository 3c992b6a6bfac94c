"""Texts of queries and products with the codes that they are to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from gram_es.codes.codebook import Codebook
from gram_es.codes.facets import TYPE
from gram_es.codes.shopper_words import ShopperWord
from gram_es.errors import TrainingError
from gram_es.language_model.sides import PRODUCTS, QUERIES, Side
from gram_es.records import Product
from gram_es.text.normalise import normalise
from gram_es.text.product import model_text
from gram_es.text.words import content_stems
from gram_es.training.data.query_pairs import QueryExample
from gram_es.training.language_model.targets import (
    Target,
    best_target,
    code_uses,
    drawn_target,
    granularity,
)

# Of the queries to train on, so many come from each source that the catalogue has.
_SHARES: Final = {"judged": 0.4, "shopper words": 0.1, "labels": 0.2, "titles": 0.15, "uses": 0.15}
_TITLE_WORDS, _USE_WORDS = (2, 6), (4, 9)
_PRODUCT_WORDS: Final = 40
_MAX_TRIES: Final = 20  # where few products have a description, the other queries are taken


@dataclass(frozen=True, slots=True)
class CodeExample:
    """A text, whether it is a query's or a product's, and the codes that it is to have."""

    side: Side
    text: str
    target: Target


@dataclass(frozen=True)
class CodeExamples:
    """Draws examples from a catalogue and the queries that it has.

    ``codes_of`` are the codes of each product with their weights. ``queries`` are judged queries
    and labels of codes with their relevant products.
    """

    codebook: Codebook
    products: Sequence[Product]
    codes_of: Sequence[Mapping[int, float]]
    queries: Sequence[QueryExample]
    shopper_words: Sequence[ShopperWord] = ()
    granularities: tuple[int, ...] = field(init=False)
    _targets: dict[str, list[CodeExample]] = field(init=False)
    _coded: list[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "granularities", tuple(map(granularity, self.codebook)))
        object.__setattr__(self, "_targets", self._fixed())
        coded = [number for number, codes in enumerate(self.codes_of) if codes]
        object.__setattr__(self, "_coded", coded)

    def draw_query(self, rng: np.random.Generator) -> CodeExample:
        """Draw a query: judged, a word of shoppers, a label, part of a title, or a use.

        :raises TrainingError: if the catalogue has no text that leads to a code.
        """
        sources = [name for name in _SHARES if name not in self._targets or self._targets[name]]
        shares = np.array([_SHARES[name] for name in sources])
        order = rng.choice(len(sources), len(sources), replace=False, p=shares / shares.sum())
        for source in (sources[number] for number in order.tolist()):
            if fixed := self._targets.get(source):
                return fixed[int(rng.integers(len(fixed)))]
            if (example := self._part_of_product(source, rng)) is not None:
                return example
        raise _no_examples()

    def draw_product(self, rng: np.random.Generator) -> CodeExample:
        """Draw a product with some of its codes.

        :raises TrainingError: if no product has a code.
        """
        if not self._coded:
            raise _no_examples()
        number = self._coded[int(rng.integers(len(self._coded)))]
        target = drawn_target(self.codes_of[number], self.granularities, rng)
        return CodeExample(PRODUCTS, product_text(self.products[number]), target)

    def _part_of_product(self, source: str, rng: np.random.Generator) -> CodeExample | None:
        """Draw words of a title or a description, with the product's codes that they state.

        The types of the product count in any case: words of its use state none.

        :return: ``None`` if no product has such words, or hardly any.
        """
        for _ in range(_MAX_TRIES if self._coded else 0):
            number = self._coded[int(rng.integers(len(self._coded)))]
            product, codes = self.products[number], self.codes_of[number]
            is_title = source == "titles"
            text = product.title if is_title else product.description or ""
            limits = _TITLE_WORDS if is_title else _USE_WORDS
            window = _window(normalise(text).split(), limits, rng)
            words = content_stems(window)
            named = {code: weight for code, weight in codes.items() if self._is_in(code, words)}
            if words and named:
                return CodeExample(QUERIES, window, drawn_target(named, self.granularities, rng))
        return None

    def _is_in(self, code: int, words: frozenset[str]) -> bool:
        entry = self.codebook.codes[code]
        return words.issuperset(entry.key) or [f.name for f in entry.facets] == [TYPE]

    def _fixed(self) -> dict[str, list[CodeExample]]:
        """Return the queries whose targets do not change, by their source."""
        counts = np.zeros(len(self.codebook), dtype=np.int64)
        for codes in self.codes_of:
            counts[list(codes)] += 1
        found: dict[str, list[CodeExample]] = {"judged": [], "labels": [], "shopper words": []}
        for query in self.queries:
            uses = code_uses(query.products.tolist(), query.gains, self.codes_of, counts)
            if (target := best_target(uses, self.granularities)) is not None:
                source = "judged" if query.judged else "labels"
                found[source].append(CodeExample(QUERIES, query.text, target))
        for word in self.shopper_words:
            target = Target.of({self.codebook.number_by_label[word.code]: 1.0})
            found["shopper words"].append(CodeExample(QUERIES, normalise(word.words), target))
        return found


def _no_examples() -> TrainingError:
    return TrainingError(
        "no text of the catalogue leads to a code, so there is nothing to learn: train the "
        "model on this feed first, or on a larger one"
    )


def product_text(product: Product) -> str:
    """Return the beginning of what the encoder reads of a product."""
    return " ".join(model_text(product).split()[:_PRODUCT_WORDS])


def _window(words: Sequence[str], limits: tuple[int, int], rng: np.random.Generator) -> str:
    length = int(rng.integers(limits[0], limits[1] + 1))
    start = int(rng.integers(max(1, len(words) - length + 1)))
    return " ".join(words[start : start + length])

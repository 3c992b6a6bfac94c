"""The catalogue to train on: products with their texts and facts, and an index of their stems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gram_es.records import Product
from gram_es.text.normalise import normalise
from gram_es.text.product import facts, model_text
from gram_es.text.words import stems

Ids = NDArray[np.int64]


class Catalogue:
    """The products to train on; a product's position is its number everywhere in training."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = tuple(products)
        self.texts = [model_text(product) for product in products]
        self.titles = [normalise(product.title) for product in products]
        self.number_by_id = {product.id: n for n, product in enumerate(products)}

    def __len__(self) -> int:
        return len(self.products)

    @cached_property
    def facts(self) -> list[tuple[tuple[str, str], ...]]:
        """Return each product's facts, which are its brand, categories and attributes.

        A fact is a pair of a name and a normalised phrase.
        """
        return [tuple(facts(product)) for product in self.products]

    @cached_property
    def stem_sets(self) -> list[frozenset[str]]:
        """Return the stems of each product's text."""
        return [frozenset(stems(text)) for text in self.texts]

    @cached_property
    def products_by_stem(self) -> dict[str, Ids]:
        """Return, by stem, the numbers of the products that contain the stem, ascending."""
        numbers_by_stem: dict[str, list[int]] = {}
        for number, product_stems in enumerate(self.stem_sets):
            for stem in product_stems:
                numbers_by_stem.setdefault(stem, []).append(number)
        return {stem: np.array(numbers) for stem, numbers in numbers_by_stem.items()}

    def products_with_all_stems(self, wanted: Iterable[str]) -> Ids:
        """Return the numbers of the products that contain all ``wanted`` stems, ascending."""
        wanted = set(wanted)
        postings = [self.products_by_stem.get(stem) for stem in wanted]
        known_postings = sorted((p for p in postings if p is not None), key=len)
        if not known_postings or len(known_postings) < len(postings):
            return np.empty(0, dtype=np.int64)
        rarest, *others = known_postings
        if len(rarest) * len(others) < 4_000:  # sets are faster here
            sets = self.stem_sets
            return np.array([n for n in rarest.tolist() if wanted <= sets[n]], dtype=np.int64)
        for posting in others:
            rarest = np.intersect1d(rarest, posting, assume_unique=True)
        return rarest

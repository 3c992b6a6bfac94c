"""A catalogue as training sees it: texts, stems, and who holds which word."""

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
    """Products in order; a product's position is its number everywhere in training."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = tuple(products)
        self.texts = [model_text(product) for product in products]
        self.titles = [normalise(product.title) for product in products]
        self.number_of_id = {product.id: n for n, product in enumerate(products)}

    def __len__(self) -> int:
        return len(self.products)

    @cached_property
    def facts(self) -> list[tuple[tuple[str, str], ...]]:
        """Return ``(name, normalised phrase)`` a product: brand, category levels, attributes."""
        return [tuple(facts(product)) for product in self.products]

    @cached_property
    def stem_sets(self) -> list[frozenset[str]]:
        """Return the stems of each product's text."""
        return [frozenset(stems(text)) for text in self.texts]

    @cached_property
    def holders(self) -> dict[str, Ids]:
        """Return the products that hold each stem, ascending."""
        found: dict[str, list[int]] = {}
        for number, held in enumerate(self.stem_sets):
            for stem in held:
                found.setdefault(stem, []).append(number)
        return {stem: np.array(numbers) for stem, numbers in found.items()}

    def holding_all(self, wanted: Iterable[str]) -> Ids:
        """Return the products that hold every one of the stems, ascending."""
        postings = [self.holders.get(stem) for stem in set(wanted)]
        known = sorted((p for p in postings if p is not None), key=len)
        if not known or len(known) < len(postings):
            return np.empty(0, dtype=np.int64)
        rarest, *others = known
        if len(rarest) * len(others) < 4_000:
            sets = self.stem_sets
            need = set(wanted)
            return np.array([n for n in rarest.tolist() if need <= sets[n]], dtype=np.int64)
        for posting in others:
            rarest = np.intersect1d(rarest, posting, assume_unique=True)
        return rarest

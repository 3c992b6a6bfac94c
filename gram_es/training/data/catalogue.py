"""The catalogue to train on: products with their titles and facts."""

from __future__ import annotations

from collections.abc import Sequence

from gram_es.records import Product
from gram_es.text.normalise import normalise


class Catalogue:
    """The products to train on; a product's position is its number everywhere in training."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = tuple(products)
        self.titles = [normalise(product.title) for product in products]
        self.number_by_id = {product.id: n for n, product in enumerate(products)}

    def __len__(self) -> int:
        return len(self.products)

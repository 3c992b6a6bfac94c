"""Answer the questions of the parser of conditions from the products of a catalogue."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from gram_es.records import Product
from gram_es.text.identifiers import identifier_key, product_identifiers
from gram_es.text.normalise import normalise
from gram_es.text.product import search_text


class TitleCatalogue:
    """A :class:`~gram_es.retrieval.conditions.catalogue.Catalogue` of products in memory."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = products

    @cached_property
    def currencies(self) -> frozenset[str]:
        """The ISO codes of the currencies that prices are in."""
        return frozenset(product.currency for product in self._products if product.currency)

    @cached_property
    def _titles(self) -> tuple[str, ...]:
        return tuple(f" {normalise(product.title)} " for product in self._products)

    def has_in_title(self, phrase: str) -> bool:
        """Return whether the title of a product contains ``phrase``."""
        words = f" {normalise(phrase)} "
        return any(words in title for title in self._titles)

    def has_in_text(self, phrase: str) -> bool:
        """Return whether the text of a product contains ``phrase``."""
        words = f" {normalise(phrase)} "
        return any(words in f" {search_text(product)} " for product in self._products)

    @cached_property
    def _brands(self) -> frozenset[str]:
        return frozenset(product.brand.casefold() for product in self._products if product.brand)

    def has_brand(self, name: str) -> bool:
        """Return whether a product has this brand, in whichever case."""
        return name.casefold() in self._brands

    @cached_property
    def _identifiers(self) -> list[str]:
        return sorted({key for product in self._products for key in product_identifiers(product)})

    def _first_identifier_from(self, key: str) -> str:
        """Return the first identifier in order that is not before ``key``; empty if none is."""
        place = bisect_left(self._identifiers, key)
        return self._identifiers[place] if place < len(self._identifiers) else ""

    def has_identifier(self, written: str) -> bool:
        """Return whether ``written`` is an identifier of a product, whatever its punctuation."""
        key = identifier_key(written)
        return bool(key) and self._first_identifier_from(key) == key

    def starts_identifier(self, written: str) -> bool:
        """Return whether ``written`` is an identifier of a product, or the start of one."""
        key = identifier_key(written)
        return bool(key) and self._first_identifier_from(key).startswith(key)

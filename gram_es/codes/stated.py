"""The codes that a product states: by its fields, or by a phrase of its title."""

from __future__ import annotations

from dataclasses import dataclass

from gram_es.codes.codebook import Codebook
from gram_es.records import Product
from gram_es.text.normalise import normalise
from gram_es.text.product import facts
from gram_es.text.words import stems

_MAX_PHRASE_WORDS = 4


@dataclass(frozen=True, slots=True)
class StatedCodes:
    """The numbers of the codes that a product states, ascending.

    ``by_field`` contains the codes whose facets the product's fields state. ``by_phrase`` contains
    the codes that only a phrase of the title states: "case for iPhone" states "iphone".
    """

    by_field: tuple[int, ...]
    by_phrase: tuple[int, ...]


class CodeMatcher:
    """Find the codes of a codebook that a product states."""

    def __init__(self, codebook: Codebook) -> None:
        self._number_by_key = codebook.number_by_key

    def stated(self, product: Product) -> StatedCodes:
        """Return the codes that the product's fields or its title state."""
        by_field = {self._number_by_key.get(stems(phrase)) for _, phrase in facts(product)}
        title = stems(normalise(product.title))
        spans = (
            title[start : start + length]
            for length in range(1, _MAX_PHRASE_WORDS + 1)
            for start in range(len(title) - length + 1)
        )
        by_phrase = {self._number_by_key.get(span) for span in spans} - by_field
        return StatedCodes(
            tuple(sorted(code for code in by_field if code is not None)),
            tuple(sorted(code for code in by_phrase if code is not None)),
        )

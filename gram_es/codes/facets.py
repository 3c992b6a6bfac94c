"""Read what a product states about itself: its types, brand, attribute values and quantities."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from gram_es.codes.codebook import Codebook, Facet
from gram_es.codes.titles import (
    Words,
    key_of,
    noun_phrases,
    segments,
    suffixes,
    title_quantities,
)
from gram_es.records import Product
from gram_es.text.normalise import is_word, normalise
from gram_es.text.product import short_attribute_phrases
from gram_es.text.units import UNITS

_CACHED_VALUES = 65_536
TYPE, BRAND = "type", "brand"
DEPARTMENT = "department"
"""The facet of a category level above the type of a product."""
KIND = "kind"
"""The facet of an attribute that the shop calls "type", which often names a variety: "robot"."""


class FacetReader:
    """Read the facets of products.

    :param types: the text of each type of the catalogue, by its stems.
    :param units: the words that make a number in a title a quantity.
    :param values: words that name a value, such as colours. They are no part of a type at the end
        of a title, whether or not the product's fields state them.
    """

    def __init__(
        self, types: Mapping[Words, str], units: Collection[str], values: Collection[str] = ()
    ) -> None:
        self._types = types
        self._values = frozenset(values)
        self.units = frozenset(units) | UNITS
        self.type_keys = frozenset(types)

    @classmethod
    def of(cls, codebook: Codebook) -> FacetReader:
        """Return a reader that knows the types and the units of a codebook."""
        facets = {facet for code in codebook for facet in code.facets}
        texts = {facet.value for facet in facets if facet.name in (TYPE, DEPARTMENT)}
        types = {key_of(tuple(text.split())): text for text in texts}
        units = {facet.name for facet in facets if is_quantity(facet.value, facet.name)}
        values = {
            facet.value
            for facet in facets
            if facet.name not in (TYPE, DEPARTMENT) and key_of((facet.value,)) not in types
        }
        return cls(types, units, values)

    def read(self, product: Product) -> tuple[Facet, ...]:
        """Return the facets of a product: types from the most specific, brand, attributes.

        A quantity of the title is named by its unit, unless an attribute states it. The category
        levels above the type come last.
        """
        attributes = list(attribute_facets(product))
        brand = normalise(product.brand or "")
        named = [Facet(BRAND, brand)] if brand else []
        known = {facet.value for facet in (*named, *attributes)}
        leaf, *departments = self._category_types(product) or (None,)
        types = [
            Facet(TYPE, text)
            for text in (leaf, *self._title_types(product, known | self._values))
            if text
        ]
        above = (Facet(DEPARTMENT, text) for text in departments if text)
        quantities = (
            Facet(unit, amount)
            for unit, amount in title_quantities(product.title, self.units)
            if amount not in known
        )
        return tuple(dict.fromkeys((*types, *named, *attributes, *quantities, *above)))

    def _category_types(self, product: Product) -> list[str]:
        """Return the category levels that are types, from the leaf to the root.

        The levels of the main path precede those of the others. A part of a level such as "leashes
        & collars" counts if it ends a phrase of the title.
        """
        found = []
        for level in (level for path in product.category_paths for level in reversed(path)):
            words = tuple(normalise(level).split())
            for part in (words, *category_parts(words)):
                text = self._types.get(key_of(part))
                if text is not None and (part == words or _ends_phrase(part, product.title)):
                    found.append(text)
        return found

    def _title_types(self, product: Product, own: Collection[str]) -> Iterator[str]:
        words = (word for part in segments(product.title) for word in part)
        values = self._values.intersection(words).union(own)
        for phrase in noun_phrases(product.title, without=values):
            for suffix in suffixes(key_of(phrase)):
                if suffix in self._types:
                    yield self._types[suffix]


def bare_types(codebook: Codebook) -> dict[str, int]:
    """Return the number of the code that claims a type and nothing else, by the type."""
    return {
        code.facets[0].value: number
        for number, code in enumerate(codebook)
        if [facet.name for facet in code.facets] == [TYPE]
    }


def attribute_facets(product: Product) -> Iterator[Facet]:
    """Yield the facets of the short attribute values of a product."""
    for name, values in product.attributes.items():
        for value in values:
            facet = _attribute_facet(name, value)
            if facet is not None:
                yield facet


@lru_cache(maxsize=_CACHED_VALUES)
def _attribute_facet(name: str, value: str) -> Facet | None:
    """Return the facet of one attribute value, or ``None`` if it is long or without a word."""
    product = Product("", "", attributes={name: (value,)})
    phrase = next((phrase for _, phrase in short_attribute_phrases(product)), None)
    normalised = shared_name(normalise(name))
    if phrase is None or not normalised:
        return None
    return Facet(KIND if normalised in (TYPE, BRAND) else normalised, phrase)


def shared_name(name: str) -> str:
    """Return the normalised name of an attribute without a number at its end.

    "Connector 1" and "connector 2" are one attribute with two values.
    """
    words = name.split()
    while len(words) > 1 and words[-1].isdecimal():
        words.pop()
    return " ".join(words)


def category_parts(words: Words) -> tuple[Words, ...]:
    """Return the parts of a category level around "and", or nothing if there is no "and"."""
    if "and" not in words[1:-1]:
        return ()
    cut = words.index("and", 1)
    return words[:cut], words[cut + 1 :]


def _ends_phrase(words: Words, title: str) -> bool:
    key = key_of(words)
    return any(key_of(phrase)[-len(key) :] == key for phrase in noun_phrases(title))


def is_quantity(value: str, unit: str) -> bool:
    """Return whether a value is a number followed by ``unit``."""
    number, _, rest = value.partition(" ")
    return rest == unit and not is_word(number)

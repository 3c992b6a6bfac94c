"""The codes that a product states: by its fields, or by a phrase of its title."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gram_es.codes.codebook import Codebook, Facet
from gram_es.codes.facets import FacetReader
from gram_es.codes.titles import Words, heads, key_of, segments
from gram_es.records import Product
from gram_es.text.negation import is_denied

MAX_PHRASE_WORDS = 4


@dataclass(frozen=True, slots=True)
class StatedCodes:
    """The numbers of the codes that a product states, ascending.

    ``by_field`` contains the codes whose facets the product's fields state. ``by_phrase`` contains
    the codes that only a phrase of the title states: "case for iPhone" states "iphone".
    """

    by_field: tuple[int, ...]
    by_phrase: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        """Return the numbers of all these codes."""
        return self.by_field + self.by_phrase


class CodeMatcher:
    """Find the codes of a codebook that a product states."""

    def __init__(self, codebook: Codebook) -> None:
        self._reader = FacetReader.of(codebook)
        self._number_by_key = codebook.number_by_key
        self._facet_codes = _by_rarest_value(codebook)

    def facets(self, product: Product) -> tuple[Facet, ...]:
        """Return the facets of a product, as far as the codebook knows them."""
        return self._reader.read(product)

    def stated(self, product: Product, facets: Sequence[Facet] | None = None) -> StatedCodes:
        """Return the codes that the product's fields or its title state.

        A value counts under whichever name it is stated: "white" is a colour or a finish.

        :param facets: what :meth:`facets` returned for the product, if it is known.
        """
        facets = self.facets(product) if facets is None else facets
        values = {key_of(tuple(facet.value.split())) for facet in facets}
        by_field = set(self._codes_of(values))
        numbers = map(self._number_by_key.get, title_phrases(product.title))
        by_phrase = {number for number in numbers if number is not None} - by_field
        return StatedCodes(tuple(sorted(by_field)), tuple(sorted(by_phrase)))

    def _codes_of(self, values: Collection[Words]) -> Iterator[int]:
        for value in values:
            for number, others in self._facet_codes.get(value, ()):
                if others.issubset(values):
                    yield number


def title_phrases(title: str) -> Iterator[Words]:
    """Yield the stems of each run of at most four words of a title, within its punctuation.

    A run behind a negation is left out: a "non dimmable bulb" is no dimmable bulb.
    """
    return _runs(map(key_of, segments(title)))


def head_phrases(title: str) -> frozenset[Words]:
    """Return the phrases of a title that stand before a preposition, such as "for"."""
    return frozenset(_runs(map(key_of, heads(title))))


def _runs(keys: Iterable[Words]) -> Iterator[Words]:
    for key in keys:
        for start in (n for n in range(len(key)) if not is_denied(key, n)):
            for end in range(start + 1, min(start + MAX_PHRASE_WORDS, len(key)) + 1):
                yield key[start:end]


def _by_rarest_value(codebook: Codebook) -> dict[Words, list[tuple[int, frozenset[Words]]]]:
    """Return, by value, the codes of which it is the rarest value, with their other values."""
    values = [_values(code.facets) for code in codebook]
    frequency = Counter(value for code in values for value in code)
    by_value: dict[Words, list[tuple[int, frozenset[Words]]]] = defaultdict(list)
    for number, code in enumerate(values):
        if code:
            rarest = min(code, key=lambda value: (frequency[value], value))
            by_value[rarest].append((number, code - {rarest}))
    return dict(by_value)


def _values(facets: Iterable[tuple[str, str]]) -> frozenset[Words]:
    return frozenset(key_of(tuple(value.split())) for _, value in facets)

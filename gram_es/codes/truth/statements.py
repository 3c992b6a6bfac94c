"""What a product states about itself, by its fields and by its title."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gram_es.codes.codebook import Facet
from gram_es.codes.facets import BRAND, TYPE, FacetReader
from gram_es.codes.stated import title_phrases
from gram_es.codes.titles import Words, heads, key_of, segments
from gram_es.codes.truth.claims import Claim, ValueNames, facet_claims
from gram_es.codes.truth.exclusion import Exclusions
from gram_es.codes.truth.hints import Hints
from gram_es.codes.truth.rivals import Rivals
from gram_es.records import Product
from gram_es.text.normalise import normalise
from gram_es.text.words import stems


@dataclass(frozen=True, slots=True)
class Statement:
    """What a product states.

    ``checked`` are the stated claims whose attribute has one value; ``mentioned`` are the values
    that the product's fields or its title name. ``denied`` are the values that the title denies.
    """

    types: tuple[str, ...]
    stated: frozenset[Claim]
    checked: frozenset[Claim]
    mentioned: frozenset[Words]
    denied: frozenset[Claim]

    @property
    def mentioned_stems(self) -> frozenset[str]:
        """The stems of the values that are mentioned."""
        return frozenset(stem for key in self.mentioned for stem in key)


class StatementReader:
    """Read the statements of products by the rules of a catalogue."""

    def __init__(
        self, reader: FacetReader, values: ValueNames, exclusions: Exclusions, hints: Hints
    ) -> None:
        self._units = reader.units
        self._values = values
        self._exclusions = exclusions
        self._hints = hints

    def read(self, product: Product, facets: Sequence[Facet], rivals: Rivals) -> Statement:
        """Return what a product states.

        The title states values of attributes that the fields leave open.

        :param facets: the facets of the product.
        :param rivals: knows the brands that a text may mention.
        """
        types = tuple(facet.value for facet in facets if facet.name == TYPE)
        fields = set(facet_claims(facets, self._units))
        known = {name for name, _ in fields}
        overridden = self._hints.overridden(product.title, self._values.names)
        titled = (
            *(claim for claim in self._named(product.title, types) if claim[1] not in overridden),
            *self._hints.named_quantities(product.title, types, self._units),
        )
        stated = fields.union(claim for claim in titled if claim[0] not in known)
        checked = frozenset(
            claim
            for claim in stated
            if claim[0] == BRAND or self._exclusions.is_single(claim[0], types)
        )
        mentioned = {*title_phrases(product.title)} - overridden | {key for _, key in stated}
        if any(name == BRAND for name, _ in checked):
            mentioned |= rivals.mentioned(BRAND, _text_stems(product))
        denied = frozenset(
            claim
            for words in segments(product.title)
            for claim in self._values.denied(key_of(words))
            if claim[0] not in known
        )
        return Statement(types, frozenset(stated), checked, frozenset(mentioned), denied)

    def _named(self, title: str, types: Sequence[str]) -> Iterator[Claim]:
        """Yield the values that a title names before a preposition.

        "Cordless" is no kind of vacuum cleaner where it is one of irons only.
        """
        for words in heads(title):
            for claim in self._values.named(key_of(words)):
                if self._exclusions.may_have(types, claim):
                    yield claim


def _text_stems(product: Product) -> frozenset[str]:
    values = (value for values in product.attributes.values() for value in values)
    texts: Iterable[str] = (product.title, product.description or "", *values)
    return frozenset(stem for text in texts for stem in stems(normalise(text)))

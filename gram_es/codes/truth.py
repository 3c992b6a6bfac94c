"""Decide which codes contradict what a product or a query states.

Types are never a contradiction, since shops name one thing in several ways. A value contradicts
another one of its attribute only if products of the type have one value of the attribute, and no
product has both values.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.claims import Claim, ValueNames, code_claims, facet_claims, text_claims
from gram_es.codes.codebook import Codebook
from gram_es.codes.exclusion import Exclusions, fit_exclusions
from gram_es.codes.facets import BRAND, TYPE, FacetReader
from gram_es.codes.guesses import Guesses
from gram_es.codes.hints import Hints, fit_hints
from gram_es.codes.rivals import Rivals
from gram_es.codes.stated import title_phrases
from gram_es.codes.titles import Words, key_of, prepositions, segments
from gram_es.codes.value_codes import ValueCodes
from gram_es.errors import ModelError
from gram_es.records import Product
from gram_es.text.normalise import normalise
from gram_es.text.words import stems

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a product states.

    ``checked`` are the stated claims whose attribute has one value; ``mentioned`` are the values
    that the product's fields or its title name.
    """

    types: tuple[str, ...]
    stated: frozenset[Claim]
    checked: frozenset[Claim]
    mentioned: frozenset[Words]

    @property
    def mentioned_stems(self) -> frozenset[str]:
        """The stems of the values that are mentioned."""
        return frozenset(stem for key in self.mentioned for stem in key)


class TruthRules:
    """The attributes of a catalogue whose values exclude each other, applied to a codebook."""

    def __init__(self, exclusions: Exclusions, hints: Hints, codebook: Codebook) -> None:
        self._exclusions = exclusions
        self._hints = hints
        self._reader = FacetReader.of(codebook)
        self._units = self._reader.units
        self._values = ValueNames(exclusions.names)
        self._claims = [
            tuple(sorted(code_claims(code, self._values, self._units))) for code in codebook
        ]
        self._rivals = Rivals(self._claims, exclusions.together)
        types = [[facet.value for facet in code.facets if facet.name == TYPE] for code in codebook]
        self._untyped: Mask = np.array([not found for found in types], dtype=np.bool_)
        self._codes_by_type: dict[str, list[int]] = defaultdict(list)
        for number, found in enumerate(types):
            for product_type in found:
                self._codes_by_type[product_type].append(number)
        self._specific: Mask = np.array(
            [len(code.facets) > len(found) > 0 for code, found in zip(codebook, types, strict=True)]
        )
        self._value_codes = ValueCodes(codebook, self._claims)
        self._single = self._rivals.select(
            lambda code, name: name == BRAND or exclusions.is_single(name, types[code])
        )

    @classmethod
    def fit(cls, products: Sequence[Product], codebook: Codebook) -> TruthRules:
        """Find the attributes of which products of a type have exactly one value."""
        reader = FacetReader.of(codebook)
        facets = [reader.read(product) for product in products]
        exclusions = fit_exclusions(products, facets, reader)
        types = [[facet.value for facet in found if facet.name == TYPE] for found in facets]
        claims = [
            {
                claim
                for claim in facet_claims(found, reader.units)
                if claim[0] != BRAND and exclusions.is_single(claim[0], own)
            }
            for found, own in zip(facets, types, strict=True)
        ]
        return cls(exclusions, fit_hints(products, claims, types, reader.units), codebook)

    def save(self, path: Path) -> None:
        """Write the rules as JSON."""
        data = {**self._exclusions.to_json(), "hints": self._hints.to_json()}
        path.write_text(json.dumps(data, indent=0), encoding="utf-8")

    @classmethod
    def load(cls, path: Path, codebook: Codebook) -> TruthRules:
        """Read rules written by :meth:`save`.

        :raises ModelError: if the file is missing or damaged.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            exclusions, hints = Exclusions.from_json(data), Hints.from_json(data["hints"])
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelError(
                f"cannot read the truth rules {path}: {error!r}; train the model again or copy its "
                "folder again"
            ) from None
        return cls(exclusions, hints, codebook)

    def contradicted(self, product: Product) -> Mask:
        """Return, for each code, whether the product's data contradicts it: ``(codes,)``."""
        statement = self._read(product)
        return self._rivals.contradicted(statement.checked, statement.mentioned)

    def foreign_brands(self, product: Product) -> Mask:
        """Return, for each code, whether it names a brand that the product is not of: ``(codes,)``.

        A brand that the product's text names is not foreign: "compatible with".
        """
        statement = self._read(product)
        brands = {claim for claim in statement.checked if claim[0] == BRAND}
        return self._rivals.contradicted(brands, statement.mentioned)

    def inferable(
        self, product: Product, candidates: Numbers, scores: Scores, floors: Scores
    ) -> Mask:
        """Return which candidates may be inferred for a product: ``(candidates,)``.

        A candidate must not be contradicted. A code of another type must claim nothing else: a sofa
        may be a couch, but not a green couch or one of another brand. If a candidate claims a value
        of an attribute of which the product's fields and text name no value, the claim is a guess.
        It must be credible and fit better than each rival, see
        :class:`~gram_es.codes.guesses.Guesses`. A value that the description names, or that the
        words of the title imply, beats every guess.

        :param candidates: the numbers of the codes that may be inferred, best first.
        :param scores: how well each code fits the product: ``(codes,)``.
        :param floors: the lowest credible score of each code: ``(codes,)``.
        """
        statement = self._read(product)
        contradicted = self._rivals.contradicted(statement.checked, statement.mentioned)
        allowed: Mask = ~contradicted[candidates]
        if statement.types:
            allowed &= ~self._specific[candidates] | self._of_types(statement.types)[candidates]
        guesses = Guesses(
            self._value_codes, statement.types, self._exclusions.together, scores, floors
        )
        names = {name for name, _ in statement.stated}
        words = key_of(tuple(normalise(product.description or "").split()))
        for claim in (*self._values.named(words), *self._hints.implied(product.title)):
            guesses.know(claim)
        text = statement.mentioned_stems.union(words)
        for code in candidates[allowed].tolist():
            for name, key in self._claims[code]:
                if name not in names and self._exclusions.is_single(name, statement.types):
                    guesses.add(code, (name, key))
                    if text.issuperset(key):
                        guesses.know((name, key))
        lost = guesses.lost()
        allowed &= np.array([code not in lost for code in candidates.tolist()], dtype=np.bool_)
        return allowed

    def _read(self, product: Product) -> _Statement:
        facets = self._reader.read(product)
        types = tuple(facet.value for facet in facets if facet.name == TYPE)
        stated = set(facet_claims(facets, self._units))
        known = {name for name, _ in stated}
        stated |= set(self._named_in_title(product, known))
        quantities = self._hints.named_quantities(product.title, types, self._units)
        stated |= {claim for claim in quantities if claim[0] not in known}
        checked = frozenset(
            claim
            for claim in stated
            if claim[0] == BRAND or self._exclusions.is_single(claim[0], types)
        )
        mentioned = {key for _, key in stated}.union(title_phrases(product.title))
        if any(name == BRAND for name, _ in checked):
            mentioned |= self._rivals.mentioned(BRAND, _text_stems(product))
        return _Statement(types, frozenset(stated), checked, frozenset(mentioned))

    def contradicted_by_query(self, normalised: str) -> Mask:
        """Return, for each code, whether a facet that the query names contradicts it: ``(codes,)``.

        :param normalised: the query in normal form.
        """
        words = tuple(normalised.split())
        named: dict[str, set[Words]] = defaultdict(set)
        for name, key in text_claims(words, self._values, self._units):
            named[name].add(key)
        mentioned = {key for keys in named.values() for key in keys}
        mask: Mask = np.zeros(len(self._untyped), dtype=np.bool_)
        for name, keys in named.items():
            rivals = self._rivals.contradicted(
                ((name, key) for key in keys), mentioned, self._single
            )
            mask |= rivals if self._is_general(name) else rivals & self._plausible(keys)
        return mask

    def _of_types(self, types: Iterable[str]) -> Mask:
        """Return which codes claim one of these types: ``(codes,)``."""
        mask: Mask = np.zeros(len(self._untyped), dtype=np.bool_)
        for product_type in types:
            mask[self._codes_by_type.get(product_type, [])] = True
        return mask

    def _is_general(self, name: str) -> bool:
        return name == BRAND or name in self._units

    def _plausible(self, keys: Iterable[Words]) -> Mask:
        """Return which codes a query that names these values may ask for: ``(codes,)``.

        "Stick" in a query for a stick blender is a value of vacuum cleaners, if only they have it.
        """
        mask = self._untyped.copy()
        for key in keys:
            mask |= self._of_types(self._exclusions.types.get(key, ()))
        return mask

    def _named_in_title(self, product: Product, known: set[str]) -> Iterator[Claim]:
        """Yield what the title names of attributes that the product's fields do not state."""
        stops = prepositions()
        for words in segments(product.title):
            end = next((n for n, word in enumerate(words) if n and word in stops), len(words))
            for name, key in self._values.named(key_of(words[:end])):
                if name not in known:
                    yield name, key


def _text_stems(product: Product) -> frozenset[str]:
    values = (value for values in product.attributes.values() for value in values)
    texts: Iterable[str] = (product.title, product.description or "", *values)
    return frozenset(stem for text in texts for stem in stems(normalise(text)))

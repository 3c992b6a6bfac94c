"""Decide which codes contradict what a product or a query states.

Types are never a contradiction, since shops name one thing in several ways. A value contradicts
another one of its attribute only if products of the type have one value of the attribute, and no
product has both values.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.codes.facets import BRAND, TYPE, FacetReader
from gram_es.codes.titles import Words, key_of, quantities
from gram_es.codes.truth.claims import (
    ValueNames,
    code_claims,
    facet_claims,
    in_other_system,
    is_compatible,
    is_of_same_part,
    text_claims,
)
from gram_es.codes.truth.counting import Counting
from gram_es.codes.truth.exclusion import Exclusions, fit_exclusions
from gram_es.codes.truth.guesses import Guesses
from gram_es.codes.truth.hints import Hints, fit_hints
from gram_es.codes.truth.rivals import Rivals
from gram_es.codes.truth.statements import Statement, StatementReader
from gram_es.codes.truth.type_codes import TypeCodes
from gram_es.codes.truth.value_codes import ValueCodes
from gram_es.errors import ModelError
from gram_es.records import Product
from gram_es.text.negation import is_denied
from gram_es.text.normalise import is_word, normalise

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


class TruthRules:
    """The attributes of a catalogue whose values exclude each other, applied to a codebook."""

    def __init__(self, exclusions: Exclusions, hints: Hints, codebook: Codebook) -> None:
        self._exclusions = exclusions
        self._hints = hints
        self._reader = FacetReader.of(codebook)
        self._units = self._reader.units
        self._values = ValueNames(exclusions.names)
        self._claims = [
            tuple(sorted(code_claims(code, self._values, self._units, hints.meant)))
            for code in codebook
        ]
        self._statements = StatementReader(self._reader, self._values, exclusions, hints)
        self._rivals = Rivals(self._claims, exclusions.together)
        self._counting = Counting(codebook, self._units)
        self._types = TypeCodes(codebook)
        self._is_numbered = np.array([self._has_number(code) for code in codebook], np.bool_)
        self._value_codes = ValueCodes(codebook, self._claims)
        self._single = self._rivals.select(
            lambda code, name: name == BRAND or exclusions.is_single(name, self._types.types[code])
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
        return self._contradicted(self._read(product))

    def foreign_brands(self, product: Product) -> Mask:
        """Return, for each code, whether it names a brand that the product is not of: ``(codes,)``.

        A brand that the product's text names is not foreign: "compatible with".
        """
        statement = self._read(product)
        brands = {claim for claim in statement.checked if claim[0] == BRAND}
        return self._rivals.contradicted(brands, statement.mentioned)

    def inferable(
        self,
        product: Product,
        facets: Sequence[Facet],
        candidates: Numbers,
        scores: Scores,
        floors: Scores,
    ) -> Mask:
        """Return which candidates may be inferred for a product: ``(candidates,)``.

        A candidate must not be contradicted, and no phrase with a number that measures nothing: no
        vector tells a size 12 from a size 10. If it claims more than a type, it must be credible:
        it fits the product about as well as the products that state it. And its type must be one
        that the product may have: a sofa may be a couch, but not a green couch.

        If a candidate claims a value of an attribute of which the product's fields and text name no
        value, the claim is a guess, which must fit better than each rival, see
        :class:`~gram_es.codes.truth.guesses.Guesses`. A value that the description names, or that
        the words of the title imply, beats every guess.

        :param facets: the facets of the product.
        :param candidates: the numbers of the codes that may be inferred, best first.
        :param scores: how well each code fits the product: ``(codes,)``.
        :param floors: the lowest credible score of each code: ``(codes,)``.
        """
        statement = self._statements.read(product, facets, self._rivals)
        names = {name for name, _ in statement.stated}
        description = key_of(tuple(normalise(product.description or "").split()))
        contradicted = self._contradicted(statement)
        contradicted |= self._rivals.naming(
            claim for claim in self._values.denied(description) if claim[0] not in names
        )
        allowed: Mask = ~(contradicted | self._is_numbered)[candidates]
        plausible = self._types.plausible(product.title, statement.types, scores)
        allowed &= (~self._types.specific | (plausible & (scores >= floors)))[candidates]
        guesses = Guesses(
            self._value_codes, statement.types, self._exclusions.together, scores, floors
        )
        for claim in (*self._values.named(description), *self._hints.implied(product.title)):
            guesses.know(claim)
        text = statement.mentioned_stems.union(
            stem for n, stem in enumerate(description) if not is_denied(description, n)
        )
        for code in candidates[allowed].tolist():
            for name, key in self._claims[code]:
                if name not in names and self._exclusions.is_single(name, statement.types):
                    guesses.add(code, (name, key))
                    if text.issuperset(key):
                        guesses.know((name, key))
        lost = guesses.lost()
        allowed &= np.array([code not in lost for code in candidates.tolist()], dtype=np.bool_)
        return allowed

    def _contradicted(self, statement: Statement) -> Mask:
        rivals = self._rivals.contradicted(statement.checked, statement.mentioned)
        return rivals | self._rivals.naming(statement.denied)

    def _has_number(self, code: Code) -> bool:
        """Return whether a phrase contains a number that measures nothing: "size 12"."""
        words = tuple(code.label.split())
        measured = {amount.split()[0] for _, amount in quantities(words, self._units)}
        return not code.facets and not all(is_word(w) or w in measured for w in words)

    def _read(self, product: Product) -> Statement:
        return self._statements.read(product, self._reader.read(product), self._rivals)

    def contradicted_by_query(self, normalised: str) -> Mask:
        """Return, for each code, whether a facet that the query names contradicts it: ``(codes,)``.

        :param normalised: the query in normal form.
        """
        words = tuple(normalised.split())
        named: dict[str, set[Words]] = defaultdict(set)
        named_directly = text_claims(words, self._values, self._units)
        for name, key in (*named_directly, *self._hints.meant_in_query(normalised)):
            named[name].add(key)
        mentioned = {key for keys in named.values() for key in keys}
        for claim in [(name, key) for name, keys in named.items() for key in keys]:
            for other, key in in_other_system(claim):
                named[other].add(key)
                sizes = self._rivals.values(other)
                mentioned |= {size for size in sizes if not is_of_same_part(key, size)}
        mask = self._rivals.naming(self._values.denied(key_of(words)))
        for name, keys in named.items():
            rivals = self._rivals.contradicted(
                ((name, key) for key in keys), mentioned, self._single, is_compatible
            )
            mask |= rivals if self._is_general(name) else rivals & self._plausible(keys)
        mask[self._counting.others(words)] = True
        return mask

    def _is_general(self, name: str) -> bool:
        return name == BRAND or name in self._units

    def _plausible(self, keys: Iterable[Words]) -> Mask:
        """Return which codes a query that names these values may ask for: ``(codes,)``.

        "Stick" in a query for a stick blender is a value of vacuum cleaners, if only they have it.
        """
        mask = self._types.untyped.copy()
        for key in keys:
            mask |= self._types.of(self._exclusions.types.get(key, ()))
        return mask

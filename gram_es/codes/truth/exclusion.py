"""Learn from a catalogue which values of an attribute exclude each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gram_es.codes.codebook import Facet
from gram_es.codes.facets import BRAND, TYPE, FacetReader
from gram_es.codes.stated import title_phrases
from gram_es.codes.titles import Words
from gram_es.codes.truth.claims import Claim, ValueNames, facet_claims, follows
from gram_es.records import Product

ANY_TYPE = ""
_MIN_SINGLE_SHARE = 0.95
_MIN_PRODUCTS = 5
_MIN_NAME_SHARE = 0.6
_MIN_MEANING_SHARE = 0.5

Pair = tuple[Words, Words]


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Which attributes have one value, and which of their values occur together after all.

    ``single`` maps a type to the attributes of which its products have one value; the empty type
    stands for all products. ``types`` maps a value that a text may name to the types that have it.
    ``together`` contains the ordered pairs of values of an attribute that
    a product has both of. ``names`` maps a value that a text may name to its attribute.
    """

    single: Mapping[str, frozenset[str]]
    together: Mapping[str, frozenset[Pair]]
    names: Mapping[Words, str]
    types: Mapping[Words, frozenset[str]]

    def is_single(self, name: str, types: Iterable[str]) -> bool:
        """Return whether products of the first known type, or all products, have one value."""
        for product_type in types:
            if product_type in self.single:
                return name in self.single[product_type]
        return name in self.single.get(ANY_TYPE, ())

    def may_have(self, types: Collection[str], claim: Claim) -> bool:
        """Return whether products of one of the types have the value; brands are of any type."""
        name, key = claim
        known = self.types.get(key, frozenset())
        return name == BRAND or not types or not known or not known.isdisjoint(types)

    def to_json(self) -> dict[str, Any]:
        """Return the exclusions as JSON data; stems are joined by blanks."""
        return {
            "single": {name: sorted(names) for name, names in sorted(self.single.items())},
            "together": {
                name: sorted([" ".join(one), " ".join(other)] for one, other in pairs)
                for name, pairs in sorted(self.together.items())
            },
            "names": {" ".join(key): name for key, name in sorted(self.names.items())},
            "types": {" ".join(key): sorted(names) for key, names in sorted(self.types.items())},
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Exclusions:
        """Read what :meth:`to_json` returned.

        :raises KeyError: if a part is missing.
        """
        return cls(
            {name: frozenset(names) for name, names in data["single"].items()},
            {
                name: frozenset((tuple(a.split()), tuple(b.split())) for a, b in pairs)
                for name, pairs in data["together"].items()
            },
            {tuple(key.split()): name for key, name in data["names"].items()},
            {tuple(key.split()): frozenset(names) for key, names in data["types"].items()},
        )


def fit_exclusions(
    products: Sequence[Product], facets: Sequence[Sequence[Facet]], reader: FacetReader
) -> Exclusions:
    """Count which values occur alone.

    :param facets: what ``reader`` reads from each product.
    """
    claims = [frozenset(facet_claims(found, reader.units)) for found in facets]
    titles = [frozenset(title_phrases(product.title)) for product in products]
    types = [[f.value for f in found if f.name == TYPE] for found in facets]
    values = ValueNames(_names(claims, titles, types, reader.type_keys))
    return Exclusions(
        _single(claims, types),
        _together(claims),
        values.names,
        _types(claims, types, values),
    )


def _types(
    claims: Sequence[frozenset[Claim]], types: Sequence[Sequence[str]], values: ValueNames
) -> dict[Words, frozenset[str]]:
    found: dict[Words, set[str]] = defaultdict(set)
    for stated, product_types in zip(claims, types, strict=True):
        for _, key in stated:
            if key in values.names:
                found[key].update(product_types)
    return {key: frozenset(names) for key, names in found.items()}


def _single(
    claims: Sequence[frozenset[Claim]], types: Sequence[Sequence[str]]
) -> dict[str, frozenset[str]]:
    total: Counter[tuple[str, str]] = Counter()
    alone: Counter[tuple[str, str]] = Counter()
    for stated, product_types in zip(claims, types, strict=True):
        amounts = Counter(name for name, _ in stated)
        for product_type in (ANY_TYPE, *product_types):
            for name, amount in amounts.items():
                total[product_type, name] += 1
                alone[product_type, name] += amount == 1
    found: dict[str, set[str]] = defaultdict(set)
    for (product_type, name), count in total.items():
        if count >= _MIN_PRODUCTS:
            found[product_type]
            if alone[product_type, name] >= _MIN_SINGLE_SHARE * count:
                found[product_type].add(name)
    return {product_type: frozenset(names) for product_type, names in found.items()}


def _together(claims: Sequence[frozenset[Claim]]) -> dict[str, frozenset[Pair]]:
    """Return the values that say different things and that the fields of one product state.

    Titles do not count: black shoes with a white sole do not make white T-shirts of black ones.
    """
    found: dict[str, set[Pair]] = defaultdict(set)
    for stated in claims:
        by_name: dict[str, set[Words]] = defaultdict(set)
        for name, key in stated:
            by_name[name].add(key)
        for name, keys in by_name.items():
            if len(keys) > 1:
                found[name] |= {
                    (one, other) for one in keys for other in keys if not follows(other, one)
                }
    return {name: frozenset(pairs) for name, pairs in found.items() if pairs}


def _names(
    claims: Sequence[frozenset[Claim]],
    titles: Sequence[frozenset[Words]],
    types: Sequence[Sequence[str]],
    type_keys: frozenset[Words],
) -> dict[Words, str]:
    """Return the attribute of each value that a text names by the value's words.

    A word counts if most products with it in their titles state the value: "light" in a title is
    seldom the weight. Only products of types that have the value count: the brushed nickel of taps
    says nothing about the motors of drills. Values that are stated under several names are left
    out.
    """
    stated: dict[Words, Counter[str]] = defaultdict(Counter)
    having: dict[Words, set[str]] = defaultdict(set)
    for found, product_types in zip(claims, types, strict=True):
        for name, key in found:
            stated[key][name] += 1
            having[key].update(product_types[:1] or [ANY_TYPE])
    titled: Counter[Words] = Counter()
    meant: Counter[Words] = Counter()
    for found, phrases, product_types in zip(claims, titles, types, strict=True):
        keys = {key for _, key in found}
        product_type = product_types[0] if product_types else ANY_TYPE
        for phrase in phrases & stated.keys():
            if product_type in having[phrase]:
                titled[phrase] += 1
                meant[phrase] += phrase in keys
    names = {}
    for key, counts in stated.items():
        name, count = max(counts.items(), key=lambda item: (item[1], item[0]))
        is_clear = count >= _MIN_NAME_SHARE * counts.total()
        is_sign = len(key) == 1 and len(key[0]) == 1
        if (
            is_clear
            and not is_sign
            and key not in type_keys
            and meant[key] >= _MIN_MEANING_SHARE * titled[key]
        ):
            names[key] = name
    return names

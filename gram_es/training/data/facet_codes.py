"""Candidates for codes that are made of facets: types, and brands and values of a type."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from gram_es.codes.codebook import Facet
from gram_es.codes.facets import BRAND, DEPARTMENT, TYPE
from gram_es.codes.titles import Words, key_of, segments
from gram_es.records import Product
from gram_es.text.negation import negations
from gram_es.text.normalise import is_word, normalise
from gram_es.text.words import stop_words

MIN_PRODUCTS = 3
INFORMATIVE_SHARE = 0.9
_MAX_VALUE_WORDS = 3
_MAX_TYPES = 2
_MAX_FINE_VALUES = 6
_MIN_SPOKEN_SHARE = 0.05


@dataclass(slots=True)
class Candidates:
    """Possible codes by key: their facets, how many products have them, and their wordings."""

    facets: dict[Words, tuple[Facet, ...]] = field(default_factory=dict)
    counts: Counter[Words] = field(default_factory=Counter)
    surfaces: dict[Words, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def facet_candidates(
    products: Sequence[Product], facets_by_product: Sequence[tuple[Facet, ...]]
) -> Candidates:
    """Return the coarse, medium and fine codes that at least three products state.

    A code with a value that nearly all products of the type have is left out: if nearly all drying
    racks are new, "new drying racks" says no more than "drying racks".
    """
    speech = _Speech()
    for product, facets in zip(products, facets_by_product, strict=True):
        speech.hear(product, facets)
    frequency = Counter(facet for facets in facets_by_product for facet in facets)
    names = {facet.name for facet in frequency}
    places = {name: place for name in names if (place := speech.place(name)) is not None}
    combined: Counter[tuple[Facet, ...]] = Counter()
    for facets in facets_by_product:
        known = [f for f in facets if frequency[f] >= MIN_PRODUCTS]
        # a set would have another order in each process, and ties would fall another way
        combined.update(dict.fromkeys(_combinations(known, places, frequency), 1))
    return _name(combined)


def _combinations(
    facets: Sequence[Facet], places: Mapping[str, float], frequency: Counter[Facet]
) -> Iterator[tuple[Facet, ...]]:
    """Yield the facets of each code of one product: qualifiers in speaking order, then a type."""
    types = [facet for facet in facets if facet.name == TYPE]
    departments = [facet for facet in facets if facet.name == DEPARTMENT]
    brands = [facet for facet in facets if facet.name == BRAND]
    values = sorted(
        (f for f in facets if f.name in places and f.name != BRAND and _is_usable(f.value)),
        key=lambda f: (is_word(f.value), places[f.name], f),
    )
    yield from ((facet,) for facet in (*types, *departments, *brands))
    yield from ((facet,) for facet in values if is_word(facet.value))
    fine = sorted(sorted(values, key=lambda f: -frequency[f])[:_MAX_FINE_VALUES], key=values.index)
    for product_type in _distinct(types)[:_MAX_TYPES]:
        yield from ((facet, product_type) for facet in (*brands, *values))
        yield from ((*pair, product_type) for pair in combinations([*brands, *fine], 2))


def _distinct(types: Sequence[Facet]) -> list[Facet]:
    """Return the types without single words that end an earlier one: "toilet seat", "seat"."""
    keys = [key_of(tuple(facet.value.split())) for facet in types]
    return [
        facet
        for number, (facet, key) in enumerate(zip(types, keys, strict=True))
        if len(key) > 1 or not any(other[-1:] == key for other in keys[:number])
    ]


@dataclass(slots=True)
class _Speech:
    """Which attributes have values that occur in texts, and where in a title they stand.

    Nobody asks for "China cables": the country of origin stands in no title. Places run from 0 to
    1; they put a size before a color and a color before a material, as the shop's titles do.
    """

    carriers: Counter[str] = field(default_factory=Counter)
    spoken: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def hear(self, product: Product, facets: Iterable[Facet]) -> None:
        """Count which facets the texts of a product name."""
        title = [stem for words in segments(product.title) for stem in key_of(words)]
        place = {stem: n for n, stem in reversed(list(enumerate(title)))}
        text = {*title, *key_of(tuple(normalise(product.description or "").split()))}
        for facet in facets:
            key = key_of(tuple(facet.value.split()))
            self.carriers[facet.name] += 1
            if text.issuperset(key):
                self.spoken[facet.name] += 1
            if place.keys() >= set(key):
                self.places[facet.name].append(place[key[0]] / len(title))

    def place(self, name: str) -> float | None:
        """Return the mean place of an attribute in titles, or ``None`` if nobody would say it."""
        is_spoken = self.spoken[name] >= _MIN_SPOKEN_SHARE * self.carriers[name]
        if name in (TYPE, DEPARTMENT) or not is_spoken:
            return None
        return sum(self.places[name]) / max(1, len(self.places[name]))


def _is_usable(value: str) -> bool:
    words = value.split()
    stops = stop_words()
    return (
        len(words) <= _MAX_VALUE_WORDS
        and words[0] not in stops | negations()
        and words[-1] not in stops
        and any(is_word(word) and len(word) > 1 for word in words)
        and not any(not is_word(a) and not is_word(b) for a, b in pairwise(words))
    )


def _name(combined: Counter[tuple[Facet, ...]]) -> Candidates:
    """Give each combination a key and a wording; values and types with the same words are one."""
    found = Candidates()
    most: dict[Words, int] = {}
    for facets, count in combined.items():
        words = _label_words(facets)
        if count < MIN_PRODUCTS or not words or _is_uninformative(facets, count, combined):
            continue
        key = key_of(words)
        found.counts[key] += count
        found.surfaces[key][" ".join(words)] += count
        if count > most.get(key, 0):
            most[key], found.facets[key] = count, facets
    return found


def _is_uninformative(
    facets: tuple[Facet, ...], count: int, combined: Counter[tuple[Facet, ...]]
) -> bool:
    *qualifiers, last = facets
    parts: Iterable[tuple[Facet, ...]] = (
        ((*rest, last) for rest in combinations(qualifiers, len(qualifiers) - 1))
        if qualifiers
        else ()
    )
    return any(count >= INFORMATIVE_SHARE * combined[part] > 0 for part in parts)


def _label_words(facets: tuple[Facet, ...]) -> Words:
    """Return the words of a code, or nothing if one facet says what another one says."""
    words: list[str] = []
    seen: set[str] = set()
    for _, value in facets:
        part = value.split()
        stems = key_of(tuple(part))
        if not seen.isdisjoint(stems):
            return ()
        seen.update(stems)
        words += part
    return tuple(words)

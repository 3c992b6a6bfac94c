"""Candidates for codes that are bare phrases: runs of words that titles share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gram_es.codes.codebook import Facet
from gram_es.codes.facets import BRAND
from gram_es.codes.titles import Words, key_of, prepositions, segments
from gram_es.records import Product
from gram_es.text.normalise import is_word
from gram_es.text.units import UNITS
from gram_es.text.words import stop_words
from gram_es.training.data.facet_codes import MIN_PRODUCTS, Candidates

MAX_PHRASE_WORDS = 3
_MIN_WORD_CHARS = 3
_FIXED_SHARE = 0.85
_NEIGHBOURS = 2
_NUMBERED_SHARE = 0.3
_MIN_END_SHARE = 0.05
_JOINED_SHARE = 0.3
_JOINING = frozenset({"for", "of", "plus"})
_NUMBER = "#"
_END = ""


@dataclass(slots=True)
class Neighbours:
    """How often each stem has each left and right neighbour; numbers count as one word."""

    left: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    right: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, products: Sequence[Product]) -> Neighbours:
        """Count the neighbours within the segments of the products' titles."""
        found = cls()
        for product in products:
            for words in segments(product.title):
                stems = [s if is_word(s) else _NUMBER for s in key_of(words)]
                found.counts.update(key_of(words))
                for before, after in zip((_END, *stems), (*stems, _END), strict=True):
                    found.right[before][after] += 1
                    found.left[after][before] += 1
        return found

    def frequent(self, times: int) -> frozenset[str]:
        """Return the stems that occur at least so many times."""
        return frozenset(stem for stem, count in self.counts.items() if count >= times)

    def is_numbered(self, stem: str) -> bool:
        """Return whether a number is part of the name that ``stem`` starts: "windows 10"."""
        following = self.right[stem]
        return following[_NUMBER] >= _NUMBERED_SHARE * following.total() > 0

    def may_precede_noun(self, stem: str) -> bool:
        """Return whether ``stem`` hardly ever ends a segment of a title."""
        following = self.right[stem]
        return following[_END] < _MIN_END_SHARE * following.total()

    def is_joined(self, first: str, second: str) -> bool:
        """Return whether ``second`` mostly follows ``first``."""
        return self.left[second][first] >= _JOINED_SHARE * self.left[second].total()

    def is_start(self, stem: str) -> bool:
        """Return whether a phrase may start with ``stem``: its left neighbours vary."""
        return not _is_fixed(self.left[stem])

    def is_end(self, stem: str) -> bool:
        """Return whether a phrase may end with ``stem``: its right neighbours vary."""
        return not _is_fixed(self.right[stem])


def _is_fixed(neighbours: Counter[str]) -> bool:
    """Return whether nearly always the same one or two words stand there."""
    total = neighbours.total()
    inner = [count for word, count in neighbours.most_common(_NEIGHBOURS + 1) if word != _END]
    return sum(inner[:_NEIGHBOURS]) >= _FIXED_SHARE * total > 0


def phrase_candidates(
    products: Sequence[Product],
    types: Collection[Words],
    facets: Mapping[Words, tuple[Facet, ...]],
) -> Candidates:
    """Return the phrases of one to three words that the titles of three products share.

    Fragments are left out: phrases that start or end within a fixed expression, such as "sleeve
    t shirt", amounts without their thing, such as "20 sheets", and values behind a type, such as
    "headphones silver". The keys of ``facets`` are codes made of facets, which are always whole.
    """
    neighbours = Neighbours.of(products)
    frequent = neighbours.frequent(MIN_PRODUCTS)
    counts: Counter[Words] = Counter()
    for product in products:
        counts.update({key for key, _ in _runs(product, frequent)})
    shape = _Shape(neighbours, types, facets)
    found = Candidates()
    for product in products:
        for key, words in dict(_runs(product, frequent)).items():
            if counts[key] >= MIN_PRODUCTS and (key in facets or shape.is_whole(words, key)):
                found.counts[key] += 1
                found.surfaces[key][" ".join(words)] += 1
    return found


def _runs(product: Product, frequent: Collection[str]) -> Iterator[tuple[Words, Words]]:
    """Yield ``(stems, words)`` of each run of frequent words.

    No run ends with a number before its unit, or starts or ends with a stop word.
    """
    stops = stop_words()
    for words in segments(product.title):
        key = key_of(words)
        may_end = [
            word not in stops and (is_word(word) or not (next_one in UNITS or next_one == "x"))
            for word, next_one in zip(words, (*words[1:], ""), strict=True)
        ]
        for start, word in enumerate(words):
            if word in stops or _continues_name(words, start):
                continue
            for end in range(start + 1, min(start + MAX_PHRASE_WORDS, len(words)) + 1):
                if key[end - 1] not in frequent:
                    break
                if may_end[end - 1]:
                    yield key[start:end], words[start:end]


def _continues_name(words: Words, start: int) -> bool:
    """Return whether a number is part of a name such as "A5" or "cat 6"."""
    before = words[start - 1] if start else ""
    return not is_word(words[start]) and is_word(before) and 0 < len(before) <= _MIN_WORD_CHARS


class _Shape:
    """Decide which phrases are whole; the answer for each wording is kept."""

    def __init__(
        self,
        neighbours: Neighbours,
        types: Collection[Words],
        facets: Mapping[Words, tuple[Facet, ...]],
    ) -> None:
        single = {key: found[0].name for key, found in facets.items() if len(found) == 1}
        self._brands = frozenset(key for key, name in single.items() if name == BRAND)
        self._values = frozenset(key for key, name in single.items() if name != BRAND)
        self._neighbours = neighbours
        self._types = frozenset(types)
        self._nouns = frozenset(key[-1] for key in types)
        self._answers: dict[Words, bool] = {}

    def is_whole(self, words: Words, key: Words) -> bool:
        """Return whether a phrase is something that a shopper or a merchandiser would say."""
        answer = self._answers.get(words)
        if answer is None:
            answer = self._answers[words] = (
                _is_usable(words)
                and self._neighbours.is_start(key[0])
                and self._neighbours.is_end(key[-1])
                and self._ends_well(words, key)
            )
        return answer

    def _ends_well(self, words: Words, key: Words) -> bool:
        if not is_word(words[-1]) and not self._neighbours.is_numbered(key[-2]):
            return False
        if key[-1] in self._nouns:
            return True
        if not is_word(words[0]) or key[-1:] in self._brands or not self._is_complete(key):
            return False
        cuts = range(1, len(key))
        return not any(
            key[:cut] in self._types or (key[:cut] in self._brands and key[cut:] in self._values)
            for cut in cuts
        )

    def _is_complete(self, key: Words) -> bool:
        """Return whether a phrase without a noun at its end is more than the start of another.

        "Heavy duty" is fixed and "brushed nickel" ends titles; "digital kitchen" does neither.
        """
        if len(key) == 1 or not self._neighbours.may_precede_noun(key[-1]):
            return True
        return self._neighbours.is_joined(key[-2], key[-1])


def _is_usable(words: Words) -> bool:
    """Return whether a run of words can stand alone by its own words."""
    first, last = words[0], words[-1]
    stops = stop_words()
    if first in UNITS or first in stops or last in stops or _is_letter(first) or _is_letter(last):
        return False
    if not is_word(first) and (len(words) < MAX_PHRASE_WORDS or last in UNITS):
        return False
    if not prepositions().difference(_JOINING).isdisjoint(words):
        return False
    if last in UNITS and any(not is_word(word) for word in words):
        return False
    return any(is_word(word) and len(word) >= _MIN_WORD_CHARS for word in words)


def _is_letter(word: str) -> bool:
    return len(word) == 1 and is_word(word)

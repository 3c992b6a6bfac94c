"""Candidates for codes that are bare phrases: runs of words that titles share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from gram_es.codes.titles import Words, key_of, segments
from gram_es.records import Product
from gram_es.text.normalise import UNITS, is_word
from gram_es.text.words import stop_words
from gram_es.training.data.facet_codes import Candidates

MAX_PHRASE_WORDS = 3
_MIN_WORD_CHARS = 3
_FIXED_SHARE = 0.85
_NEIGHBOURS = 2
_NUMBER = "#"
_END = ""


@dataclass(slots=True)
class Neighbours:
    """How often each stem has each left and right neighbour; numbers count as one word."""

    left: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    right: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @classmethod
    def of(cls, products: Sequence[Product]) -> Neighbours:
        """Count the neighbours within the segments of the products' titles."""
        found = cls()
        for product in products:
            for words in segments(product.title):
                stems = [s if is_word(s) else _NUMBER for s in key_of(words)]
                for before, after in zip((_END, *stems), (*stems, _END), strict=True):
                    found.right[before][after] += 1
                    found.left[after][before] += 1
        return found

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


def phrase_candidates(products: Sequence[Product], exempt: Collection[Words]) -> Candidates:
    """Return the phrases of one to three words that titles share.

    Fragments are left out: phrases that start or end within a fixed expression, such as "sleeve
    t shirt", and amounts without their thing, such as "20 sheets". The keys of ``exempt`` are
    facets, which are always whole.
    """
    neighbours = Neighbours.of(products)
    starts = {stem: neighbours.is_start(stem) for stem in [*neighbours.left]}
    ends = {stem: neighbours.is_end(stem) for stem in [*neighbours.right]}
    found = Candidates()
    for product in products:
        seen: set[Words] = set()
        for words in segments(product.title):
            key = key_of(words)
            for start in range(len(words)):
                for end in range(start + 1, min(start + MAX_PHRASE_WORDS, len(words)) + 1):
                    phrase = key[start:end]
                    if phrase in seen:
                        continue
                    if phrase in exempt or (
                        _is_usable(words, start, end)
                        and starts.get(phrase[0], True)
                        and ends.get(phrase[-1], True)
                    ):
                        seen.add(phrase)
                        found.counts[phrase] += 1
                        found.surfaces[phrase][" ".join(words[start:end])] += 1
    return found


def _is_usable(words: Words, start: int, end: int) -> bool:
    """Return whether a run of words can stand alone, by its own words and the next one."""
    first, last = words[start], words[end - 1]
    stops = stop_words()
    if first in UNITS or first in stops or last in stops or _is_letter(first) or _is_letter(last):
        return False
    if not is_word(first) and (end - start < 3 or last in UNITS):
        return False
    if not is_word(last) and (end < len(words) and (words[end] in UNITS or words[end] == "x")):
        return False
    return any(is_word(word) and len(word) >= _MIN_WORD_CHARS for word in words[start:end])


def _is_letter(word: str) -> bool:
    return len(word) == 1 and is_word(word)

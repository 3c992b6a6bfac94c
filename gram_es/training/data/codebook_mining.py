"""Mine the codebook: attribute codes and contiguous title phrases.

A phrase stays when enough products hold it, not too many do, and no longer phrase says the same.
On real judgments contiguous phrases of one to three stems lost nothing against order-free sets.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from gram_es.codes.codebook import MAX_LABEL_CHARS, Code, Codebook
from gram_es.errors import TrainingError
from gram_es.text.normalise import UNITS, is_word
from gram_es.text.words import stems, stop_words
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.postings import Postings

MAX_CODES = 8_000
MAX_PHRASE_WORDS = 3
MIN_PRODUCTS = 3
MAX_SHARE = 0.2
_CLOSED_SHARE = 0.9
_TYPE_NAMES = frozenset({"type", "product type"})
_MIN_WORD_CHARS = 3
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mined:
    """A codebook with the products that hold each code's phrase or facets."""

    codebook: Codebook
    postings: Postings


def mine(catalogue: Catalogue, *, max_codes: int = MAX_CODES) -> Mined:
    """Mine at most ``max_codes`` codes, the most frequent first.

    :raises TrainingError: if no phrase or facet is shared by enough products.
    """
    surfaces: dict[Key, Counter[str]] = defaultdict(Counter)
    held: list[set[Key]] = []
    kind_of: dict[Key, Key] = {}
    for number in range(len(catalogue)):
        phrases = dict(_title_phrases(catalogue.titles[number].split()))
        for kind, pair, surface in _facet_phrases(catalogue, number):
            phrases[pair] = surface
            if kind is not None:
                kind_of[pair] = kind
        held.append(set(phrases))
        for key, surface in phrases.items():
            surfaces[key][surface] += 1
    counts = {key: forms.total() for key, forms in surfaces.items()}
    most = max(MIN_PRODUCTS, int(MAX_SHARE * len(catalogue)))
    kept = {key: n for key, n in counts.items() if MIN_PRODUCTS <= n <= most}
    kept = _telling(_closed(kept, kind_of), kind_of)
    ranked = sorted(kept, key=lambda key: (-kept[key], key))
    codes = list(_labelled(ranked, surfaces, kept))[:max_codes]
    if not codes:
        raise TrainingError(
            f"the catalogue's {len(catalogue)} products share no phrase or attribute value that "
            f"tells some of them apart, so there is nothing to make codes of: a code needs "
            f"{MIN_PRODUCTS} products or more, and at most {MAX_SHARE:.0%} of all"
        )
    codebook = Codebook(codes)
    number_of = codebook.number_of_key
    carried = [sorted(number_of[key] for key in keys if key in number_of) for keys in held]
    return Mined(codebook, Postings(carried, codes=len(codebook)))


def _title_phrases(words: list[str]) -> Iterator[tuple[Key, str]]:
    for start in range(len(words)):
        for end in range(start + 1, min(start + MAX_PHRASE_WORDS, len(words)) + 1):
            if _reads_well(words[start:end]):
                yield _coded(words[start:end])


def _facet_phrases(catalogue: Catalogue, number: int) -> Iterator[tuple[Key | None, Key, str]]:
    """Yield each facet, and each facet before each product type, with the type's key."""
    facts = catalogue.facts[number]
    kinds = [phrase for name, phrase in facts if name == "category"][-1:]
    kinds += [phrase for name, phrase in facts if name in _TYPE_NAMES]
    for name, phrase in facts:
        words = phrase.split()
        if len(words) <= MAX_PHRASE_WORDS and _reads_well(words):
            yield None, *_coded(words)
        for kind in kinds:
            pair = words + kind.split()
            if name != "category" and phrase != kind and len(pair) <= MAX_PHRASE_WORDS + 1:
                yield _coded(kind.split())[0], *_coded(pair)


def _coded(words: list[str]) -> tuple[Key, str]:
    return stems(" ".join(words)), " ".join(words)


def _reads_well(words: list[str]) -> bool:
    silent = stop_words()
    if words[0] in UNITS or words[0] in silent or words[-1] in silent:
        return False
    return any(is_word(word) and len(word) >= _MIN_WORD_CHARS for word in words)


def _closed(counts: dict[Key, int], kind_of: dict[Key, Key]) -> dict[Key, int]:
    """Drop each phrase that hardly occurs outside one longer phrase of titles."""
    redundant: set[Key] = set()
    for key, count in counts.items():
        for part in (key[1:], key[:-1]) if key not in kind_of else ():
            if part in counts and count >= _CLOSED_SHARE * counts[part]:
                redundant.add(part)
    return {key: count for key, count in counts.items() if key not in redundant}


def _telling(counts: dict[Key, int], kind_of: dict[Key, Key]) -> dict[Key, int]:
    """Drop each facet + type that says no more than the type: "new drying racks"."""
    return {
        key: count
        for key, count in counts.items()
        if key not in kind_of or count < _CLOSED_SHARE * counts.get(kind_of[key], count + 1)
    }


def _labelled(
    keys: list[Key], surfaces: dict[Key, Counter[str]], counts: dict[Key, int]
) -> Iterator[Code]:
    """Give each key its most frequent surface form; a form taken already goes to the next one."""
    taken: set[str] = set()
    for key in keys:
        forms = sorted(surfaces[key].items(), key=lambda item: (-item[1], item[0]))
        label = next((form for form, _ in forms if form not in taken), None)
        if label is not None and len(label) <= MAX_LABEL_CHARS:
            taken.add(label)
            yield Code(label, key, counts[key])

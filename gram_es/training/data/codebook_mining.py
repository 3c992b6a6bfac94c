"""Mine the codebook from the catalogue: attribute values and contiguous phrases of titles.

A phrase becomes a code under two conditions: the number of products that contain it is neither too
low nor too high, and the phrase also occurs outside longer phrases. On real judgments contiguous
phrases of one to three stems were as good as sets of stems in any order.
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
_REDUNDANT_SHARE = 0.9
_TYPE_NAMES = frozenset({"type", "product type"})
_MIN_WORD_CHARS = 3
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MinedCodebook:
    """A codebook, and which products have which codes."""

    codebook: Codebook
    postings: Postings


def mine(catalogue: Catalogue, *, max_codes: int = MAX_CODES) -> MinedCodebook:
    """Return a codebook of at most ``max_codes`` codes, the most frequent first.

    :raises TrainingError: if no phrase and no attribute value is shared by enough products.
    """
    surfaces: dict[Key, Counter[str]] = defaultdict(Counter)
    keys_by_product: list[set[Key]] = []
    type_of: dict[Key, Key] = {}
    for number in range(len(catalogue)):
        phrases = dict(_title_phrases(catalogue.titles[number].split()))
        for type_key, pair, surface in _facet_phrases(catalogue, number):
            phrases[pair] = surface
            if type_key is not None:
                type_of[pair] = type_key
        keys_by_product.append(set(phrases))
        for key, surface in phrases.items():
            surfaces[key][surface] += 1
    frequencies = {key: forms.total() for key, forms in surfaces.items()}
    max_products = max(MIN_PRODUCTS, int(MAX_SHARE * len(catalogue)))
    counts = {key: n for key, n in frequencies.items() if MIN_PRODUCTS <= n <= max_products}
    counts = _drop_uninformative_facets(_drop_redundant_parts(counts, type_of), type_of)
    ranked = sorted(counts, key=lambda key: (-counts[key], key))
    codes = list(_label_codes(ranked, surfaces, counts))[:max_codes]
    if not codes:
        raise TrainingError(
            f"the catalogue's {len(catalogue)} products share no phrase and no attribute value "
            f"that distinguishes some of them, so there are no codes: a code needs {MIN_PRODUCTS} "
            f"products or more, and at most {MAX_SHARE:.0%} of all; train on a larger feed"
        )
    codebook = Codebook(codes)
    numbers = codebook.number_by_key
    codes_by_product = [
        sorted(numbers[key] for key in keys if key in numbers) for keys in keys_by_product
    ]
    return MinedCodebook(codebook, Postings(codes_by_product, codes=len(codebook)))


def _title_phrases(words: list[str]) -> Iterator[tuple[Key, str]]:
    for start in range(len(words)):
        for end in range(start + 1, min(start + MAX_PHRASE_WORDS, len(words)) + 1):
            if _is_usable_phrase(words[start:end]):
                yield _key_and_label(words[start:end])


def _facet_phrases(catalogue: Catalogue, number: int) -> Iterator[tuple[Key | None, Key, str]]:
    """Yield the attribute values of a product, alone and with a type, such as "red lamp".

    An item has three parts: the key of the type (``None`` for a value alone), the key of the phrase
    and the text of the phrase.
    """
    facts = catalogue.facts[number]
    types = [phrase for name, phrase in facts if name == "category"][-1:]
    types += [phrase for name, phrase in facts if name in _TYPE_NAMES]
    for name, phrase in facts:
        words = phrase.split()
        if len(words) <= MAX_PHRASE_WORDS and _is_usable_phrase(words):
            yield None, *_key_and_label(words)
        for product_type in types:
            pair = words + product_type.split()
            if name != "category" and phrase != product_type and len(pair) <= MAX_PHRASE_WORDS + 1:
                yield _key_and_label(product_type.split())[0], *_key_and_label(pair)


def _key_and_label(words: list[str]) -> tuple[Key, str]:
    return stems(" ".join(words)), " ".join(words)


def _is_usable_phrase(words: list[str]) -> bool:
    stop = stop_words()
    if words[0] in UNITS or words[0] in stop or words[-1] in stop:
        return False
    return any(is_word(word) and len(word) >= _MIN_WORD_CHARS for word in words)


def _drop_redundant_parts(counts: dict[Key, int], type_of: dict[Key, Key]) -> dict[Key, int]:
    """Drop each phrase of titles that nearly always occurs within the same longer phrase."""
    redundant: set[Key] = set()
    for key, count in counts.items():
        for part in (key[1:], key[:-1]) if key not in type_of else ():
            if part in counts and count >= _REDUNDANT_SHARE * counts[part]:
                redundant.add(part)
    return {key: count for key, count in counts.items() if key not in redundant}


def _drop_uninformative_facets(counts: dict[Key, int], type_of: dict[Key, Key]) -> dict[Key, int]:
    """Drop each pair of value and type that nearly all products of the type have.

    If nearly all drying racks are new, "new drying racks" says no more than "drying racks".
    """
    return {
        key: count
        for key, count in counts.items()
        if key not in type_of or count < _REDUNDANT_SHARE * counts.get(type_of[key], count + 1)
    }


def _label_codes(
    keys: list[Key], surfaces: dict[Key, Counter[str]], counts: dict[Key, int]
) -> Iterator[Code]:
    """Yield a code for each key; its label is the key's most frequent wording.

    If another code already has this label, the next most frequent wording is the label. A key
    without a free wording, or with a label that is too long, gets no code.
    """
    labels: set[str] = set()
    for key in keys:
        forms = sorted(surfaces[key].items(), key=lambda item: (-item[1], item[0]))
        label = next((form for form, _ in forms if form not in labels), None)
        if label is not None and len(label) <= MAX_LABEL_CHARS:
            labels.add(label)
            yield Code(label, key, counts[key])

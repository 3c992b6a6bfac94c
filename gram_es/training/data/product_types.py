"""The types of a catalogue: levels of its category paths, and the nouns that end title phrases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gram_es.codes.facets import attribute_facets, category_parts
from gram_es.codes.titles import Words, key_of, noun_phrases, prepositions, segments, suffixes
from gram_es.records import Product
from gram_es.text.normalise import is_word, normalise
from gram_es.text.words import stop_words

_MIN_PRODUCTS = 5
_MIN_NOUN_SHARE = 0.12
_MIN_CLEAR_NOUN_SHARE = 0.3
_MIN_ATTACHED_SHARE = 0.15
_MIN_TITLE_SHARE = 0.2
_MIN_CHARS = 2
_MAX_AMOUNT_SHARE = 0.5
_MAX_MODEL_CHARS = 3
_MIN_AMOUNTS, _MIN_UNIT_SHARE = 3, 0.8
_ROMAN = re.compile(r"[ivx]+")
_MAX_CATEGORIES, _MIN_CATEGORY_SHARE = 2, 0.7


def find_types(products: Sequence[Product]) -> dict[Words, str]:
    """Return the text of each type, by its stems; the text is the most frequent wording."""
    surfaces: dict[Words, Counter[str]] = {}
    for text in (*_category_types(products), *_title_types(products)):
        surfaces.setdefault(key_of(tuple(text.split())), Counter())[text] += 1
    return {
        key: min(forms, key=lambda form: (-forms[form], form)) for key, forms in surfaces.items()
    }


def _category_types(products: Sequence[Product]) -> Iterator[str]:
    """Yield each category level once for each product.

    Of a last level such as "leashes & collars", the parts that end titles are types. "Casual &
    evening" ends none, and so the level above it is the type of its products.
    """
    whole: Counter[Words] = Counter()
    leaves: Counter[Words] = Counter()
    ended: Counter[tuple[Words, Words]] = Counter()
    for product in products:
        *above, leaf = [*_levels(product)] or [()]
        parts = category_parts(leaf)
        whole.update(above if parts or not leaf else (*above, leaf))
        if parts:
            leaves[leaf] += 1
            ends = {key_of(phrase)[-1] for phrase in noun_phrases(product.title)}
            ended.update((leaf, part) for part in parts if key_of(part)[-1] in ends)
    for words, count in whole.items():
        yield from [" ".join(words)] * count
    for (leaf, part), count in ended.items():
        if count >= _MIN_TITLE_SHARE * leaves[leaf] and part[-1] not in stop_words():
            yield from [" ".join(part)] * count


def _levels(product: Product) -> Iterator[Words]:
    return (tuple(words) for level in product.category if (words := normalise(level).split()))


def _title_types(products: Sequence[Product]) -> Iterator[str]:
    """Yield the noun phrases that end the titles of enough products, once for each product.

    "Toilet seats" is a type because "toilet" often stands before "seat"; "white seats" is none.
    """
    phrases = [_title_nouns(product) for product in products]
    counts = Counter(
        gram
        for product in products
        for gram in {
            key[start : start + length]
            for key in map(key_of, segments(product.title))
            for length in (1, 2)
            for start in range(len(key) - length + 1)
        }
    )
    nouns = _nouns(products, phrases, counts) - _amount_words(products)
    nouns -= _of_one_brand(products, phrases)
    ends: Counter[Words] = Counter()
    for product_phrases in phrases:
        ends.update({suffix for phrase in product_phrases for suffix in suffixes(key_of(phrase))})
    scattered = _scattered(products, phrases)
    for product_phrases in phrases:
        for phrase in product_phrases:
            for suffix in suffixes(phrase):
                key = key_of(suffix)
                if (
                    key[-1:] in nouns
                    and ends[key] >= _MIN_PRODUCTS
                    and key not in scattered
                    and _is_attached(key, suffix, counts)
                ):
                    yield " ".join(suffix)


def _of_one_brand(products: Sequence[Product], phrases: Sequence[tuple[Words, ...]]) -> set[Words]:
    """Return the last words of titles that only one brand uses, which name its series.

    In a shop of one brand no word tells a series.
    """
    brands: dict[Words, set[str | None]] = {}
    for product, found in zip(products, phrases, strict=True):
        for phrase in found:
            brands.setdefault(key_of(phrase)[-1:], set()).add(product.brand)
    if len({product.brand for product in products if product.brand}) < 2:
        return set()
    return {key for key, names in brands.items() if len(names) == 1 and None not in names}


def _scattered(products: Sequence[Product], phrases: Sequence[tuple[Words, ...]]) -> set[Words]:
    """Return the suffixes of titles that occur in many categories, such as "best seller"."""
    categories: dict[Words, Counter[str]] = {}
    for product, found in zip(products, phrases, strict=True):
        if product.category:
            for key in {suffix for phrase in found for suffix in suffixes(key_of(phrase))}:
                categories.setdefault(key, Counter())[product.category[-1]] += 1
    return {
        key
        for key, counts in categories.items()
        if sum(count for _, count in counts.most_common(_MAX_CATEGORIES))
        < _MIN_CATEGORY_SHARE * counts.total()
    }


def _title_nouns(product: Product) -> tuple[Words, ...]:
    phrases = noun_phrases(product.title, without=_values(product))
    return tuple(phrase for phrase in phrases if len(phrase) > 1)


def _values(product: Product) -> set[str]:
    return {normalise(product.brand or ""), *(facet.value for facet in attribute_facets(product))}


def _nouns(
    products: Sequence[Product], phrases: Sequence[tuple[Words, ...]], counts: Counter[Words]
) -> set[Words]:
    """Return the words that often end a noun phrase, and seldom what follows a preposition."""
    ends = Counter(key for found in phrases for key in {key_of(phrase)[-1:] for phrase in found})
    tails = Counter(key for product in products for key in _after_prepositions(product))
    return {
        key
        for key, count in ends.items()
        if count >= _MIN_PRODUCTS
        and len(key[0]) >= _MIN_CHARS
        and key[0] not in stop_words()
        and not _ROMAN.fullmatch(key[0])
        and (
            count >= _MIN_CLEAR_NOUN_SHARE * counts[key]
            or (count >= _MIN_NOUN_SHARE * counts[key] and count >= tails[key])
        )
    }


def _after_prepositions(product: Product) -> set[Words]:
    stops = prepositions()
    found = set()
    for words in segments(product.title):
        start = next((n for n, word in enumerate(words) if n and word in stops), len(words))
        found |= {key_of((word,)) for word in words[start + 1 :]}
    return found | {key_of((value,)) for _, value in attribute_facets(product) if " " not in value}


def _amount_words(products: Sequence[Product]) -> set[Words]:
    """Return the words that mostly follow a number, and the short ones that mostly precede one.

    The former are counted things or units ("12 slices"), the latter parts of model names.
    """
    total: Counter[Words] = Counter()
    beside: Counter[Words] = Counter()
    for product in products:
        for words in segments(product.title):
            total.update((stem,) for stem in key_of(words))
            for first, second in pairwise(words):
                if is_word(second) and not is_word(first):
                    beside[key_of((second,))] += 1
                elif not is_word(second) and len(first) <= _MAX_MODEL_CHARS:
                    beside[key_of((first,))] += 1
    return {key for key, count in beside.items() if count >= _MAX_AMOUNT_SHARE * total[key]}


def _is_attached(key: Words, words: Words, counts: Counter[Words]) -> bool:
    stops = stop_words()
    if any(word in stops or not is_word(word) or len(word) < _MIN_CHARS for word in words[:-1]):
        return False
    return all(counts[pair] >= _MIN_ATTACHED_SHARE * counts[pair[:1]] for pair in pairwise(key))


def find_units(products: Sequence[Product]) -> set[str]:
    """Return the words that nearly always follow a number in titles, such as "slice" or "lumen"."""
    total: Counter[str] = Counter()
    after: dict[str, Counter[str]] = {}
    for product in products:
        for words in segments(product.title):
            total.update(word for word in words if is_word(word))
            for number, word in pairwise(words):
                if is_word(word) and not is_word(number):
                    after.setdefault(word, Counter())[number] += 1
    stops = stop_words()
    return {
        word
        for word, numbers in after.items()
        if word not in stops
        and len(word) > 1
        and len(numbers) >= _MIN_AMOUNTS
        and numbers.total() >= max(_MIN_PRODUCTS, _MIN_UNIT_SHARE * total[word])
    }

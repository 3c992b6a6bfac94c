"""The lexical features of the blend: matches that neither an encoder nor BM25 rewards.

A feature is a number from 0 to 1 that compares the stems of a query with the stems of a product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gram_es.model.config import LEXICAL_FEATURES
from gram_es.text.normalise import is_word
from gram_es.text.product import MAX_STEM_CHARS
from gram_es.text.words import stop_words

_MIN_RARITY = 0.1
_EPSILON = 1e-6

Matrix = NDArray[np.float32]


def lexical_features(query: Sequence[str], products: Sequence[str]) -> Matrix:
    """Return the lexical features of every product, ``(products, features)``.

    The columns are in the order of ``LEXICAL_FEATURES``.

    :param query: the stems of the query, in order.
    :param products: the stems of each product, joined by blanks.
    """
    if not products:
        return np.zeros((0, len(LEXICAL_FEATURES)), dtype=np.float32)
    texts = [f" {text} " for text in products]
    query = [word[:MAX_STEM_CHARS] for word in query]
    ignored = stop_words()
    words = [word for word in dict.fromkeys(query) if word not in ignored]
    numbers = [word for word in words if not is_word(word)]
    columns = [
        _share(_contains(words, texts)),
        _share(_contains(numbers, texts)),
        _trigram_share(f" {' '.join(query)} ", texts),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def best_coverage(weights: Mapping[str, float], products: Sequence[str]) -> float:
    """Return the largest share of a query that one of the products contains, by weight.

    The result is 0 if the query has no stem that counts.

    :param weights: the weight of each stem of the query; a rare stem weighs more.
    :param products: the stems of each product, joined by blanks.
    """
    total = sum(weights.values())
    if not total or not products:
        return 0.0
    contained = _contains([stem[:MAX_STEM_CHARS] for stem in weights], [f" {p} " for p in products])
    return float((contained @ np.array([*weights.values()])).max() / total)


def _contains(words: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
    """Return which text contains which word, ``(texts, words)`` bool."""
    parts = [f" {word} " for word in words]
    contained = [[part in text for part in parts] for text in texts]
    return np.array(contained, dtype=np.bool_).reshape(len(texts), len(parts))


def _rarity(contains: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the weight of each part (word or trigram), ``(parts,)``.

    A part that all texts contain weighs ``_MIN_RARITY``. The rarer a part is, the more it weighs. A
    part that no text contains weighs 0.

    :param contains: which text contains which part, ``(texts, parts)``.
    """
    share = contains.mean(0)
    weights: NDArray[np.float64] = np.where(
        share > 0, _MIN_RARITY - np.log(np.maximum(share, _EPSILON)), 0.0
    )
    return weights


def _share(
    contains: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return, for each text, the weighted share of the parts that it contains.

    The share is 0 if there are no parts.

    :param contains: which text contains which part, ``(texts, parts)``.
    """
    weights = np.ones(contains.shape[1]) if weights is None else weights
    share: NDArray[np.float64] = contains @ weights / max(float(weights.sum()), _EPSILON)
    return share


def _trigram_share(query: str, texts: Sequence[str]) -> NDArray[np.float64]:
    """Return, for each text, the share of the query's trigrams that it contains.

    Rarer trigrams weigh more.
    """
    query_trigrams = np.unique(_trigrams(query))
    if not len(query_trigrams):
        return np.zeros(len(texts))
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    trigrams = _trigrams("".join(texts))
    within_one_text = owners[2:] == owners[: len(trigrams)]
    columns = np.searchsorted(query_trigrams, trigrams).clip(max=len(query_trigrams) - 1)
    hit = within_one_text & (query_trigrams[columns] == trigrams)
    contains = np.zeros((len(texts), len(query_trigrams)), dtype=np.bool_)
    contains[owners[: len(trigrams)][hit], columns[hit]] = True
    return _share(contains, _rarity(contains))


def _trigrams(text: str) -> NDArray[np.int64]:
    """Return the trigrams of a text: every three consecutive characters as one number."""
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    trigrams: NDArray[np.int64] = points[:-2] << 42 | points[1:-1] << 21 | points[2:]
    return trigrams

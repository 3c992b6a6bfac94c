"""Measure how many inferred codes are false, judged by attributes that the filter did not see."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gram_es.codes.prior import Vectors
from gram_es.codes.stated import CodeMatcher
from gram_es.codes.truth.rules import TruthRules
from gram_es.model.folder import LoadedModel
from gram_es.model.product_codes import MAX_INFERRED_CODES, ProductCoder
from gram_es.model.quantise import dequantise
from gram_es.model.query_codes import best_codes
from gram_es.records import Product

HIDDEN_SHARE = 0.2
_SAMPLE = 1_000  # products


@dataclass(frozen=True, slots=True)
class TruthMeasures:
    """Counts over the inferred codes of some products; stated codes are not among them.

    ``false`` codes contradict the whole data of the product, and ``foreign`` ones name another
    brand. ``true`` codes are those that a hidden attribute states and that the model infers without
    a filter; the filter removes ``removed`` of them.
    """

    inferred: int
    false: int
    foreign: int
    true: int
    removed: int

    @property
    def false_share(self) -> float:
        """The share of inferred codes that are false."""
        return self.false / max(1, self.inferred)

    @property
    def foreign_share(self) -> float:
        """The share of inferred codes that name another brand."""
        return self.foreign / max(1, self.inferred)

    @property
    def removed_share(self) -> float:
        """The share of true codes that the filter removes."""
        return self.removed / max(1, self.true)


def hide_attributes(
    products: Sequence[Product], *, share: float = HIDDEN_SHARE, seed: int = 0
) -> list[Product]:
    """Return the products without a random ``share`` of their attributes.

    What a title says stays visible.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable sample
    return [
        replace(
            product,
            attributes={
                name: values
                for name, values in product.attributes.items()
                if chance.random() >= share
            },
        )
        for product in products
    ]


def measure_inferred(
    parts: LoadedModel, products: Sequence[Product], stored: Sequence[bytes], *, seed: int = 0
) -> TruthMeasures:
    """Judge the codes that a model infers for a sample of products.

    The vectors know all attributes; a part of them is hidden from the filter and judges it.

    :param stored: the vectors of ``products`` as documents store them.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable sample
    drawn = chance.sample(range(len(products)), min(_SAMPLE, len(products)))
    sample = [products[number] for number in drawn]
    visible = hide_attributes(sample, seed=seed)
    vectors = dequantise([stored[number] for number in drawn])
    coder = ProductCoder(parts.codebook, parts.prior, parts.rules, parts.config)
    matcher = CodeMatcher(parts.codebook)
    numbers = parts.codebook.number_by_label
    inferred = [
        [numbers[code.label] for code in codes if not code.is_stated]
        for codes in coder.codes(visible, vectors)
    ]
    nearest = [
        _nearest(scores, matcher.stated(product).all)
        for product, scores in zip(visible, parts.prior.scores(vectors), strict=True)
    ]
    return measure_truth(sample, visible, inferred, nearest, rules=parts.rules, matcher=matcher)


def _nearest(scores: Vectors, stated: Sequence[int]) -> list[int]:
    """Return the codes that a product would get without a filter: the nearest unstated ones."""
    is_unstated = np.ones(len(scores), dtype=np.bool_)
    is_unstated[list(stated)] = False
    nearest: list[int] = best_codes(
        scores, np.flatnonzero(is_unstated), MAX_INFERRED_CODES
    ).tolist()
    return nearest


def measure_truth(
    products: Sequence[Product],
    visible: Sequence[Product],
    inferred: Sequence[Sequence[int]],
    unfiltered: Sequence[Sequence[int]],
    *,
    rules: TruthRules,
    matcher: CodeMatcher,
) -> TruthMeasures:
    """Judge inferred codes by all attributes of their products.

    :param visible: what :func:`hide_attributes` returned, which is what the filter read.
    :param inferred: the numbers of each product's inferred codes.
    :param unfiltered: the codes that would be inferred without a filter.
    """
    false = foreign = true = removed = 0
    for product, seen, kept, proposed in zip(products, visible, inferred, unfiltered, strict=True):
        contradicted, foreign_brands = rules.contradicted(product), rules.foreign_brands(product)
        false += sum(bool(contradicted[code]) for code in kept)
        foreign += sum(bool(foreign_brands[code]) for code in kept)
        stated = set(matcher.stated(product).by_field) - set(matcher.stated(seen).by_field)
        right = stated.intersection(proposed)
        true += len(right)
        removed += len(right.difference(kept))
    return TruthMeasures(sum(map(len, inferred)), false, foreign, true, removed)

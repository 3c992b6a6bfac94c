"""Give products their codes: those that their data states, and those that their vector implies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Codebook
from gram_es.codes.prior import CodePrior, Vectors
from gram_es.codes.stated import CodeMatcher
from gram_es.codes.truth import TruthRules
from gram_es.model.config import GramConfig
from gram_es.model.query_codes import best_codes
from gram_es.records import Product, ProductCode

MAX_INFERRED_CODES = 10
_MIN_WEIGHT = 0.01  # an inferred code that weighs less changes no ranking


class ProductCoder:
    """Gives products their codes from their data and their vectors."""

    def __init__(
        self, codebook: Codebook, prior: CodePrior, rules: TruthRules, config: GramConfig
    ) -> None:
        self._codebook = codebook
        self._prior = prior
        self._rules = rules
        self._config = config
        self._matcher = CodeMatcher(codebook)

    def codes(self, products: Sequence[Product], vectors: Vectors) -> list[tuple[ProductCode, ...]]:
        """Return the codes of each product, the heaviest first.

        A code that a field states weighs 1. A code that only the title states weighs the
        probability that it is right, but at least ``phrase_floor``. The product also gets the
        nearest codes that its data neither states nor contradicts, with their probabilities.

        :param vectors: ``(n, d)`` of unit length, dequantised from the stored bytes, so that equal
            documents get equal codes.
        """
        scores = self._prior.scores(vectors)
        probabilities = self.probabilities(scores)
        return [
            tuple(self._best_first(product, scores[row], probabilities[row]))
            for row, product in enumerate(products)
        ]

    def probabilities(self, scores: Vectors) -> NDArray[np.float32]:
        """Return the probability that a code with each of ``scores`` is right; same shape."""
        config = self._config
        logits = config.inferred_slope * (scores - config.inferred_midpoint)
        probabilities: NDArray[np.float32] = 1 / (1 + np.exp(-logits))
        return probabilities

    def _best_first(
        self, product: Product, scores: Vectors, probabilities: Vectors
    ) -> Iterator[ProductCode]:
        """Yield the codes of a product by weight, and by score where the weights are equal.

        :param scores: ``(codes,)``; ``probabilities``: ``(codes,)``.
        """
        stated = self._matcher.stated(product)
        weights = dict.fromkeys(stated.by_field, 1.0)
        for code in stated.by_phrase:
            weights[code] = max(float(probabilities[code]), self._config.phrase_floor)
        count = len(weights)
        weights |= self._inferred(product, [*weights], scores, probabilities)
        ranked = sorted(weights, key=lambda code: (-weights[code], -scores[code], code))
        stated_codes = set([*weights][:count])
        for code in ranked:
            label = self._codebook.codes[code].label
            yield ProductCode(label, weights[code], code in stated_codes)

    def _inferred(
        self, product: Product, stated: Sequence[int], scores: Vectors, probabilities: Vectors
    ) -> dict[int, float]:
        """Return the nearest codes that are neither stated nor contradicted, with weights."""
        usable = ~self._rules.contradicted(product)
        usable[list(stated)] = False
        usable &= probabilities >= _MIN_WEIGHT
        codes = best_codes(scores, np.flatnonzero(usable), MAX_INFERRED_CODES).tolist()
        return {code: float(probabilities[code]) for code in codes}

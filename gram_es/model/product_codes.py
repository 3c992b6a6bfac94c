"""Give products their codes: those that their data states, and those that their vector implies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gram_es.codes.codebook import Codebook, Facet
from gram_es.codes.postings import Postings
from gram_es.codes.prior import CodePrior, Vectors
from gram_es.codes.stated import CodeMatcher
from gram_es.codes.truth.rules import TruthRules
from gram_es.model.config import QUERY_PROMPT, GramConfig
from gram_es.model.quantise import dequantise
from gram_es.model.query_codes import best_codes
from gram_es.records import Product, ProductCode

if TYPE_CHECKING:
    from gram_es.model.encoding.text_encoder import TextEncoder

MAX_INFERRED_CODES = 10
_MIN_WEIGHT = (
    0.25  # of an inferred code: below it, "building sets" fit dumbbells, and nothing is lost
)
_CANDIDATES = 100  # of which the best that may be inferred are taken; most are contradicted


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

        A code that a field states weighs 1. The product also gets the nearest codes that its data
        neither states nor contradicts: such a code weighs less, the further it is behind the
        product's best code, and those of least weight are left out. If the best codes are stated
        ones, little is left to infer; no other rule served three catalogues. A code that only the
        title states has the weight of an inferred one, but at least ``phrase_floor``.

        :param vectors: ``(n, d)`` of unit length, dequantised from the stored bytes, so that equal
            documents get equal codes.
        """
        scores = self._prior.scores(vectors)
        return [
            tuple(self._best_first(product, row))
            for product, row in zip(products, scores, strict=True)
        ]

    def inferable(self, product: Product, vector: Vectors, codes: Sequence[int]) -> list[int]:
        """Return those of ``codes`` that may be inferred for a product, which others propose.

        They need not be near, so each must fit about as well as the products that state it.

        :param vector: ``(d,)``, the product's vector.
        """
        [scores] = self._prior.scores(vector[None])
        candidates = best_codes(scores, np.array(codes, dtype=np.intp), len(codes))
        facets = self._matcher.facets(product)
        floors = self._prior.floors
        allowed = self._rules.inferable(product, facets, candidates, scores, floors)
        allowed &= scores[candidates] >= floors[candidates]
        kept: list[int] = candidates[allowed].tolist()
        return kept

    def _best_first(self, product: Product, scores: Vectors) -> Iterator[ProductCode]:
        """Yield the codes of a product by weight, and by score where the weights are equal.

        :param scores: ``(codes,)``.
        """
        facets = self._matcher.facets(product)
        stated = self._matcher.stated(product, facets)
        stated_codes = frozenset(stated.all)
        inferred = self._inferred(product, facets, stated.all, scores)
        weights = dict.fromkeys(stated.by_field, 1.0)
        floor, unsure = self._config.phrase_floor, (*stated.by_phrase, *inferred)
        for code, weight in zip(unsure, self._weights(scores, unsure), strict=True):
            if code in stated_codes:
                weights[code] = max(weight, floor)
            elif weight >= _MIN_WEIGHT:
                weights[code] = weight
        ranked = sorted(weights, key=lambda code: (-weights[code], -scores[code], code))
        for code in ranked:
            label = self._codebook.codes[code].label
            yield ProductCode(label, weights[code], code in stated_codes)

    def _weights(self, scores: Vectors, codes: Sequence[int]) -> list[float]:
        """Return the weights that ``codes`` have if the product does not state them by a field."""
        behind = scores.max() - scores[list(codes)]
        weights = self._config.inferred_weight * np.exp(-self._config.inferred_decay * behind)
        return [float(weight) for weight in weights]

    def _inferred(
        self, product: Product, facets: Sequence[Facet], stated: Sequence[int], scores: Vectors
    ) -> list[int]:
        """Return the nearest codes that are not stated and may be inferred, best first."""
        is_unstated = np.ones(len(scores), dtype=np.bool_)
        is_unstated[list(stated)] = False
        candidates = best_codes(scores, np.flatnonzero(is_unstated), _CANDIDATES)
        allowed = self._rules.inferable(product, facets, candidates, scores, self._prior.floors)
        codes: list[int] = candidates[allowed][:MAX_INFERRED_CODES].tolist()
        return codes


def fit_prior(
    encoder: TextEncoder, codebook: Codebook, stated: Postings, stored: Sequence[bytes]
) -> CodePrior:
    """Return the prior of a codebook: the vectors of its labels, and of the products of each code.

    :param stated: the products that state each code.
    :param stored: the vectors of these products by ``encoder``, as documents store them.
    """
    carriers = (
        (code, dequantise([stored[number] for number in stated.products_of(code).tolist()]))
        for code in np.flatnonzero(stated.counts).tolist()
    )
    return CodePrior.fit(encoder.encode([c.label for c in codebook], QUERY_PROMPT), carriers)

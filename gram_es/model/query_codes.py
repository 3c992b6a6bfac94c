"""Give queries their codes: score the live codes, and abstain if no code is near."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Codebook
from gram_es.codes.contained import ContainedPhrases
from gram_es.codes.prior import CodePrior, Vectors
from gram_es.codes.shopper_words import ShopperWords
from gram_es.codes.truth import TruthRules
from gram_es.model.config import GramConfig
from gram_es.records import WeightedCode
from gram_es.text.speller import Spelling
from gram_es.text.words import stems

MAX_QUERY_CODES = 20


@dataclass(frozen=True, slots=True, eq=False)
class LiveCodes:
    """The codes that the model may give to a query: the codes of products in the live index.

    ``labels`` are the texts of the codes. ``allowed`` is ``(codes,)`` bool, true for these codes.
    """

    allowed: NDArray[np.bool_]
    labels: frozenset[str]

    @classmethod
    def of(cls, codebook: Codebook, labels: Iterable[str]) -> LiveCodes:
        """Return the codes of ``codebook`` with the given labels; ignore all other labels."""
        known_labels = frozenset(label for label in labels if label in codebook.number_by_label)
        allowed = np.zeros(len(codebook), dtype=np.bool_)
        allowed[[codebook.number_by_label[label] for label in known_labels]] = True
        return cls(allowed, known_labels)

    def equals(self, other: LiveCodes) -> bool:
        """Return whether ``other`` allows the same codes."""
        return np.array_equal(self.allowed, other.allowed)


@dataclass(frozen=True, slots=True, eq=False)
class QueryCodes:
    """A query's codes and its vector.

    ``codes`` are ordered best first and their weights sum to 1. ``codes`` is empty if no code is
    near the query. ``vector`` is ``(dimensions,)`` float32 of unit length.
    """

    codes: tuple[WeightedCode, ...]
    vector: NDArray[np.float32]


class QueryCoder:
    """Gives queries their codes from their texts and their vectors."""

    def __init__(
        self,
        codebook: Codebook,
        prior: CodePrior,
        rules: TruthRules,
        config: GramConfig,
        shopper_words: ShopperWords | None = None,
    ) -> None:
        self._codebook = codebook
        self._prior = prior
        self._rules = rules
        self._config = config
        self._shopper_words = shopper_words or ShopperWords()
        self._contained = ContainedPhrases([code.key for code in codebook])

    def codes(
        self, queries: Sequence[Spelling], vectors: Vectors, live: LiveCodes | None = None
    ) -> list[tuple[WeightedCode, ...]]:
        """Return the codes of each query, best first.

        A code whose words the forms of the query contain scores ``containment_bonus`` more. Codes
        that contradict a facet that the query names are left out. A code that shopper words of the
        query lead to gets their share of the weight, and the others share the rest. Without such
        words the query gets no codes if its best score, without the bonus, is below
        ``abstain_below``.

        :param vectors: ``(n, d)`` of unit length.
        :param live: the codes to choose from; ``None`` stands for all codes.
        """
        scores = self._prior.scores(vectors)
        return [
            self._weighted_codes(query, row, live)
            for query, row in zip(queries, scores, strict=True)
        ]

    def _weighted_codes(
        self, query: Spelling, scores: Vectors, live: LiveCodes | None
    ) -> tuple[WeightedCode, ...]:
        usable = np.flatnonzero(self._usable(query, live))
        forms = (query.typed, query.corrected, *query.alternatives)
        query_stems = {stem for form in forms for stem in stems(form)}
        shares = {
            code: share
            for code, share in self._shopper_words.shares(query_stems).items()
            if code in usable
        }
        is_near = scores[usable].max(initial=-1.0) >= self._config.abstain_below
        if not query.typed or not (is_near or shares):
            return ()
        scores[self._contained.find(query_stems)] += self._config.containment_bonus
        weights = self._softmax(scores, usable)
        for code in weights:
            weights[code] *= 1.0 - sum(shares.values())
        for code, share in shares.items():
            weights[code] = weights.get(code, 0.0) + share
        best = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:MAX_QUERY_CODES]
        return tuple(WeightedCode(self._codebook.codes[code].label, w) for code, w in best)

    def _softmax(self, scores: Vectors, usable: NDArray[np.intp]) -> dict[int, float]:
        """Return the weights of the best usable codes, which sum to 1."""
        codes = best_codes(scores, usable, MAX_QUERY_CODES)
        exponents = np.exp((scores[codes] - scores[codes].max()) / self._config.code_temperature)
        weights = exponents / exponents.sum()
        return dict(zip(codes.tolist(), weights.tolist(), strict=True))

    def _usable(self, query: Spelling, live: LiveCodes | None) -> NDArray[np.bool_]:
        """Return which codes are live and do not contradict the query."""
        usable = ~self._rules.contradicted_by_query(query.corrected)
        return usable if live is None else usable & live.allowed


def best_codes(scores: Vectors, codes: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the ``count`` of ``codes`` with the highest scores, best first.

    :param scores: ``(codes,)``, the score of each code of the codebook.
    :param codes: the numbers of the codes to choose from.
    """
    if len(codes) > count:
        codes = codes[np.argpartition(-scores[codes], count - 1)[:count]]
    return codes[np.lexsort((codes, -scores[codes]))]

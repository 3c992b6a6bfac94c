"""Values that codes claim without evidence: of rival guesses only the likeliest is kept."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.titles import Words
from gram_es.codes.truth.claims import Claim, follows
from gram_es.codes.truth.value_codes import ValueCodes

Scores = NDArray[np.float32]


class Guesses:
    """The values that the candidate codes of one product claim, and how well they fit it.

    A value fits as well as the code that claims it for the product's type and nothing else. A code
    whose score is below its floor fits worse than nearly all products that state it: its value is
    not credible, and neither wins nor competes.

    :param values: the codes to compare.
    :param types: the product's types.
    :param together: the pairs of values, by attribute, that do not exclude each other.
    :param scores: how well each code fits the product: ``(codes,)``.
    :param floors: the lowest credible score of each code: ``(codes,)``.
    """

    def __init__(
        self,
        values: ValueCodes,
        types: Sequence[str],
        together: Mapping[str, Collection[tuple[Words, Words]]],
        scores: Scores,
        floors: Scores,
    ) -> None:
        self._values = values
        self._types = types
        self._together = together
        self._scores = scores
        self._floors = floors
        self._claims: dict[int, list[Claim]] = defaultdict(list)
        self._best: dict[str, dict[Words, float]] = {}

    def add(self, code: int, claim: Claim) -> None:
        """Note that a candidate claims a value."""
        self._claims[code].append(claim)
        name, key = claim
        best = self._rivals(name)
        if key not in best:  # no code claims just this value of the type
            best[key] = self._credible(code)

    def know(self, claim: Claim) -> None:
        """Note that the product's text names a value, which beats every guess."""
        name, key = claim
        self._rivals(name)[key] = math.inf

    def _rivals(self, name: str) -> dict[Words, float]:
        if name not in self._best:
            best = self._best[name] = {}
            for key, code in self._values.of(name, self._types):
                best[key] = max(self._credible(code), best.get(key, -math.inf))
        return self._best[name]

    def _credible(self, code: int) -> float:
        """Return the score of a code, or minus infinity if it is below the code's floor."""
        score = float(self._scores[code])
        return score if score >= self._floors[code] else -math.inf

    def lost(self) -> set[int]:
        """Return the candidates that claim a value that is not credible or has a better rival."""
        return {
            code
            for code, claims in self._claims.items()
            if not all(self._wins(*claim) for claim in claims)
        }

    def _wins(self, name: str, key: Words) -> bool:
        best = self._best[name]
        limit, together = best[key], self._together.get(name, ())
        if math.isinf(limit):
            return limit > 0
        return all(
            score < limit or other == key or follows(key, other) or (key, other) in together
            for other, score in best.items()
        )

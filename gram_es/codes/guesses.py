"""Values that codes claim without evidence: of rival guesses at most the likeliest is kept."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping

from gram_es.codes.claims import Claim, is_compatible
from gram_es.codes.titles import Words


class Guesses:
    """The values that the candidate codes of one product claim, with their scores.

    :param together: the pairs of values, by attribute, that do not exclude each other.
    :param margin: how much likelier than each rival a value must be.
    """

    def __init__(
        self, together: Mapping[str, Collection[tuple[Words, Words]]], margin: float
    ) -> None:
        self._together = together
        self._margin = margin
        self._claims: dict[int, list[Claim]] = defaultdict(list)
        self._best: dict[str, dict[Words, float]] = defaultdict(dict)

    def add(self, candidate: int, claim: Claim, score: float) -> None:
        """Note that a candidate claims a value."""
        self._claims[candidate].append(claim)
        self._raise(claim, score)

    def know(self, claim: Claim) -> None:
        """Note that the product's text names a value, which beats every guess."""
        self._raise(claim, math.inf)

    def _raise(self, claim: Claim, score: float) -> None:
        name, key = claim
        self._best[name][key] = max(score, self._best[name].get(key, score))

    def lost(self) -> list[int]:
        """Return the candidates that claim a value with a rival as likely as itself."""
        return [
            candidate
            for candidate, claims in self._claims.items()
            if not all(self._wins(*claim) for claim in claims)
        ]

    def _wins(self, name: str, key: Words) -> bool:
        best = self._best[name]
        together = self._together.get(name, ())
        limit = best[key] - self._margin
        if limit == math.inf:
            return True
        return all(
            score < limit or other == key or is_compatible(key, other) or (key, other) in together
            for other, score in best.items()
        )

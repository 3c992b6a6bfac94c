"""The weights of the blend, and the breakdown of a score into its parts.

The blend is the final score of a reranked hit: a weighted sum of several scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gram_es.model.gram import Gram


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights with which the scores of a hit are summed.

    Each model has weights of its own, which are fitted after training. The retrieval score is
    ``scale * bm25_raw`` plus the weights of the matched codes. The score of a reranked hit is
    ``cosine * cosine_raw + bm25 * bm25_raw / best + lexical · features + feedback * similarity``.
    ``best`` is the best BM25 score of the window, so that the scores of long and of short queries
    weigh the same. ``lexical`` has one weight for each of
    :data:`~gram_es.model.config.LEXICAL_FEATURES`, or is empty. ``similarity`` is the cosine of the
    product with the mean vector of the best hits; the other three terms decide which hits are best.
    """

    scale: float = 1 / 8
    cosine: float = 1.0
    bm25: float = 2.0
    lexical: tuple[float, ...] = ()
    feedback: float = 0.0

    @classmethod
    def of(cls, gram: Gram | None) -> Calibration:
        """Return the weights of the model, or the default weights if ``gram`` is ``None``."""
        if gram is None:
            return cls()
        return cls(
            scale=gram.text_scale,
            bm25=gram.text_weight,
            lexical=gram.lexical_weights,
            feedback=gram.feedback_weight,
        )


@dataclass(frozen=True, slots=True)
class ScoreBreakdown:
    """What each part adds to a hit's final score.

    ``pinned`` is the weight of the matched codes that a person pinned to the query. For a reranked
    hit, ``bm25``, ``cosine``, ``lexical`` and ``feedback`` are the terms of the blend, and
    ``codes`` is 0: the model's codes retrieve the hit, but the rerank ignores their weights. For
    any other hit, ``bm25`` is the scaled BM25 score and ``codes`` is the weight of the model's
    codes that the hit matches. No part contains the boost for a matching identifier.
    """

    bm25: float = 0.0
    cosine: float = 0.0
    lexical: float = 0.0
    feedback: float = 0.0
    codes: float = 0.0
    pinned: float = 0.0


@dataclass(frozen=True, slots=True)
class HitFeatures:
    """The unweighted values from which a :class:`ScoreBreakdown` is computed.

    ``bm25_raw`` is the BM25 score. ``cosine_raw`` is the cosine of query and product; it is
    ``None`` if the product has no vector or was not reranked. ``code_weights`` is the sum of the
    weights of the matched codes.
    """

    bm25_raw: float = 0.0
    cosine_raw: float | None = None
    code_weights: float = 0.0

"""The constants that put text, codes and scorer on one scale, and the scores that they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gram_es.model.gram import Gram


@dataclass(frozen=True, slots=True)
class Calibration:
    """``scale`` multiplies BM25 beside the codes' weights; the rest are the weights of the blend.

    A reranked score is ``cosine * cosine_raw + bm25 * bm25_raw / best + lexical · features +
    feedback * likeness``, with the best BM25 score of the window: scores of long and of short
    queries then weigh alike. ``lexical`` has a weight for each of
    :data:`~gram_es.retrieval.rerank.lexical.FEATURES`, or none at all; ``likeness`` is to the best
    hits
    by the rest of the sum. A model brings its own.
    """

    scale: float = 1 / 8
    cosine: float = 1.0
    bm25: float = 2.0
    lexical: tuple[float, ...] = ()
    feedback: float = 0.0

    @classmethod
    def of(cls, gram: Gram | None) -> Calibration:
        """Return the values fitted with the model, or the defaults where there is none."""
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

    Of a reranked hit the first four are the terms of the blend, and ``pinned`` is the weight of the
    codes that a person pinned to the query; codes of the model add nothing there, they only bring
    the hit into the window. Any other hit has its retrieval score, of scaled BM25 and the weights
    of the matched codes. The boost of an identifier is in no part.
    """

    bm25: float = 0.0
    cosine: float = 0.0
    lexical: float = 0.0
    feedback: float = 0.0
    codes: float = 0.0
    pinned: float = 0.0


@dataclass(frozen=True, slots=True)
class HitFeatures:
    """The values behind a :class:`ScoreBreakdown`, before any weight.

    ``bm25_raw`` is the BM25 score, ``cosine_raw`` the cosine of query and product (``None`` where
    the product has no vector or was not reranked), ``code_weights`` the sum of the matched codes'
    weights.
    """

    bm25_raw: float = 0.0
    cosine_raw: float | None = None
    code_weights: float = 0.0

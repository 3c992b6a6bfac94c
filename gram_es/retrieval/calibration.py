"""The constants that put text, codes and scorer on one scale."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """``scale`` multiplies BM25 beside the codes' weights; the rest weighs the blend.

    The final score is ``scorer * cosine + text * BM25``. The defaults were the best fixed ones on
    real judgments: BM25's best score of a query has a median of 13 there, and 1/30 brings it to
    the scale of weights that sum to 1.
    """

    scale: float = 1 / 30
    scorer: float = 1.0
    text: float = 0.06 / 2.2

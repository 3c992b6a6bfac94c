"""The constants that put text, codes and scorer on one scale."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """``scale`` multiplies BM25 beside the codes' weights; the rest weighs the blend.

    The final score is ``scorer * cosine + text * BM25 / best``, with the best BM25 score of the
    window: scores of long and of short queries then weigh alike. BM25's best score of a query has
    a median of 11 to 13 on three catalogues, and 1/30 brings it to the scale of weights that sum
    to 1. ``text`` was chosen for ``tiny`` on the dev queries of two catalogues, among .5 to 8.
    """

    scale: float = 1 / 30
    scorer: float = 1.0
    text: float = 2.0

"""The constants that put text, codes and scorer on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gram_es.model.runtime import Gram


@dataclass(frozen=True, slots=True)
class Calibration:
    """``scale`` multiplies BM25 beside the codes' weights; the rest weighs the blend.

    The final score is ``scorer * cosine + text * BM25 / best + lexical · features + feedback *
    likeness``, with the best BM25 score of the window: scores of long and of short queries then
    weigh alike. ``lexical`` has a weight for each of
    :data:`~gram_es.model.config.LEXICAL_FEATURES`, or none at all; ``likeness`` is to the best hits
    by the rest of the sum. A model brings its own.
    """

    scale: float = 1 / 8
    scorer: float = 1.0
    text: float = 2.0
    lexical: tuple[float, ...] = ()
    feedback: float = 0.0

    @classmethod
    def of(cls, gram: Gram | None) -> Calibration:
        """Return what was fitted with the model, or what stands where there is none."""
        if gram is None:
            return cls()
        return cls(
            scale=gram.text_scale,
            text=gram.text_weight,
            lexical=gram.lexical_weights,
            feedback=gram.feedback_weight,
        )

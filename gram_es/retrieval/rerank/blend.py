"""The weights of the blend, and the breakdown of a score into its parts.

The blend is the final score of a reranked hit: a weighted sum of several scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gram_es.model.config import GramConfig
    from gram_es.model.gram import Gram


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights with which the scores of a hit are summed.

    Each model has weights of its own. The agreement of a product is the sum of each code's weight
    in the query times its weight in the product; ``best`` is the best BM25 score that the query can
    reach, so that the scores of long and of short queries weigh the same. The retrieval score is
    ``bm25_raw + recall_agreement * best * agreement_raw``.

    The score of a reranked hit is ``cosine * cosine_raw + bm25 * bm25_raw / best + lexical ·
    features + agreement * missed * agreement_raw + feedback * similarity``. ``missed`` is the
    share of the query, by the rarity of its stems, that the stems of no product of the window
    contain: codes find what the text misses, and where a product matches the whole query they would
    only blur the order. ``lexical`` has one
    weight for each of :data:`~gram_es.model.config.LEXICAL_FEATURES`, or is empty. ``similarity``
    is the cosine of the product with the mean vector of the best hits; the other terms decide which
    hits are best.
    """

    recall_agreement: float = 0.4
    cosine: float = 1.0
    bm25: float = 0.6
    lexical: tuple[float, ...] = ()
    feedback: float = 0.0
    agreement: float = 1.5

    def scale(self, best_text: float) -> float:
        """Return the weight of the text against the codes in retrieval.

        :param best_text: the best BM25 score that the query can reach; greater than 0.
        """
        return 1 / (self.recall_agreement * best_text)

    @classmethod
    def of(cls, gram: Gram | None) -> Calibration:
        """Return the weights of the model, or the default weights if ``gram`` is ``None``."""
        return cls() if gram is None else cls.of_config(gram.config)

    @classmethod
    def of_config(cls, config: GramConfig) -> Calibration:
        """Return the weights in the configuration of a model."""
        return cls(
            recall_agreement=config.recall_agreement,
            bm25=config.text_weight,
            lexical=tuple(config.lexical_weights),
            feedback=config.feedback_weight,
            agreement=config.agreement_weight,
        )


@dataclass(frozen=True, slots=True)
class ScoreBreakdown:
    """What each part adds to a hit's final score.

    ``codes`` comes from the codes that the model gave to the query, and ``pinned`` from the codes
    that a person pinned to it. For a reranked hit, the other parts and ``codes`` are the terms of
    the blend, and ``pinned`` is the agreement of the pinned codes. For any other hit, the parts are
    those of the retrieval score. No part contains the boost for a matching identifier.
    """

    bm25: float = 0.0
    cosine: float = 0.0
    lexical: float = 0.0
    feedback: float = 0.0
    codes: float = 0.0
    pinned: float = 0.0

    @property
    def total(self) -> float:
        """Return the sum of the parts."""
        blend = self.bm25 + self.cosine + self.lexical + self.feedback + self.codes
        return blend + self.pinned


@dataclass(frozen=True, slots=True)
class HitFeatures:
    """The unweighted values from which a :class:`ScoreBreakdown` is computed.

    ``bm25_raw`` is the BM25 score. ``cosine_raw`` is the cosine of query and product; it is
    ``None`` if the product has no vector or was not reranked. ``agreement`` is the sum, over all
    codes, of a code's weight in the query times its weight in the product.
    """

    bm25_raw: float = 0.0
    cosine_raw: float | None = None
    agreement: float = 0.0

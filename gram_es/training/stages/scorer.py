"""The scorer stage: train the encoder so that relevant products are nearest to their queries.

The first half contrasts each query's relevant products with the products of the other queries and
with rejected products. The second half adds hard negatives: unjudged products that the encoder of
the first half ranks high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.quantise import dequantise
from gram_es.text.spelling.speller import Speller
from gram_es.training.data.batches import BatchSampler
from gram_es.training.data.bm25 import Bm25Index
from gram_es.training.plan import Plan
from gram_es.training.stage_loop import Stage

SCORER, HARD = "scorer", "scorer with hard negatives"
SCORE_SCALE = 20.0
_HARD_FROM, _HARD_TO = 15, 200  # ranks of hard negatives; products above them are often relevant
_MAX_HARD = 60
_TEXT_SHARE = 0.5  # weight of BM25 in the ranking for hard negatives; the cosine has weight 1
QUERIES = 64  # for which hard negatives are found together


def listwise(scores: Tensor, gains: Tensor) -> Tensor:
    """Return the cross-entropy of a softmax over candidates against graded targets.

    :param scores: ``(B, N)`` logits.
    :param gains: ``(B, N)``, not negative; rows of zeros are ignored.
    """
    totals = gains.sum(1)
    judged = totals > 0
    if not bool(judged.any()):
        return scores.sum() * 0.0
    targets = gains[judged] / totals[judged, None]
    return -(targets * scores[judged].log_softmax(1)).sum(1).mean()


def scorer_loss(queries: Tensor, products: Tensor, gains: Tensor) -> Tensor:
    """Return the loss of the scorer, which scores a pair by the dot product of its vectors.

    The loss is the listwise loss of each query over the products, plus half the listwise loss of
    each product over the queries.

    :param queries: ``(B, d)`` unit vectors; ``products``: ``(N, d)`` unit vectors; ``gains``: the
        relevance of each pair, ``(B, N)``.
    """
    scores = SCORE_SCALE * queries @ products.T
    return listwise(scores, gains) + 0.5 * listwise(scores.T, gains.T)


@dataclass(slots=True)
class ScorerStage:
    """The encoder in training, with the data that it learns from.

    ``hard``, ``(examples, n)``, are the hard negatives of each judged example, padded with -1. It
    is ``None`` in the first half.
    """

    encoder: TorchEncoder
    sampler: BatchSampler
    bm25: Bm25Index
    speller: Speller
    plan: Plan
    seed: int
    hard: Tensor | None = None

    def halves(self) -> list[Stage]:
        """Return the halves that have steps in the plan, in order."""
        network, plan = self.encoder.network, self.plan
        halves = [
            Stage(SCORER, plan.scorer_steps, [(network, plan.scorer_lr)], self.loss),
            Stage(HARD, plan.hard_steps, [(network, plan.hard_lr)], self.loss),
        ]
        return [half for half in halves if half.steps]

    def loss(self, rng: np.random.Generator) -> Tensor:
        """Draw a batch and return its loss."""
        plan, sampler = self.plan, self.sampler
        batch = sampler.draw(
            plan.batch,
            relevant=plan.relevant,
            rejected=plan.rejected,
            hard=plan.hard,
            hard_of=self.hard,
            rng=rng,
        )
        queries = self.encoder.vectors(sampler.query_ids(batch.examples, rng))
        products = self.encoder.vectors(sampler.product_ids(batch.products))
        return scorer_loss(queries, products, batch.gains)

    def prepare(self, half: str) -> None:
        """Find the hard negatives with the current weights if ``half`` needs them."""
        if half == HARD and self.plan.hard:
            self.hard = self._hard_negatives()

    def _hard_negatives(self) -> Tensor:
        """Return unjudged products that rank high for each judged example, ``(examples, n)``.

        Rows are padded with -1. The row of an example that is not judged contains only -1.
        """
        rng, examples = np.random.default_rng(self.seed), self.sampler.examples
        stored = self.encoder.encode_products(self.sampler.products)
        products = torch.from_numpy(dequantise([row.tobytes() for row in stored]))
        judged = self.judged
        hard = torch.full((len(examples), _MAX_HARD), -1)
        starts = range(0, len(judged), QUERIES)
        for first in tqdm(starts, desc="find hard negatives", unit="batch", disable=None):
            rows = judged[first : first + QUERIES]
            for row, near in zip(rows, self.near_products(rows, products), strict=True):
                negatives = rng.permutation(near)[:_MAX_HARD]
                hard[row, : len(negatives)] = torch.from_numpy(negatives)
        return hard

    @property
    def judged(self) -> list[int]:
        """Return the numbers of the judged examples."""
        return [n for n, example in enumerate(self.sampler.examples) if example.judged]

    def near_products(self, rows: Sequence[int], products: Tensor) -> list[NDArray[np.int64]]:
        """Return, for some examples, the high-ranking products that nobody judged for them.

        :param rows: the numbers of the examples.
        :param products: ``(N, d)``, the vectors of the catalogue.
        """
        with torch.inference_mode():
            queries = self.encoder.vectors(self.sampler.query_ids(rows))
            cosines = (queries @ products.T).numpy()
        return [self._unjudged(row, own) for row, own in zip(rows, cosines, strict=True)]

    def _unjudged(self, row: int, cosines: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the numbers of high-ranking products that nobody judged for an example."""
        example = self.sampler.examples[row]
        text = self.bm25.scores(self.speller.correct(example.text))
        scores = cosines + _TEXT_SHARE * text / max(float(text.max()), 1e-6)
        depth = min(_HARD_TO, len(scores))
        best = np.argpartition(-scores, depth - 1)[:depth]
        best = best[np.argsort(-scores[best], kind="stable")][_HARD_FROM:]
        return best[~np.isin(best, np.concatenate([example.products, example.rejected]))]

"""The training stages in order, with the preparation and the loss of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from tqdm import tqdm

from gram_es.codes.trie import Trie
from gram_es.model.network import GramNetwork, encode_sequences
from gram_es.model.tokenizer import TextTokenizer
from gram_es.text.speller import Speller
from gram_es.training.data.batches import TYPO_SHARE, Batch, BatchSampler
from gram_es.training.data.bm25 import Bm25Index
from gram_es.training.data.codebook_mining import MinedCodebook
from gram_es.training.data.query_pairs import sample_products_to_search
from gram_es.training.plan import Plan
from gram_es.training.stage_loop import Stage
from gram_es.training.stages.co_alignment import CodeHead
from gram_es.training.stages.joint import (
    alignment_stage,
    joint_stage,
    targets_from_head,
    targets_from_teachers,
)
from gram_es.training.stages.losses import scorer_loss
from gram_es.training.stages.preference import find_preferences, preference_stage

SCORER, ALIGNMENT, JOINT, PREFERENCE = "scorer", "co-alignment", "joint", "preference"
_HARD_FROM, _HARD_TO = 15, 200  # ranks of hard negatives; products above them are often relevant
_MAX_HARD = 60
_TEXT_SHARE = 0.5  # weight of BM25 in the ranking for hard negatives; the cosine has weight 1
_ENCODING_BATCH = 64


@dataclass(frozen=True, slots=True)
class CachedVectors:
    """The vectors that the final encoder gives to the texts of a ``BatchSampler``, in its order.

    Each tensor is ``(n, d)``. ``queries`` are the vectors of the query examples. ``mistyped`` are
    the vectors of the same queries with a typing error each. ``labels`` are the vectors of the
    texts of the codes.
    """

    queries: Tensor
    mistyped: Tensor
    labels: Tensor
    products: Tensor

    def draw_queries(self, examples: Sequence[int], rng: np.random.Generator) -> Tensor:
        """Return vectors of queries; a query has a typing error with probability ``TYPO_SHARE``."""
        has_typo = torch.from_numpy(rng.random(len(examples)) < TYPO_SHARE)[:, None]
        return torch.where(has_typo, self.mistyped[examples], self.queries[examples])


@dataclass(slots=True)
class Trainer:
    """The network in training and everything that the stages share.

    ``head`` is the code head: a linear layer over the codebook. Co-alignment trains this layer.
    ``rerank_stems`` has, for each product, the stems that the rerank compares with a query's stems.
    ``prepared`` contains tensors that are computed to prepare a stage and saved in checkpoints:

    - ``hard``, ``(examples, n)``: the hard negatives of each judged example, padded with -1;
    - ``preferences``, ``(n, 3)``: an example, its better code and its worse code.

    ``cached`` contains vectors of texts. It is ``None`` while the encoder still learns.
    """

    network: GramNetwork
    head: CodeHead
    trie: Trie
    text: TextTokenizer
    sampler: BatchSampler
    mined: MinedCodebook
    bm25: Bm25Index
    rerank_stems: Sequence[str]
    speller: Speller
    plan: Plan
    seed: int
    prepared: dict[str, Tensor] = field(default_factory=dict)
    cached: CachedVectors | None = None

    def stages(self) -> list[Stage]:
        """Return the stages that have steps in the plan, in order."""
        plan, network = self.plan, self.network
        decoding: list[tuple[nn.Module, float]] = [
            (network.decoder, plan.decoder_lr),
            (network.code_tokens, plan.decoder_lr),
        ]
        encoding: tuple[nn.Module, float] = (network.encoder, plan.encoder_lr)
        aligning: list[tuple[nn.Module, float]] = [(self.head, plan.head_lr)]
        if plan.encoder_learns != "never":
            aligning = [(network.encoder, plan.alignment_lr), *aligning]
        joint = decoding
        if plan.encoder_learns == "always":
            joint = [*decoding, (network.encoder, plan.decoder_lr), (self.head, plan.head_lr)]
        preferring = [(module, plan.preference_lr) for module, _ in decoding]
        stages = [
            Stage(SCORER, plan.scorer_steps, [encoding], self.scorer_loss),
            Stage(ALIGNMENT, plan.alignment_steps, aligning, self.alignment_loss),
            Stage(JOINT, plan.joint_steps, joint, self.joint_loss),
            Stage(PREFERENCE, plan.preference_steps, preferring, self.preference_loss),
        ]
        return [stage for stage in stages if stage.steps]

    def scorer_loss(self, rng: np.random.Generator) -> Tensor:
        """Return the loss of a batch of the scorer stage."""
        batch = self._draw(rng)
        return scorer_loss(*self._vectors(batch, rng), batch.gains)

    def alignment_loss(self, rng: np.random.Generator) -> Tensor:
        """Return the loss of a batch of co-alignment.

        The scorer's loss on the batch is added if the plan has a scorer stage.
        """
        batch = self._draw(rng)
        queries, products = self._vectors(batch, rng)
        loss = alignment_stage(
            self.head,
            queries,
            products,
            batch.gains,
            query_teachers=self.sampler.query_teachers(batch.examples),
            product_teachers=self.sampler.product_teachers(batch.products),
            anchor=self.plan.anchor,
        )
        if not self.plan.scorer_steps:
            return loss
        return loss + scorer_loss(queries, products, batch.gains)

    def _vectors(self, batch: Batch, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return the vectors of a batch's queries, some with typing errors, and of its products."""
        if self.plan.encoder_learns == "never":
            cached = self.cached_vectors()
            return cached.draw_queries(batch.examples, rng), cached.products[batch.products]
        queries = self._encode(self.sampler.query_ids(batch.examples, rng))
        return queries, self._encode([self.sampler.product_ids[n] for n in batch.products])

    def joint_loss(self, rng: np.random.Generator) -> Tensor:
        """Return the loss of a batch of the joint stage, which teaches the model to generate codes.

        The texts are queries, labels of codes and products. Labels count as queries because
        shoppers type such phrases. The target codes come from the code head if co-alignment has
        trained it, otherwise they are the teacher codes. If the encoder still learns, the loss of
        co-alignment is added, or the scorer's loss if the plan has no co-alignment.
        """
        plan, sampler = self.plan, self.sampler
        size = plan.joint_batch
        examples = sampler.draw_examples(size, rng)
        labels = _draw_numbers(sampler.label_ids, size // 2, rng) if plan.alignment_steps else []
        numbers = _draw_numbers(sampler.product_ids, size + size // 2, rng)
        if plan.decoder_learns_alone:
            cached = self.cached_vectors()
            queries = torch.cat([cached.draw_queries(examples, rng), cached.labels[labels]])
            products = cached.products[numbers]
        else:
            query_ids = sampler.query_ids(examples, rng) + [sampler.label_ids[n] for n in labels]
            queries = self._encode(query_ids)
            products = self._encode([sampler.product_ids[n] for n in numbers])
        if plan.alignment_steps:
            targets = [targets_from_head(self.head, texts, rng) for texts in (queries, products)]
        else:
            targets = [
                targets_from_teachers(queries, sampler.query_teachers(examples), rng),
                targets_from_teachers(products, sampler.product_teachers(numbers), rng),
            ]
        loss = joint_stage(self.network, self.trie, targets)
        if plan.decoder_learns_alone:
            return loss
        if self.plan.alignment_steps:
            return loss + self.alignment_loss(rng)
        return loss + self.scorer_loss(rng) if self.plan.scorer_steps else loss

    def preference_loss(self, rng: np.random.Generator) -> Tensor:
        """Return the loss of a batch of preferences, pairs of a better and a worse code."""
        preferences = self.prepared["preferences"]
        size = min(self.plan.joint_batch, len(preferences))
        rows = rng.choice(len(preferences), size, replace=False)
        drawn = preferences[torch.from_numpy(rows)]
        queries = self.encode_queries(drawn[:, 0].tolist())
        return preference_stage(self.network, self.trie, queries=queries, pairs=drawn[:, 1:])

    def _draw(self, rng: np.random.Generator) -> Batch:
        plan = self.plan
        return self.sampler.draw(
            plan.batch,
            relevant=plan.relevant,
            rejected=plan.rejected,
            hard=plan.hard,
            hard_of=self.prepared.get("hard"),
            rng=rng,
        )

    def prepare(self, stage: str) -> bool:
        """Prepare a stage with the current weights; return whether the stage has training data."""
        if stage == (ALIGNMENT if self.plan.alignment_steps else JOINT):
            self._prepare_head()
        if stage == JOINT:
            self.network.initialise_decoder(
                F.normalize(self.head.weight.detach(), dim=1), self.trie
            )
        if stage == PREFERENCE:
            self._prepare_preference()
            return len(self.prepared["preferences"]) > 0
        return True

    def _encode(
        self, sequences: Sequence[Sequence[int]], *, progress_label: str | None = None
    ) -> Tensor:
        return encode_sequences(
            self.network,
            self.text,
            sequences,
            batch=_ENCODING_BATCH,
            progress_label=progress_label,
        )

    def cache_vectors_if_final(self, stage: str | None = None) -> None:
        """Compute and cache all vectors if the encoder learns neither in ``stage`` nor later.

        A resumed run computes the vectors before the same stage as an uninterrupted run.

        :param stage: the name of the next stage; ``None`` after the last one.
        """
        learns = self.plan.encoder_learns
        decoding = stage in (JOINT, PREFERENCE, None)
        if learns == "never" or (learns == "until joint" and decoding):
            self.cached_vectors()

    @torch.no_grad()
    def encode_products(self, numbers: Iterable[int]) -> Tensor:
        """Return the vectors of products, ``(n, d)``, cached or else by the current weights."""
        if self.cached is not None:
            return self.cached.products[list(numbers)]
        sequences = [self.sampler.product_ids[n] for n in numbers]
        return self._encode(sequences, progress_label="encode products")

    @torch.no_grad()
    def encode_queries(self, examples: Sequence[int]) -> Tensor:
        """Return the vectors of queries, ``(n, d)``, cached or else by the current weights."""
        if self.cached is not None:
            return self.cached.queries[examples]
        return self._encode(self.sampler.query_ids(examples))

    @torch.no_grad()
    def cached_vectors(self) -> CachedVectors:
        """Return the vectors of all texts that the decoder learns from.

        The first call computes the vectors. Call this method only when the encoder has its final
        weights (:meth:`cache_vectors_if_final` checks this).
        """
        if self.cached is None:
            sampler, examples = self.sampler, range(len(self.sampler.examples))
            typo_rng = np.random.default_rng(self.seed)
            mistyped_ids = sampler.query_ids(examples, typo_rng, share=1.0)
            self.cached = CachedVectors(
                queries=self._encode(sampler.query_ids(examples), progress_label="encode queries"),
                mistyped=self._encode(mistyped_ids, progress_label="encode mistyped queries"),
                labels=self._encode(sampler.label_ids, progress_label="encode codes"),
                products=self.encode_products(range(len(sampler.product_ids))),
            )
        return self.cached

    def _prepare_head(self) -> None:
        vectors = self.encode_products(range(len(self.sampler.product_ids)))
        self.head.initialise_at_centroids(vectors, self.mined.postings)
        if self.plan.hard and self.plan.alignment_steps:
            self.prepared["hard"] = self._hard_negatives(vectors)

    def _hard_negatives(self, products: Tensor) -> Tensor:
        """Return unjudged products that rank high for each judged example, ``(examples, n)``.

        Rows are padded with -1. The row of an example that is not judged contains only -1.
        """
        rng = np.random.default_rng(self.seed)
        judged = [n for n, example in enumerate(self.sampler.examples) if example.judged]
        hard = torch.full((len(self.sampler.examples), _MAX_HARD), -1)
        starts = range(0, len(judged), _ENCODING_BATCH)
        for first in tqdm(starts, desc="find hard negatives", unit="batch", disable=None):
            rows = judged[first : first + _ENCODING_BATCH]
            queries = self.encode_queries(rows)
            for row, cosines in zip(rows, (queries @ products.T).numpy(), strict=True):
                example = self.sampler.examples[row]
                text = self.bm25.scores(self.speller.correct(example.text))
                scores = cosines + _TEXT_SHARE * text / max(float(text.max()), 1e-6)
                depth = min(_HARD_TO, len(scores))
                best = np.argpartition(-scores, depth - 1)[:depth]
                best = best[np.argsort(-scores[best], kind="stable")][_HARD_FROM:]
                judged_products = np.concatenate([example.products, example.rejected])
                unjudged = best[~np.isin(best, judged_products)]
                negatives = rng.permutation(unjudged)[:_MAX_HARD]
                hard[row, : len(negatives)] = torch.from_numpy(negatives)
        return hard

    def _prepare_preference(self) -> None:
        plan, sampler = self.plan, self.sampler
        rng = np.random.default_rng(self.seed)
        numbers = sampler.draw_examples(plan.preference_queries, rng)
        examples = [sampler.examples[number] for number in numbers]
        searched = sample_products_to_search(
            examples, products=len(sampler.product_ids), others=plan.searched_products, rng=rng
        )
        rows = {product: row for row, product in enumerate(searched)}
        preferences = find_preferences(
            self.network,
            self.trie,
            queries=self.encode_queries(numbers),
            products=self.encode_products(searched),
            relevant=[example.gains_by_row(rows) for example in examples],
        )
        pairs = [[numbers[query], better, worse] for query, better, worse in preferences]
        self.prepared["preferences"] = torch.tensor(pairs, dtype=torch.int64).view(-1, 3)


def _draw_numbers(items: Sequence[object], count: int, rng: np.random.Generator) -> list[int]:
    numbers: list[int] = rng.choice(len(items), min(count, len(items)), replace=False).tolist()
    return numbers

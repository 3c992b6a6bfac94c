"""The stages in their order, on one network; each has what it needs prepared before it begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from tqdm import tqdm

from gram_es.codes.trie import Trie
from gram_es.model.network import GramNetwork, vectors_of
from gram_es.model.tokenizer import TextEncoder
from gram_es.text.speller import Speller
from gram_es.training.data.batches import TYPO_SHARE, Batch, Corpus
from gram_es.training.data.bm25 import Lexical
from gram_es.training.data.codebook_mining import Mined
from gram_es.training.data.query_pairs import part_to_search
from gram_es.training.plan import Plan
from gram_es.training.stage_loop import Stage
from gram_es.training.stages.co_alignment import CodeHead
from gram_es.training.stages.joint import alignment_stage, joint_stage, taught, taught_by
from gram_es.training.stages.losses import scorer_loss
from gram_es.training.stages.preference import find_preferences, preference_stage


@dataclass(frozen=True, slots=True)
class KeptVectors:
    """Vectors by an encoder that learns no more, ``(n, d)`` each, in the corpus's order."""

    queries: Tensor
    mistyped: Tensor
    labels: Tensor
    products: Tensor

    def draw_queries(self, examples: Sequence[int], chance: np.random.Generator) -> Tensor:
        """Return the vectors of queries, a share of them mistyped."""
        slipped = torch.from_numpy(chance.random(len(examples)) < TYPO_SHARE)[:, None]
        return torch.where(slipped, self.mistyped[examples], self.queries[examples])


SCORER, ALIGNMENT, JOINT, PREFERENCE = "scorer", "co-alignment", "joint", "preference"
_HARD_FROM, _HARD_TO, _HARD_KEPT = 15, 200, 60  # ranks; the first ones are often right, unjudged
_TEXT_SHARE = 0.5  # of the text beside the cosine when hard negatives are ranked
_ENCODED_AT_ONCE = 64


@dataclass(slots=True)
class Course:
    """Everything that the stages share.

    ``words`` are the stems of each product that the blend compares with a query's.
    ``found`` holds what a stage's preparation has found, by name, as tensors that a checkpoint can
    carry: ``hard`` are the hard negatives of each judged example, ``(examples, n)`` filled up with
    -1, ``preferences`` is ``(n, 3)``.
    """

    network: GramNetwork
    head: CodeHead
    trie: Trie
    text: TextEncoder
    corpus: Corpus
    mined: Mined
    lexical: Lexical
    words: Sequence[str]
    speller: Speller
    plan: Plan
    seed: int
    found: dict[str, Tensor] = field(default_factory=dict)
    kept: KeptVectors | None = None

    def stages(self) -> list[Stage]:
        """Return the stages that the plan gives steps to, in order."""
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
        every = [
            Stage(SCORER, plan.scorer_steps, [encoding], self.scorer_loss),
            Stage(ALIGNMENT, plan.alignment_steps, aligning, self.alignment_loss),
            Stage(JOINT, plan.joint_steps, joint, self.joint_loss),
            Stage(PREFERENCE, plan.preference_steps, preferring, self.preference_loss),
        ]
        return [stage for stage in every if stage.steps]

    def scorer_loss(self, chance: np.random.Generator) -> Tensor:
        """Return the loss of a batch of the scorer's stage."""
        batch = self._draw(chance)
        return scorer_loss(*self._vectors(batch, chance), batch.gains)

    def alignment_loss(self, chance: np.random.Generator) -> Tensor:
        """Return the loss of a batch of co-alignment, with the scorer's if there was that stage."""
        batch = self._draw(chance)
        queries, products = self._vectors(batch, chance)
        loss = alignment_stage(
            self.head,
            queries,
            products,
            batch.gains,
            query_teachers=self.corpus.query_teachers(batch.examples),
            product_teachers=self.corpus.product_teachers(batch.products),
            anchor=self.plan.anchor,
        )
        if not self.plan.scorer_steps:
            return loss
        return loss + scorer_loss(queries, products, batch.gains)

    def _vectors(self, batch: Batch, chance: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return the vectors of a batch's queries, some mistyped, and of its products."""
        if self.plan.encoder_learns == "never":
            kept = self.kept_vectors()
            return kept.draw_queries(batch.examples, chance), kept.products[batch.products]
        queries = self._encode(self.corpus.query_ids(batch.examples, chance))
        return queries, self._encode([self.corpus.product_ids[n] for n in batch.products])

    def joint_loss(self, chance: np.random.Generator) -> Tensor:
        """Return the loss of a batch of queries, codes and products that learn to spell codes.

        Shoppers type codes too: the labels of some stand beside the queries. Where co-alignment
        has taught the head nothing, the teachers teach the decoder themselves.
        """
        size, corpus, alone = self.plan.lesson, self.corpus, self.plan.decoder_learns_alone
        examples = corpus.draw_examples(size, chance)
        labels = _some(corpus.label_ids, size // 2, chance) if self.plan.alignment_steps else []
        numbers = _some(corpus.product_ids, size + size // 2, chance)
        if alone:
            kept = self.kept_vectors()
            queries = torch.cat([kept.draw_queries(examples, chance), kept.labels[labels]])
            products = kept.products[numbers]
        else:
            asked = corpus.query_ids(examples, chance) + [corpus.label_ids[n] for n in labels]
            queries = self._encode(asked)
            products = self._encode([corpus.product_ids[n] for n in numbers])
        if self.plan.alignment_steps:
            lessons = [taught_by(self.head, texts, chance) for texts in (queries, products)]
        else:
            lessons = [
                taught(queries, corpus.query_teachers(examples), chance),
                taught(products, corpus.product_teachers(numbers), chance),
            ]
        loss = joint_stage(self.network, self.trie, lessons)
        if alone:
            return loss
        if self.plan.alignment_steps:
            return loss + self.alignment_loss(chance)
        return loss + self.scorer_loss(chance) if self.plan.scorer_steps else loss

    def preference_loss(self, chance: np.random.Generator) -> Tensor:
        """Return the loss of a batch of preferences."""
        found = self.found["preferences"]
        size = min(self.plan.lesson, len(found))
        drawn = found[torch.from_numpy(chance.choice(len(found), size, replace=False))]
        queries = self.encode_queries(drawn[:, 0].tolist())
        return preference_stage(self.network, self.trie, queries=queries, pairs=drawn[:, 1:])

    def _draw(self, chance: np.random.Generator) -> Batch:
        plan = self.plan
        return self.corpus.draw(
            plan.batch,
            relevant=plan.relevant,
            rejected=plan.rejected,
            hard=plan.hard,
            hard_of=self.found.get("hard"),
            chance=chance,
        )

    def prepare(self, stage: str) -> bool:
        """Prepare a stage from the weights as they are; tell whether there is anything to learn."""
        if stage == (ALIGNMENT if self.plan.alignment_steps else JOINT):
            self._prepare_head()
        if stage == JOINT:
            self.network.start_decoding(F.normalize(self.head.weight.detach(), dim=1), self.trie)
        if stage == PREFERENCE:
            self._prepare_preference()
            return len(self.found["preferences"]) > 0
        return True

    def _encode(self, sequences: Sequence[Sequence[int]], *, bar: str | None = None) -> Tensor:
        return vectors_of(self.network, self.text, sequences, batch=_ENCODED_AT_ONCE, bar=bar)

    def settle(self, stage: str | None = None) -> None:
        """Keep the vectors if the encoder learns no more from ``stage`` on, ``None`` for the end.

        A training that goes on after an interruption settles where it would have without.
        """
        learns = self.plan.encoder_learns
        decoding = stage in (JOINT, PREFERENCE, None)
        if learns == "never" or (learns == "until joint" and decoding):
            self.kept_vectors()

    @torch.no_grad()
    def encode_products(self, numbers: Iterable[int]) -> Tensor:
        """Return products' vectors, ``(n, d)``: the kept ones, or by the weights as they are."""
        if self.kept is not None:
            return self.kept.products[list(numbers)]
        sequences = [self.corpus.product_ids[n] for n in numbers]
        return self._encode(sequences, bar="encode products")

    @torch.no_grad()
    def encode_queries(self, examples: Sequence[int]) -> Tensor:
        """Return the vectors of examples' queries as typed, ``(n, d)``, as of products."""
        if self.kept is not None:
            return self.kept.queries[examples]
        return self._encode(self.corpus.query_ids(examples))

    @torch.no_grad()
    def kept_vectors(self) -> KeptVectors:
        """Return the vectors of everything that the decoder learns from, made at first use.

        Only once the encoder has its final weights (:meth:`settle`).
        """
        if self.kept is None:
            corpus, every = self.corpus, range(len(self.corpus.examples))
            slips = np.random.default_rng(self.seed)
            self.kept = KeptVectors(
                queries=self._encode(corpus.query_ids(every), bar="encode queries"),
                mistyped=self._encode(
                    corpus.query_ids(every, slips, share=1.0), bar="encode mistyped queries"
                ),
                labels=self._encode(corpus.label_ids, bar="encode codes"),
                products=self.encode_products(range(len(corpus.product_ids))),
            )
        return self.kept

    def _prepare_head(self) -> None:
        vectors = self.encode_products(range(len(self.corpus.product_ids)))
        self.head.start_at_centroids(vectors, self.mined.postings)
        if self.plan.hard and self.plan.alignment_steps:
            self.found["hard"] = self._hard_negatives(vectors)

    def _hard_negatives(self, products: Tensor) -> Tensor:
        """Return what ranks high for each judged example and nobody judged, ``(examples, n)``."""
        chance = np.random.default_rng(self.seed)
        judged = [n for n, example in enumerate(self.corpus.examples) if example.judged]
        hard = torch.full((len(self.corpus.examples), _HARD_KEPT), -1)
        starts = range(0, len(judged), _ENCODED_AT_ONCE)
        for first in tqdm(starts, desc="find hard negatives", unit="batch", disable=None):
            rows = judged[first : first + _ENCODED_AT_ONCE]
            queries = self.encode_queries(rows)
            for row, cosines in zip(rows, (queries @ products.T).numpy(), strict=True):
                example = self.corpus.examples[row]
                text = self.lexical.scores(self.speller.correct(example.text))
                scores = cosines + _TEXT_SHARE * text / max(float(text.max()), 1e-6)
                depth = min(_HARD_TO, len(scores))
                best = np.argpartition(-scores, depth - 1)[:depth]
                best = best[np.argsort(-scores[best], kind="stable")][_HARD_FROM:]
                known = np.concatenate([example.products, example.rejected])
                kept = chance.permutation(best[~np.isin(best, known)])[:_HARD_KEPT]
                hard[row, : len(kept)] = torch.from_numpy(kept)
        return hard

    def _prepare_preference(self) -> None:
        plan, corpus = self.plan, self.corpus
        chance = np.random.default_rng(self.seed)
        asked = corpus.draw_examples(plan.preference_queries, chance)
        examples = [corpus.examples[number] for number in asked]
        everything, others = len(corpus.product_ids), plan.searched_products
        searched = part_to_search(examples, products=everything, others=others, chance=chance)
        rows = {product: row for row, product in enumerate(searched)}
        found = find_preferences(
            self.network,
            self.trie,
            queries=self.encode_queries(asked),
            products=self.encode_products(searched),
            relevant=[example.gains_among(rows) for example in examples],
        )
        pairs = [[asked[query], better, worse] for query, better, worse in found]
        self.found["preferences"] = torch.tensor(pairs, dtype=torch.int64).view(-1, 3)


def _some(among: Sequence[object], count: int, chance: np.random.Generator) -> list[int]:
    drawn: list[int] = chance.choice(len(among), min(count, len(among)), replace=False).tolist()
    return drawn

"""Co-alignment: prefer the codes on which both sides of a relevant pair agree (DPO).

Of the codes that the query side and the product side write for a relevant pair, those of both are
better than those of one alone (Rafailov et al. 2023 for the loss). The probability of a code for a
pair is the mean of both sides. Gains count by the token: otherwise long, fine codes, whose
likelihoods vary most, would be pushed away.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from gram_es.language_model.code_tree.code_search import CodeSearch
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.sides import PRODUCTS, QUERIES
from gram_es.model.gram import Gram
from gram_es.training.language_model.examples import CodeExample, CodeExamples, product_text
from gram_es.training.language_model.supervised import PackedExamples
from gram_es.training.language_model.targets import Target

BETA: Final = 2.0  # a nat by the token in favour of a code counts so much
MAX_PAIRS: Final = 300
_PAIRS_EACH_STEP: Final = 4
_BEAMS: Final = 10
_CODES_EACH: Final = 3  # of either kind, of a pair


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """A query and a product that is relevant to it, with codes of both sides and of one alone.

    ``reference`` is log π of each code before the stage, ``(codes,)``: first those of ``agreed``,
    then those of ``disputed``.
    """

    query: str
    product: int
    agreed: tuple[int, ...]
    disputed: tuple[int, ...]
    reference: tuple[float, ...]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> PreferencePair:
        """Return the pair that JSON has expressed."""
        codes = (tuple(fields[name]) for name in ("agreed", "disputed", "reference"))
        return cls(fields["query"], fields["product"], *codes)


def alignment_loss(gains: Tensor, lengths: Tensor, is_agreed: Tensor) -> Tensor:
    """Return the mean of -log σ(β (gain of an agreed code - gain of a disputed code)).

    :param gains: ``(codes,)``, log π less log π of the reference.
    :param lengths: ``(codes,)``, the tokens of each code; gains count by the token.
    :param is_agreed: ``(codes,)`` bool; there must be codes of both kinds.
    """
    by_token = gains / lengths
    margins = by_token[is_agreed][:, None] - by_token[~is_agreed][None]
    return -logsigmoid(BETA * margins).mean()


def pair_log_probs(of_query: Tensor, of_product: Tensor) -> Tensor:
    """Return log of the mean of P(code | query) and P(code | product), ``(codes,)``."""
    return torch.logaddexp(of_query, of_product) - math.log(2.0)


def find_pairs(
    gram: Gram, model: LanguageModel, examples: CodeExamples, seed: int
) -> list[PreferencePair]:
    """Return pairs on whose codes both sides agree and differ."""
    rng = np.random.default_rng(seed)
    labels = [code.label for code in gram.codebook]
    shuffled = rng.permutation(len(examples.queries)).tolist()
    asked = sorted(shuffled, key=lambda number: not examples.queries[number].judged)[:MAX_PAIRS]
    queries = [examples.queries[number] for number in asked]
    products = [int(rng.choice(query.products)) for query in queries]
    of_query = CodeSearch(model, labels, side=QUERIES).find([query.text for query in queries])
    texts = [product_text(examples.products[product]) for product in products]
    of_product = CodeSearch(model, labels, side=PRODUCTS).find(texts)
    pairs = []
    for query, product, first, second in zip(queries, products, of_query, of_product, strict=True):
        ours, theirs = first[:_BEAMS].tolist(), second[:_BEAMS].tolist()
        agreed = tuple(code for code in ours if code in theirs)[:_CODES_EACH]
        disputed = tuple(code for code in (*ours, *theirs) if (code in ours) != (code in theirs))
        if agreed and disputed:
            kept = tuple(rng.permutation(disputed)[:_CODES_EACH].tolist())
            pair = PreferencePair(query.text, product, agreed, kept, ())
            reference, _ = _log_probs(model, examples, [pair])
            pairs.append(
                PreferencePair(query.text, product, agreed, kept, tuple(reference.tolist()))
            )
    return pairs


@dataclass(frozen=True, slots=True)
class AlignmentStage:
    """Pairs to learn from, and the language model that learns."""

    model: LanguageModel
    examples: CodeExamples
    pairs: Sequence[PreferencePair]

    def loss(self, rng: np.random.Generator) -> Tensor:
        """Draw pairs and return their mean loss."""
        count = min(_PAIRS_EACH_STEP, len(self.pairs))
        drawn = [self.pairs[n] for n in rng.choice(len(self.pairs), count, replace=False)]
        log_probs, lengths = _log_probs(self.model, self.examples, drawn, with_gradients=True)
        losses, start = [], 0
        for pair in drawn:
            part = slice(start, start + len(pair.reference))
            reference = torch.tensor(pair.reference, device=log_probs.device)
            is_agreed = torch.arange(len(reference), device=log_probs.device) < len(pair.agreed)
            losses.append(alignment_loss(log_probs[part] - reference, lengths[part], is_agreed))
            start = part.stop
        return torch.stack(losses).mean()


def _log_probs(
    model: LanguageModel,
    examples: CodeExamples,
    pairs: Sequence[PreferencePair],
    *,
    with_gradients: bool = False,
) -> tuple[Tensor, Tensor]:
    """Return log π of the codes of all pairs and their lengths in tokens, both ``(codes,)``."""
    texts = []
    for pair in pairs:
        codes = (*pair.agreed, *pair.disputed)
        target = Target(codes, (1.0,) * len(codes))
        product = product_text(examples.products[pair.product])
        texts += [CodeExample(QUERIES, pair.query, target), CodeExample(PRODUCTS, product, target)]
    batch = PackedExamples.of(model, examples.codebook, texts)
    with torch.set_grad_enabled(with_gradients):
        log_probs = model.path_log_probs(batch.tree, batch.starts)
    is_query = batch.is_query.to(log_probs.device)
    ends = [len(path) - start for path, start in zip(batch.tree.paths, batch.starts, strict=True)]
    lengths = torch.tensor(ends, device=log_probs.device)[is_query]
    return pair_log_probs(log_probs[is_query], log_probs[~is_query]), lengths

"""Preference alignment: the model's beams, ordered by what they retrieve (GRAM, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from gram_es.model.network import GramNetwork
from gram_es.model.tokenizer import batches_by_length
from gram_es.training.corpus import Corpus
from gram_es.training.losses import preference_loss
from gram_es.training.postings import Postings
from gram_es.trie import Trie

BETA = 1.0
MARGIN = 0.5
ANCHOR = 0.5  # weight of the NLL term that keeps the preferred code's own probability up
_BEAMS = 8
_PRODUCT_CODES = 10
_BATCH = 64
_LEAST_GAP = 0.1  # of efficiency; closer codes are equals


@dataclass(frozen=True, slots=True)
class Preference:
    """A query's example number with a code that retrieves better than another."""

    example: int
    better: int
    worse: int


def efficiency(relevant: dict[int, float], carriers: NDArray[np.int64], *, products: int) -> float:
    """Return a code's measured retrieval efficiency: gain reached times rarity, in 0 to 1.

    :param relevant: product number to gain; ``carriers``: the products that carry the code;
        ``products``: how many products the catalogue has.
    """
    if not len(carriers) or not relevant:
        return 0.0
    reached = sum(relevant.get(n, 0.0) for n in carriers.tolist()) / sum(relevant.values())
    rarity = np.log(max(products, 2) / len(carriers)) / np.log(max(products, 2))
    return float(reached * max(rarity, 0.0))


@torch.inference_mode()
def carried_codes(
    network: GramNetwork, trie: Trie, corpus: Corpus, products: Sequence[int]
) -> Postings:
    """Generate the codes of ``products``, as ingest will; positions in it are positions there."""
    codes: list[list[int]] = [[] for _ in products]
    sequences = [corpus.product_ids[product] for product in products]
    rounds = list(batches_by_length(sequences, _BATCH))
    for rows in tqdm(rounds, desc="generate codes", unit="batch", disable=None):
        encoded = network.encode(*corpus.encoder.pad([sequences[n] for n in rows]))
        beams = network.generate_codes(encoded, trie, beams=_PRODUCT_CODES)
        for row, found in zip(rows, beams.codes.tolist(), strict=True):
            codes[row] = [code for code in found if code >= 0]
    return Postings(codes, codes=len(trie.paths))


@torch.inference_mode()
def find_preferences(
    network: GramNetwork,
    trie: Trie,
    corpus: Corpus,
    examples: Sequence[int],
    products: Sequence[int],
) -> list[Preference]:
    """Beam-search each example and pair its best with its worst code by measured efficiency.

    :param products: the part of the catalogue to retrieve from, product numbers.
    """
    postings = carried_codes(network, trie, corpus, products)
    position = {product: n for n, product in enumerate(products)}
    found: list[Preference] = []
    starts = range(0, len(examples), _BATCH)
    for start in tqdm(starts, desc="measure beams", unit="batch", disable=None):
        batch = examples[start : start + _BATCH]
        encoded = network.encode(*corpus.encoder.pad(corpus.query_ids(batch)))
        beams = network.generate_codes(encoded, trie, beams=_BEAMS).codes.tolist()
        for example, codes in zip(batch, beams, strict=True):
            relevant = corpus.relevant_among(example, position)
            pair = extremes([c for c in codes if c >= 0], relevant, postings)
            if pair is not None:
                found.append(Preference(example, *pair))
    return found


def extremes(
    codes: Sequence[int], relevant: dict[int, float], postings: Postings
) -> tuple[int, int] | None:
    """Return the code that retrieves best and the one that retrieves worst, if that differs."""
    measured = [
        efficiency(relevant, postings.products_of(c), products=postings.products) for c in codes
    ]
    if len(codes) < 2 or max(measured) - min(measured) < _LEAST_GAP:
        return None
    return codes[int(np.argmax(measured))], codes[int(np.argmin(measured))]


def preference_stage(
    network: GramNetwork, trie: Trie, corpus: Corpus, preferences: Sequence[Preference]
) -> Tensor:
    """Return the loss of a batch of preferences; only the decoder learns from it."""
    ids, mask = corpus.encoder.pad(corpus.query_ids([p.example for p in preferences]))
    with torch.no_grad():
        encoded = network.encode(ids, mask)
    pairs = torch.tensor([[p.better, p.worse] for p in preferences])
    better, worse = network.code_log_probs(encoded, pairs, trie).unbind(1)
    return preference_loss(better, worse, beta=BETA, margin=MARGIN) - ANCHOR * better.mean()

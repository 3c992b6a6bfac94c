"""Preference alignment: the model's beams, ordered by what they retrieve (GRAM, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from gram_es.codes.trie import Trie
from gram_es.model.network import GramNetwork
from gram_es.training.data.postings import Postings
from gram_es.training.stages.losses import preference_loss

BETA = 1.0
MARGIN = 0.5
ANCHOR = 0.5  # weight of the NLL term that keeps the preferred code's own probability up
_BEAMS = 8
_PRODUCT_CODES = 10
_BATCH = 64
_LEAST_GAP = 0.1  # of efficiency; closer codes are equals


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
def generated_codes(
    network: GramNetwork, trie: Trie, texts: Tensor, *, beams: int, bar: str
) -> list[list[int]]:
    """Return the codes that each text generates, best first.

    :param texts: ``(n, d)``, vectors; ``bar``: what the progress bar is called.
    """
    found: list[list[int]] = []
    for batch in tqdm(texts.split(_BATCH), desc=bar, unit="batch", disable=None):
        codes = network.generate_codes(batch, trie, beams=beams).codes.tolist()
        found += [[code for code in row if code >= 0] for row in codes]
    return found


def find_preferences(
    network: GramNetwork,
    trie: Trie,
    *,
    queries: Tensor,
    products: Tensor,
    relevant: Sequence[dict[int, float]],
) -> list[tuple[int, int, int]]:
    """Beam-search each query and pair its best with its worst code by measured efficiency.

    A pair is the query's row, the better and the worse code.

    :param queries: ``(Q, d)``, vectors; ``products``: ``(n, d)``, the part of the catalogue to
        retrieve from, whose best codes the model generates.
    :param relevant: the gains of each query's relevant products by their row.
    """
    carried = generated_codes(network, trie, products, beams=_PRODUCT_CODES, bar="generate codes")
    postings = Postings(carried, codes=len(trie.paths))
    beams = generated_codes(network, trie, queries, beams=_BEAMS, bar="measure beams")
    pairs = (extremes(c, r, postings) for c, r in zip(beams, relevant, strict=True))
    return [(query, *pair) for query, pair in enumerate(pairs) if pair is not None]


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


def preference_stage(network: GramNetwork, trie: Trie, *, queries: Tensor, pairs: Tensor) -> Tensor:
    """Return the loss of a batch of preferences.

    :param queries: ``(B, d)``, vectors; ``pairs``: ``(B, 2)``, the better and the worse code.
    """
    better, worse = network.code_log_probs(queries, pairs, trie).unbind(1)
    return preference_loss(better, worse, beta=BETA, margin=MARGIN) - ANCHOR * better.mean()

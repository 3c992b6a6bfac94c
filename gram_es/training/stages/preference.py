"""Preference alignment: teach the model to prefer codes that retrieve better.

The codes are compared within the beam of each query (GRAM, section 3.3).
"""

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
ANCHOR = 0.5  # weight of the NLL term, which keeps the preferred code's probability from falling
_BEAMS = 8
_PRODUCT_CODES = 10
_BATCH = 64
_MIN_EFFICIENCY_GAP = 0.1  # codes whose efficiencies differ by less count as equal


def efficiency(relevant: dict[int, float], carriers: NDArray[np.int64], *, products: int) -> float:
    """Return a code's retrieval efficiency for a query, from 0 to 1.

    The efficiency is the code's share of the gains, times the code's rarity. The share is the sum
    of the gains of the products with the code, divided by the sum of all gains.

    :param relevant: the gains of the query's relevant products by product number.
    :param carriers: the numbers of the products with the code.
    :param products: how many products the catalogue has.
    """
    if not len(carriers) or not relevant:
        return 0.0
    reached = sum(relevant.get(n, 0.0) for n in carriers.tolist()) / sum(relevant.values())
    rarity = np.log(max(products, 2) / len(carriers)) / np.log(max(products, 2))
    return float(reached * max(rarity, 0.0))


@torch.inference_mode()
def generate_in_batches(
    network: GramNetwork, trie: Trie, texts: Tensor, *, beams: int, progress_label: str
) -> list[list[int]]:
    """Return the codes that the model generates for each text, best first.

    :param texts: ``(n, d)``, vectors.
    """
    codes_by_text: list[list[int]] = []
    for batch in tqdm(texts.split(_BATCH), desc=progress_label, unit="batch", disable=None):
        codes = network.generate_codes(batch, trie, beams=beams).codes.tolist()
        codes_by_text += [[code for code in row if code >= 0] for row in codes]
    return codes_by_text


def find_preferences(
    network: GramNetwork,
    trie: Trie,
    *,
    queries: Tensor,
    products: Tensor,
    relevant: Sequence[dict[int, float]],
) -> list[tuple[int, int, int]]:
    """Return, for each query, which of its generated codes retrieve best and worst.

    An item has three parts: the query's row in ``queries``, its better code and its worse code.
    Queries whose codes retrieve about equally well are left out.

    :param queries: ``(Q, d)``, vectors.
    :param products: ``(n, d)``, vectors of the products to retrieve from; the model generates their
        codes.
    :param relevant: for each query, the gains of its relevant products by row in ``products``.
    """
    codes_by_product = generate_in_batches(
        network, trie, products, beams=_PRODUCT_CODES, progress_label="generate codes"
    )
    postings = Postings(codes_by_product, codes=len(trie.paths))
    beams = generate_in_batches(
        network, trie, queries, beams=_BEAMS, progress_label="measure beams"
    )
    pairs = (best_and_worst_code(c, r, postings) for c, r in zip(beams, relevant, strict=True))
    return [(query, *pair) for query, pair in enumerate(pairs) if pair is not None]


def best_and_worst_code(
    codes: Sequence[int], relevant: dict[int, float], postings: Postings
) -> tuple[int, int] | None:
    """Return the codes of the highest and lowest efficiency; ``None`` if all are about equal."""
    efficiencies = [
        efficiency(relevant, postings.products_of(c), products=postings.products) for c in codes
    ]
    if len(codes) < 2 or max(efficiencies) - min(efficiencies) < _MIN_EFFICIENCY_GAP:
        return None
    return codes[int(np.argmax(efficiencies))], codes[int(np.argmin(efficiencies))]


def preference_stage(network: GramNetwork, trie: Trie, *, queries: Tensor, pairs: Tensor) -> Tensor:
    """Return the loss of a batch of preferences.

    :param queries: ``(B, d)``, vectors; ``pairs``: ``(B, 2)``, the better and the worse code.
    """
    better, worse = network.code_log_probs(queries, pairs, trie).unbind(1)
    return preference_loss(better, worse, beta=BETA, margin=MARGIN) - ANCHOR * better.mean()

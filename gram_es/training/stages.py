"""The stages of training, in order; each one is the loss of a batch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gram_es.model.network import Encoded, GramNetwork
from gram_es.training.corpus import Batch
from gram_es.training.losses import agreement_loss, scorer_loss
from gram_es.trie import Trie

_POOL = 32  # candidate codes of a batch in co-alignment
_POOL_BEAMS = 3


def encode_batch(network: GramNetwork, batch: Batch) -> tuple[Encoded, Encoded]:
    """Encode a batch's queries and products."""
    return network.encode(*batch.queries), network.encode(*batch.products)


def scorer_stage(network: GramNetwork, batch: Batch) -> Tensor:
    """Return the loss of the query-product scorer alone."""
    queries, products = encode_batch(network, batch)
    return scorer_loss(queries.vectors, products.vectors, batch.gains)


def joint_stage(network: GramNetwork, trie: Trie, batch: Batch) -> Tensor:
    """Return the joint loss: P(c|q), P(c|p) and the scorer on one set of weights."""
    queries, products = encode_batch(network, batch)
    spelling = -network.code_log_probs(queries, batch.query_codes, trie).mean()
    spelling = spelling - network.code_log_probs(products, batch.product_codes, trie).mean()
    return spelling + scorer_loss(queries.vectors, products.vectors, batch.gains)


def alignment_stage(
    network: GramNetwork, trie: Trie, batch: Batch, chance: np.random.Generator
) -> Tensor:
    """Return the co-alignment loss over a pool of codes that the batch itself generates."""
    queries, products = encode_batch(network, batch)
    pool = _pool(network, trie, queries, products, chance)
    query_log_probs = network.code_log_probs(queries, pool.expand(len(batch.examples), -1), trie)
    product_log_probs = network.code_log_probs(products, pool.expand(len(batch.numbers), -1), trie)
    agreement = agreement_loss(query_log_probs, product_log_probs, batch.gains)
    anchor = -network.code_log_probs(queries, batch.query_codes, trie).mean()
    anchor = anchor - network.code_log_probs(products, batch.product_codes, trie).mean()
    return agreement + 0.2 * anchor + scorer_loss(queries.vectors, products.vectors, batch.gains)


def _pool(
    network: GramNetwork,
    trie: Trie,
    queries: Encoded,
    products: Encoded,
    chance: np.random.Generator,
) -> Tensor:
    with torch.no_grad():
        found = [
            network.generate_codes(side, trie, beams=_POOL_BEAMS).codes
            for side in (queries, products)
        ]
    codes = torch.cat([f.flatten() for f in found])
    codes = codes[codes >= 0].unique()
    kept = chance.permutation(len(codes))[:_POOL]
    pool: Tensor = codes[torch.from_numpy(np.sort(kept))]
    return pool

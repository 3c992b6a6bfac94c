"""The peer of learned sparse retrieval: an encoder such as SPLADE, or a doc-only one.

The weights of tokens are compared exactly, as a ``sparse_vector`` without pruning does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sentence_transformers import SparseEncoder
from tqdm import tqdm

from gram_es.errors import ModelError, first_line
from gram_es.evaluation.fusion import ScoredHits
from gram_es.evaluation.measures import DEPTH
from gram_es.evaluation.runs import Run
from gram_es.records import Product
from gram_es.retrieval.context import Stopwatch
from gram_es.text.product import raw_text

SYSTEM: Final = "learned sparse"
_MAX_TOKENS = 128
_CHUNK = 512


class SparseModel:
    """A sparse encoder of sentence-transformers, used without further training."""

    def __init__(self, source: str) -> None:
        """Load the encoder.

        :param source: a hub id such as ``naver/splade-v3``, or a folder.
        :raises ModelError: if the encoder does not exist or cannot be used.
        """
        try:
            self._encoder = SparseEncoder(source, device="cpu")
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"cannot load the sparse encoder {source}: {first_line(error)}; pass a folder that "
                "contains it with --sparse-encoder"
            ) from None
        self._encoder.max_seq_length = _MAX_TOKENS

    def query_weights(self, query: str) -> Any:
        """Return the weights of the tokens of a query, ``(1, vocabulary)``, as a sparse array."""
        return _sparse_array(self._encoder.encode_query([query], show_progress_bar=False))

    def product_weights(self, products: Sequence[Product]) -> Any:
        """Return the weights of the tokens of products, ``(n, vocabulary)``, as a sparse array."""
        from scipy.sparse import vstack

        parts = []
        with tqdm(total=len(products), desc=SYSTEM, unit="product", disable=None) as bar:
            for first in range(0, len(products), _CHUNK):
                texts = [raw_text(product) for product in products[first : first + _CHUNK]]
                weights = self._encoder.encode_document(texts, show_progress_bar=False)
                parts.append(_sparse_array(weights))
                bar.update(len(texts))
        return vstack(parts, format="csr")


def run_sparse(model: SparseModel, products: Sequence[Product], queries: Sequence[str]) -> Run:
    """Run each query; a product without a common token is no hit."""
    last = {product.id: product for product in products}  # the index, too, keeps the last version
    ids, stored = list(last), model.product_weights(list(last.values()))
    hits: dict[str, ScoredHits] = {}
    took_ms: dict[str, list[float]] = {}
    for query in tqdm(queries, desc=SYSTEM, unit="query", disable=None):
        watch = Stopwatch()
        with watch.stage("encode"):
            weights = model.query_weights(query)
        with watch.stage("exact_search"):
            scores = (stored @ weights.T).toarray()[:, 0]
            best = np.argsort(-scores, kind="stable")[:DEPTH].tolist()
            hits[query] = {ids[n]: float(scores[n]) for n in best if scores[n] > 0}
        for stage, milliseconds in watch.read().items():
            took_ms.setdefault(stage, []).append(milliseconds)
    return Run(SYSTEM, hits, took_ms)


def _sparse_array(weights: Any) -> Any:
    """Return a sparse tensor of torch as a sparse array of scipy."""
    from scipy.sparse import csr_array

    entries = weights.coalesce()
    return csr_array((entries.values().numpy(), entries.indices().numpy()), shape=entries.shape)

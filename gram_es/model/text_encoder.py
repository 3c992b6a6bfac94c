"""The encoder of texts with its tokenizer; of the model, only this part needs torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from gram_es.model.config import PRODUCT_PROMPT, GramConfig
from gram_es.model.network import GramNetwork
from gram_es.model.precision import pack_linear_layers
from gram_es.model.quantise import quantise
from gram_es.model.tokenizer import TextTokenizer, batches_by_length
from gram_es.records import Product
from gram_es.text.product import model_text

Vectors = NDArray[np.float32]
_BATCH = 64
_CHUNK = 2_048


class TextEncoder:
    """A network with its tokenizer, which together turn texts into unit vectors."""

    def __init__(self, network: GramNetwork, tokenizer: TextTokenizer) -> None:
        self.network = network
        self.tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path) -> TextEncoder:
        """Read the encoder that :meth:`save` wrote to ``folder``.

        :raises OSError: if a file cannot be read.
        :raises ValueError: if the configuration or the tokenizer is not valid.
        :raises RuntimeError: if the weights do not fit the configuration.
        """
        network = GramNetwork.load(folder)
        return cls(network, TextTokenizer.load(folder, network.config))

    def save(self, folder: Path) -> None:
        """Write configuration, weights and tokenizer to ``folder``."""
        self.network.save(folder)
        self.tokenizer.save(folder)

    def pack(self) -> TextEncoder:
        """Make single queries faster; afterwards the encoder can no longer be trained."""
        pack_linear_layers(self.network)
        return self

    @property
    def config(self) -> GramConfig:
        """Return the model's configuration."""
        return self.network.config

    @property
    def dimensions(self) -> int:
        """Return the number of dimensions of a vector."""
        return self.network.width

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Return the vectors of normalised ``texts``, each preceded by ``prompt``, ``(n, d)``."""
        vectors: Vectors = self.vectors(self.tokenizer.prompted_ids(texts, prompt)).numpy()
        return vectors

    def encode_products(self, products: Sequence[Product]) -> NDArray[np.int8]:
        """Return the vectors of products as documents store them, ``(n, d)`` int8.

        Texts and tokens are made for one chunk at a time, so that only the bytes stay in memory.
        """
        vectors = np.empty((len(products), self.dimensions), dtype=np.int8)
        with tqdm(total=len(products), desc="encode products", unit="product", disable=None) as bar:
            for first in range(0, len(products), _CHUNK):
                texts = [model_text(product) for product in products[first : first + _CHUNK]]
                vectors[first : first + _CHUNK] = quantise(self.encode(texts, PRODUCT_PROMPT))
                bar.update(len(texts))
        return vectors

    def vectors(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """Return the vectors of token ``sequences``, ``(n, d)``, with their gradients.

        The sequences are encoded in batches of similar length.
        """
        if not sequences:
            return torch.zeros(0, self.dimensions)
        batches = list(batches_by_length(sequences, _BATCH))
        parts = [self._batch_vectors([sequences[n] for n in rows]) for rows in batches]
        order = torch.tensor([number for rows in batches for number in rows])
        return torch.cat(parts)[order.argsort()]

    def _batch_vectors(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        return self.network.encode(*map(torch.from_numpy, self.tokenizer.pad(sequences)))

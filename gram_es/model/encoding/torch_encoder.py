"""The encoder of texts in torch, for training, and for encoders other than BERT."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.model.encoding.network import GramNetwork
from gram_es.model.encoding.precision import pack_linear_layers
from gram_es.model.encoding.text_encoder import BATCH, TextEncoder, Vectors
from gram_es.model.tokenizer import TextTokenizer, batches_by_length


class TorchEncoder(TextEncoder):
    """A network of torch with its tokenizer; it can be trained until it is packed."""

    def __init__(self, network: GramNetwork, tokenizer: TextTokenizer) -> None:
        super().__init__(tokenizer, network.config, network.width)
        self.network = network

    @classmethod
    def load(cls, folder: Path) -> TorchEncoder:
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

    def pack(self) -> TorchEncoder:
        """Make single queries faster; afterwards the encoder can no longer be trained."""
        pack_linear_layers(self.network)
        return self

    def vectors(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """Return the vectors of token ``sequences``, ``(n, d)``, with their gradients.

        The sequences are encoded in batches of similar length.
        """
        if not sequences:
            return torch.zeros(0, self.dimensions)
        batches = list(batches_by_length(sequences, BATCH))
        parts = [
            self._encoded(*self.tokenizer.pad([sequences[n] for n in rows])) for rows in batches
        ]
        order = torch.tensor([number for rows in batches for number in rows])
        return torch.cat(parts)[order.argsort()]

    @torch.inference_mode()
    def _batch_vectors(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Vectors:
        vectors: Vectors = self._encoded(ids, mask).numpy()
        return vectors

    def _encoded(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Tensor:
        return self.network.encode(torch.from_numpy(ids), torch.from_numpy(mask))

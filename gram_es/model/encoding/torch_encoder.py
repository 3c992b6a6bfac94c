"""The encoder of texts in torch, for training, and for encoders other than BERT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.model.config import GramConfig
from gram_es.model.encoding.network import GramNetwork
from gram_es.model.encoding.precision import pack_linear_layers
from gram_es.model.encoding.text_encoder import BATCH, SavableEncoder, Vectors
from gram_es.model.tokenizer import TextTokenizer, batches_by_length


class TorchEncoder(SavableEncoder):
    """A network of torch with its tokenizer; it can be trained until it is packed."""

    def __init__(self, network: GramNetwork, tokenizer: TextTokenizer) -> None:
        super().__init__(tokenizer, network.config, network.width)
        self.network = network

    @classmethod
    def of(
        cls,
        weights: Mapping[str, NDArray[np.float32]],
        tokenizer: TextTokenizer,
        config: GramConfig,
    ) -> TorchEncoder:
        """Return an encoder with copies of the given weights.

        :param weights: with the names of ``transformers``. Those that the network has no place for,
            such as the weights of a pooling layer, are left out.
        """
        network = GramNetwork(config).eval()
        tensors = {name: torch.from_numpy(weight) for name, weight in weights.items()}
        missing, _ = network.encoder.load_state_dict(tensors, strict=False)
        assert not missing
        return cls(network, tokenizer)

    @classmethod
    def load(cls, folder: Path) -> TorchEncoder:
        """Read the encoder that :meth:`save` wrote to ``folder``.

        :raises OSError: if a file cannot be read.
        :raises ValueError: if the configuration or the tokenizer is not valid.
        :raises RuntimeError: if the weights do not fit the configuration.
        """
        network = GramNetwork.load(folder)
        return cls(network, TextTokenizer.load(folder, network.config))

    @property
    def parameters(self) -> int:
        """Return the number of weights."""
        return sum(weight.numel() for weight in self.network.parameters())

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

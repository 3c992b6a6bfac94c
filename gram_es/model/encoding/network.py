"""The network, which encodes texts as unit vectors."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gram_es.model.config import FIRST, WEIGHTS, GramConfig
from gram_es.model.encoding.encoder import create_encoder
from gram_es.model.encoding.precision import fast_matmul


class GramNetwork(nn.Module):
    """The encoder of queries and products; ``width`` is ``d``, the length of a text's vector."""

    def __init__(self, config: GramConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = create_encoder(config.encoder)
        self.width: int = self.encoder.config.hidden_size  # type: ignore[assignment,union-attr]

    @classmethod
    def load(cls, folder: Path) -> GramNetwork:
        """Read the network that :meth:`save` wrote to ``folder``.

        :raises OSError: if a file cannot be read.
        :raises ValueError: if a field of the configuration is missing or has the wrong type.
        :raises RuntimeError: if the weights do not fit the configuration.
        """
        network = cls(GramConfig.load(folder))
        load_model(network.encoder, folder / WEIGHTS)
        return network.eval()

    def save(self, folder: Path) -> None:
        """Write the configuration and the weights to ``folder``."""
        self.config.save(folder)
        weights = folder / WEIGHTS
        save_model(self.encoder, str(weights), metadata={"format": "pt"})
        weights.chmod(folder.stat().st_mode & 0o666)  # safetensors lets only the owner read it

    def encode(self, input_ids: Tensor, mask: Tensor) -> Tensor:
        """Return the vectors of texts, ``(B, d)`` of unit length, pooled as configured.

        The score s(q, p) of a query and a product is the dot product of their vectors.

        :param input_ids: token ids, ``(B, L)`` int64; ``mask``: ``(B, L)`` bool, false for padding.
        """
        with fast_matmul(tokens=input_ids.numel()):
            states = self.encoder(input_ids=input_ids, attention_mask=mask.long())[0].float()
        return F.normalize(self._pool(states, mask), dim=-1)

    def _pool(self, states: Tensor, mask: Tensor) -> Tensor:
        if self.config.pooling == FIRST:
            return states[:, 0]
        weights = mask[:, :, None].to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)

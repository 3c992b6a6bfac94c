"""A pretrained BERT that runs in ONNX Runtime and can be saved, without torch."""

from __future__ import annotations

from pathlib import Path

from safetensors.numpy import save_file

from gram_es.model.config import WEIGHTS, GramConfig
from gram_es.model.encoding.onnx_encoder import MAX_BYTES, OnnxEncoder, open_session
from gram_es.model.encoding.onnx_graph import Weights, encoder_graph
from gram_es.model.encoding.text_encoder import SavableEncoder
from gram_es.model.tokenizer import TextTokenizer


class FrozenEncoder(OnnxEncoder, SavableEncoder):
    """A BERT in single precision that keeps its weights; it cannot be trained."""

    def __init__(self, weights: Weights, tokenizer: TextTokenizer, config: GramConfig) -> None:
        """Make the graph of an encoder.

        :param weights: with the names of ``transformers``.
        :raises ValueError: if the weights do not fit ``config``, or are too large for a graph.
        :raises RuntimeError: if ONNX Runtime rejects the graph.
        """
        if (size := sum(weight.nbytes for weight in weights.values())) >= MAX_BYTES:
            raise ValueError(
                f'its weights of {size / 1e9:.1f} GB need torch, run pip install "gram-es[train]"'
            )
        super().__init__(
            open_session(encoder_graph(config, weights, single=True)), tokenizer, config
        )
        self._weights = weights

    @property
    def parameters(self) -> int:
        """Return the number of weights."""
        return sum(weight.size for weight in self._weights.values())

    def save(self, folder: Path) -> None:
        """Write configuration, weights and tokenizer to ``folder``."""
        self.config.save(folder)
        weights = folder / WEIGHTS
        save_file(dict(self._weights), weights, metadata={"format": "pt"})
        weights.chmod(folder.stat().st_mode & 0o666)  # safetensors lets only the owner read it
        self.tokenizer.save(folder)

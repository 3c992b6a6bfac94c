"""The network: texts in; unit vectors and log-probabilities of codes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from transformers import AutoConfig, AutoModel, PreTrainedModel

from gram_es.decoding import Beams, beam_search, edge_log_probs
from gram_es.model.config import GramConfig
from gram_es.model.decoder import Cache, CodeDecoder, Memory
from gram_es.model.tokenizer import TextEncoder, batches_by_length
from gram_es.trie import Trie

MAX_CODE_TOKENS = 8
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch of texts after the encoder.

    ``states`` is ``(B, L, d)``, ``mask`` is ``(B, L)`` bool, ``vectors`` is ``(B, d)`` of unit
    length: the scorer's s(q, p) is the product of two of them.
    """

    states: Tensor
    mask: Tensor
    vectors: Tensor


class GramNetwork(PreTrainedModel):
    """Encoder, decoder and scorer on one set of weights (GRAM, section 3)."""

    config_class = GramConfig
    base_model_prefix = "gram"

    def __init__(self, config: GramConfig) -> None:
        super().__init__(config)
        self.encoder = AutoModel.from_config(
            AutoConfig.for_model(**config.encoder), **_without_pooler(config)
        )
        width = self.encoder.config.hidden_size
        self.decoder = CodeDecoder(
            width=width,
            layers=config.decoder_layers,
            heads=config.decoder_heads,
            depth=MAX_CODE_TOKENS + 1,
        )
        self.code_scale = nn.Parameter(torch.tensor(1.0))
        self.post_init()  # type: ignore[no-untyped-call]

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.05)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def encode(self, input_ids: Tensor, mask: Tensor) -> Encoded:
        """Run the encoder over ``input_ids``, ``(B, L)`` int64, where ``mask`` is true."""
        states = self.encoder(input_ids=input_ids, attention_mask=mask.long()).last_hidden_state
        weights = mask[:, :, None].to(states.dtype)
        pooled = (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        return Encoded(states, mask, F.normalize(pooled, dim=-1))

    def _memory(self, encoded: Encoded) -> Memory:
        width = encoded.vectors.shape[-1]
        pooled = encoded.vectors * width**0.5
        memory: Memory = self.decoder.remember(encoded.states, encoded.mask, pooled)
        return memory

    def _token_vectors(self, trie: Trie) -> Tensor:
        table: Tensor = self.encoder.get_input_embeddings().weight
        return table[trie.alphabet]

    def code_log_probs(self, encoded: Encoded, codes: Tensor, trie: Trie) -> Tensor:
        """Return log P(c | text), normalised over the whole trie.

        :param codes: ``(B, K)`` int64, numbers of codes.
        :return: ``(B, K)``.
        """
        memory, vectors = self._memory(encoded), self._token_vectors(trie)
        steps = int((trie.paths[codes] != trie.end).sum(-1).max()) + 1
        paths, nodes = trie.paths[codes, :steps], trie.nodes_on_path[codes, :steps]  # (B, K, T)
        start = memory.start[:, None, None, :].expand(-1, codes.shape[1], 1, -1)
        inputs = torch.cat([start, vectors[paths[:, :, :-1]]], dim=2)
        hidden, _ = self.decoder(inputs, memory, Cache())
        # Where a node has one child there is nothing to choose: its log-probability is 0.
        flat = nodes.flatten()
        open_rows = (trie.first[flat + 1] - trie.first[flat] > 1).nonzero().squeeze(1)
        states = hidden.reshape(len(flat), -1)[open_rows] * self.code_scale
        chosen = _chosen_log_probs(
            states, flat[open_rows], paths.flatten()[open_rows], vectors, trie
        )
        total = torch.zeros(len(flat)).index_put((open_rows,), chosen)
        return total.view(paths.shape).sum(-1)

    @torch.inference_mode()
    def generate_codes(
        self, encoded: Encoded, trie: Trie, *, beams: int, alive: Tensor | None = None
    ) -> Beams:
        """Return the ``beams`` most probable codes of each text (see ``beam_search``)."""
        memory, vectors = self._memory(encoded), self._token_vectors(trie)

        def step(tokens: Tensor | None, cache: Cache) -> tuple[Tensor, Cache]:
            inputs = memory.start[:, None] if tokens is None else vectors[tokens]
            hidden, longer = self.decoder(inputs[:, :, None], memory, cache)
            return hidden[:, :, 0] * self.code_scale, longer

        return beam_search(step, vectors, trie, batch=len(encoded.mask), beams=beams, alive=alive)


@torch.inference_mode()
def encode_all(
    network: GramNetwork, text: TextEncoder, texts: Sequence[str], prompt: str
) -> Tensor:
    """Return the vectors of normalised ``texts``, ``(n, d)``, by batches of like length."""
    prompted = text.prompted(texts, prompt)
    vectors = torch.empty(len(prompted), network.encoder.config.hidden_size)
    for rows in batches_by_length(prompted, _BATCH):
        vectors[rows] = network.encode(*text.pad([prompted[n] for n in rows])).vectors
    return vectors


def _without_pooler(config: GramConfig) -> dict[str, bool]:
    return {"add_pooling_layer": False} if config.encoder.get("model_type") == "bert" else {}


def _chosen_log_probs(
    states: Tensor, nodes: Tensor, tokens: Tensor, vectors: Tensor, trie: Trie
) -> Tensor:
    """Return the log-probability of leaving ``nodes`` by ``tokens``, all ``(n,)``."""
    rows, edges, log_probs = edge_log_probs(states, nodes, vectors, trie)
    taken = trie.token[edges] == tokens[rows]
    return log_probs[taken]

"""The network, which encodes texts as unit vectors and computes log-probabilities of codes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from tqdm import tqdm

from gram_es.codes.beam_search import Beams, KeyValueCache, beam_search, edge_log_probs
from gram_es.codes.trie import ROOT, Trie
from gram_es.model.config import QUERY_PROMPT, GramConfig
from gram_es.model.decoder import CodeDecoder
from gram_es.model.encoder import create_encoder, initialise_weights
from gram_es.model.precision import fast_matmul
from gram_es.model.tokenizer import TextTokenizer, batches_by_length

MAX_CODE_TOKENS = 8
_WEIGHTS = "model.safetensors"
_BATCH = 256
_INITIAL_STD = 0.05  # of the decoder's initial weights


class GramNetwork(nn.Module):
    """Encoder, decoder and scorer with one set of weights (GRAM, section 3).

    ``width`` is ``d``, the length of a text's vector.
    """

    def __init__(self, config: GramConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = create_encoder(config.encoder)
        self.width: int = self.encoder.config.hidden_size  # type: ignore[assignment,union-attr]
        width = self.width
        self.decoder = CodeDecoder(
            width=width,
            layers=config.decoder_layers,
            heads=config.decoder_heads,
            depth=MAX_CODE_TOKENS + 1,
        )
        self.code_tokens = nn.Embedding(config.alphabet, width)
        for part in (self.decoder, self.code_tokens):
            initialise_weights(part, std=_INITIAL_STD)

    @classmethod
    def load(cls, folder: Path) -> GramNetwork:
        """Read the network that :meth:`save` wrote to ``folder``.

        :raises OSError: if a file cannot be read.
        :raises ValueError: if a field of the configuration is missing or has the wrong type.
        :raises RuntimeError: if the weights do not fit the configuration.
        """
        network = cls(GramConfig.load(folder))
        load_model(network, folder / _WEIGHTS)
        return network.eval()

    def save(self, folder: Path) -> None:
        """Write the configuration and the weights to ``folder`` in Hugging Face layout."""
        self.config.save(folder)
        weights = folder / _WEIGHTS
        save_model(self, str(weights), metadata={"format": "pt"})
        weights.chmod(folder.stat().st_mode & 0o666)  # safetensors lets only the owner read it

    def set_alphabet(self, trie: Trie) -> None:
        """Give the decoder a new, untrained vector for each different token in ``trie``."""
        self.config.alphabet = len(trie.alphabet)
        self.code_tokens = nn.Embedding(len(trie.alphabet), self.width)

    @torch.no_grad()
    def initialise_decoder(self, code_vectors: Tensor, trie: Trie) -> None:
        """Initialise the decoder and the vectors of tokens from the vectors of codes.

        The vector of a token becomes the normalised mean vector of the codes that contain the
        token. The decoder becomes the identity. The closer a token's vector is to the text's
        vector, the more probable is the token. Training only has to learn which token follows
        which.

        :param code_vectors: ``(codes, d)`` of unit length. A code's vector should be close to the
            vectors of the texts that should generate the code.
        """
        tokens = trie.paths.flatten()
        owners = torch.arange(len(trie.paths)).repeat_interleave(trie.paths.shape[1])
        is_first_end = (trie.paths == trie.end).cumsum(1).flatten() <= 1
        sums = torch.zeros_like(self.code_tokens.weight).index_add(
            0, tokens[is_first_end], code_vectors[owners[is_first_end]]
        )
        self.code_tokens.weight.copy_(F.normalize(sums, dim=1))
        self.decoder.initialise_as_identity()

    def encode(self, input_ids: Tensor, mask: Tensor) -> Tensor:
        """Return the vectors of texts, ``(B, d)`` of unit length, mean-pooled.

        The score s(q, p) of a query and a product is the dot product of their vectors.

        :param input_ids: token ids, ``(B, L)`` int64; ``mask``: ``(B, L)`` bool, false for padding.
        """
        with fast_matmul(tokens=input_ids.numel()):
            states = self.encoder(input_ids=input_ids, attention_mask=mask.long())[0].float()
        weights = mask[:, :, None].to(states.dtype)
        pooled = (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        return F.normalize(pooled, dim=-1)

    def code_log_probs(self, texts: Tensor, codes: Tensor, trie: Trie) -> Tensor:
        """Return log P(c | text) of each code, normalised over the whole trie.

        :param texts: ``(B, d)``, vectors of :meth:`encode`.
        :param codes: ``(B, K)`` int64, numbers of codes.
        :return: ``(B, K)``.
        """
        first, later = self.first_and_later_log_probs(texts, codes, codes, trie)
        return first + later

    def first_and_later_log_probs(
        self, texts: Tensor, first_codes: Tensor, later_codes: Tensor, trie: Trie
    ) -> tuple[Tensor, Tensor]:
        """Return log-probabilities of the first token of codes, and of the later tokens of codes.

        The first tokens are those of ``first_codes``. The later tokens are those of
        ``later_codes``; their log-probability is conditional on the first token. First tokens are
        cheap, because all codes of a text share the decoder's state at the trie's root.

        :param texts: ``(B, d)``, vectors of :meth:`encode`.
        :param first_codes: ``(B, K)`` int64, numbers of codes.
        :param later_codes: ``(B, M)`` int64, numbers of codes.
        :return: ``(B, K)`` and ``(B, M)``.
        """
        vectors, projected = self.code_tokens.weight, self.decoder.project_texts(texts)
        edges_of_root = int(trie.first_edge[ROOT + 1])
        zero_inputs = torch.zeros(len(texts), 1, vectors.shape[1])
        states = self._hidden_states(zero_inputs, projected)[:, 0]
        logits = states @ vectors[trie.edge_token[:edges_of_root]].T
        at_root = (logits + trie.edge_log_prior[:edges_of_root]).log_softmax(1)
        first = at_root.gather(1, trie.edges_on_path[first_codes, 0])
        return first, self._log_probs_after_first(projected, later_codes, trie)

    def _hidden_states(self, inputs: Tensor, projected: Tensor) -> Tensor:
        with fast_matmul(tokens=inputs.shape[:2].numel()):
            states, _ = self.decoder(inputs, projected, KeyValueCache())
        hidden: Tensor = states.float()
        return hidden

    def _log_probs_after_first(self, projected: Tensor, codes: Tensor, trie: Trie) -> Tensor:
        """Return the log-probability of the later tokens of codes given the first, ``(B, M)``.

        Codes of equal length form a batch, so that nothing is padded.

        :param projected: ``(B, d)``, the texts' vectors, projected by the decoder's
            ``project_texts``.
        """
        vectors, flat = self.code_tokens.weight, codes.flatten()
        owners = torch.arange(len(codes)).repeat_interleave(codes.shape[1])
        lengths = trie.lengths[flat]
        rows, parts = [], []
        for length in lengths.unique().tolist():
            same_length = (lengths == length).nonzero().squeeze(1)
            tokens = trie.paths[flat[same_length], :length]  # (R, T), ended by ``end``
            inputs = F.pad(vectors[tokens[:, :-1]], (0, 0, 1, 0))
            states = self._hidden_states(inputs, projected[owners[same_length]])
            edges = trie.edges_on_path[flat[same_length], 1:length]
            rows.append(same_length)
            parts.append(_path_log_probs(states[:, 1:], edges, vectors, trie).sum(1))
        return torch.cat(parts)[torch.cat(rows).argsort()].view(codes.shape)

    @torch.inference_mode()
    def generate_codes(
        self, texts: Tensor, trie: Trie, *, beams: int, allowed_edges: Tensor | None = None
    ) -> Beams:
        """Return the ``beams`` most probable codes of each text, found by beam search in the trie.

        :param texts: ``(B, d)``, vectors of :meth:`encode`.
        :param allowed_edges: ``(edges,)`` bool, true for the edges that lead to an allowed code;
            ``None`` allows every code.
        """
        projected, vectors = self.decoder.project_texts(texts), self.code_tokens.weight
        zero_inputs = torch.zeros(len(texts), vectors.shape[1])

        def step(
            owners: Tensor, tokens: Tensor | None, cache: KeyValueCache
        ) -> tuple[Tensor, KeyValueCache]:
            inputs = zero_inputs if tokens is None else vectors[tokens]
            with fast_matmul(tokens=len(inputs)):
                hidden, new_cache = self.decoder(inputs[:, None], projected[owners], cache)
            return hidden[:, 0].float(), new_cache

        return beam_search(
            step, vectors, trie, batch=len(texts), beams=beams, allowed_edges=allowed_edges
        )


def encode_sequences(
    network: GramNetwork,
    text: TextTokenizer,
    sequences: Sequence[Sequence[int]],
    *,
    batch: int,
    progress_label: str | None = None,
) -> Tensor:
    """Return the vectors of token ``sequences``, ``(n, d)``, encoded in batches of similar length.

    :param progress_label: the label of a progress bar; ``None`` shows no bar.
    """
    if not sequences:
        return torch.zeros(0, network.width)
    parts: list[Tensor] = []
    order: list[int] = []
    batches = list(batches_by_length(sequences, batch))
    is_disabled = None if progress_label else True  # None: only if stderr is no terminal
    for rows in tqdm(batches, desc=progress_label, unit="batch", disable=is_disabled):
        parts.append(network.encode(*text.pad([sequences[n] for n in rows])))
        order += rows
    return torch.cat(parts)[torch.tensor(order).argsort()]


@torch.inference_mode()
def encode_texts(
    network: GramNetwork, text: TextTokenizer, texts: Sequence[str], prompt: str
) -> Tensor:
    """Return the vectors of normalised ``texts``, each preceded by ``prompt``, ``(n, d)``."""
    return encode_sequences(network, text, text.prompted_ids(texts, prompt), batch=_BATCH)


@torch.inference_mode()
def encode_queries(
    network: GramNetwork, text: TextTokenizer, *, typed: Sequence[str], corrected: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """Return two vectors for each normalised query, both ``(n, d)`` of unit length.

    The first is the vector of the corrected query, from which codes are generated. The second is
    the mean of the vectors of the corrected and the typed query. Products are compared with the
    mean, because the speller also changes real words that the catalogue lacks.
    """
    pairs = enumerate(zip(typed, corrected, strict=True))
    rows = [n for n, (typed_text, corrected_text) in pairs if typed_text != corrected_text]
    vectors = encode_texts(network, text, [*corrected, *(typed[n] for n in rows)], QUERY_PROMPT)
    corrected_vectors, typed_vectors = vectors[: len(corrected)], vectors[len(corrected) :]
    mean_vectors = corrected_vectors.clone()
    mean_vectors[rows] = F.normalize(corrected_vectors[rows] + typed_vectors, dim=-1)
    return corrected_vectors, mean_vectors


def _path_log_probs(states: Tensor, edges: Tensor, vectors: Tensor, trie: Trie) -> Tensor:
    """Return the log-probability of each edge among the edges that leave its node, ``(R, T)``.

    The log-probability is 0 if no other edge leaves the node.

    :param states: ``(R, T, d)``, the decoder's states at the nodes that the edges leave.
    :param edges: ``(R, T)`` int64.
    """
    flat = edges.flatten()
    nodes = trie.edge_parent[flat]
    open_rows = (trie.first_edge[nodes + 1] - trie.first_edge[nodes] > 1).nonzero().squeeze(1)
    rows, candidates, log_probs = edge_log_probs(
        states.reshape(len(flat), -1)[open_rows], nodes[open_rows], vectors, trie
    )
    on_path = log_probs[candidates == flat[open_rows][rows]]
    return torch.zeros(len(flat)).index_put((open_rows,), on_path).view(edges.shape)

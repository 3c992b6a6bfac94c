"""The network: texts in; unit vectors and log-probabilities of codes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from tqdm import tqdm

from gram_es.codes.beam_search import Beams, Cache, beam_search, edge_log_probs
from gram_es.codes.trie import ROOT, Trie
from gram_es.model.config import QUERY_PROMPT, GramConfig
from gram_es.model.decoder import CodeDecoder
from gram_es.model.encoder import draw_weights, new_encoder
from gram_es.model.precision import fast_products
from gram_es.model.tokenizer import TextEncoder, batches_by_length

MAX_CODE_TOKENS = 8
_WEIGHTS = "model.safetensors"
_BATCH = 256
_SPREAD = 0.05  # of the decoder's first weights


class GramNetwork(nn.Module):
    """Encoder, decoder and scorer on one set of weights (GRAM, section 3)."""

    def __init__(self, config: GramConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = new_encoder(config.encoder)
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
            draw_weights(part, std=_SPREAD)

    @classmethod
    def load(cls, folder: Path) -> GramNetwork:
        """Read what :meth:`save` wrote.

        :raises OSError: if a file cannot be read.
        :raises RuntimeError: if the weights are not those that the configuration tells of.
        """
        network = cls(GramConfig.load(folder))
        load_model(network, folder / _WEIGHTS)
        return network.eval()

    def save(self, folder: Path) -> None:
        """Write the configuration and the weights, as Hugging Face lays them out."""
        self.config.save(folder)
        weights = folder / _WEIGHTS
        save_model(self, str(weights), metadata={"format": "pt"})
        weights.chmod(folder.stat().st_mode & 0o666)  # safetensors lets nobody else read them

    def learn_alphabet(self, trie: Trie) -> None:
        """Give the decoder vectors of its own for the trie's tokens."""
        self.config.alphabet = len(trie.alphabet)
        self.code_tokens = nn.Embedding(len(trie.alphabet), self.width)

    @torch.no_grad()
    def start_decoding(self, code_vectors: Tensor, trie: Trie) -> None:
        """Start each token at the mean of the codes that it stands in, the decoder silent.

        What is left to learn is what follows what.

        :param code_vectors: ``(codes, d)`` of unit length, near the texts that ought to generate
            them.
        """
        tokens = trie.paths.flatten()
        owners = torch.arange(len(trie.paths)).repeat_interleave(trie.paths.shape[1])
        is_first_end = (trie.paths == trie.end).cumsum(1).flatten() <= 1
        sums = torch.zeros_like(self.code_tokens.weight).index_add(
            0, tokens[is_first_end], code_vectors[owners[is_first_end]]
        )
        self.code_tokens.weight.copy_(F.normalize(sums, dim=1))
        self.decoder.start_silent()

    def encode(self, input_ids: Tensor, mask: Tensor) -> Tensor:
        """Return the texts' vectors, ``(B, d)`` of unit length: s(q, p) is a product of two.

        :param input_ids: ``(B, L)`` int64; ``mask``: ``(B, L)`` bool, true where a token stands.
        """
        with fast_products(tokens=input_ids.numel()):
            states = self.encoder(input_ids=input_ids, attention_mask=mask.long())[0].float()
        weights = mask[:, :, None].to(states.dtype)
        pooled = (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        return F.normalize(pooled, dim=-1)

    def code_log_probs(self, texts: Tensor, codes: Tensor, trie: Trie) -> Tensor:
        """Return log P(c | text), normalised over the whole trie.

        :param texts: ``(B, d)``, vectors of :meth:`encode`.
        :param codes: ``(B, K)`` int64, numbers of codes.
        :return: ``(B, K)``.
        """
        first, later = self.spelling_log_probs(texts, codes, codes, trie)
        return first + later

    def spelling_log_probs(
        self, texts: Tensor, begun: Tensor, spelt: Tensor, trie: Trie
    ) -> tuple[Tensor, Tensor]:
        """Return the log-probability of codes' first tokens, and of what follows them in others.

        All codes of a text leave the root by the same state, so first tokens cost next to nothing.

        :param begun: ``(B, K)`` int64, numbers of codes; ``spelt``: ``(B, M)``.
        :return: ``(B, K)`` and ``(B, M)``.
        """
        vectors, read = self.code_tokens.weight, self.decoder.begin(texts)
        edges_of_root = int(trie.first[ROOT + 1])
        nothing = torch.zeros(len(texts), 1, vectors.shape[1])
        states = self._read(nothing, read)[:, 0]
        logits = states @ vectors[trie.token[:edges_of_root]].T
        at_root = (logits + trie.prior[:edges_of_root]).log_softmax(1)
        first = at_root.gather(1, trie.edges_on_path[begun, 0])
        return first, self._later_log_probs(read, spelt, trie)

    def _read(self, inputs: Tensor, read: Tensor) -> Tensor:
        with fast_products(tokens=inputs.shape[:2].numel()):
            states, _ = self.decoder(inputs, read, Cache())
        hidden: Tensor = states.float()
        return hidden

    def _later_log_probs(self, read: Tensor, codes: Tensor, trie: Trie) -> Tensor:
        """Return the log-probability of codes behind their first token, ``(B, M)``.

        Codes of one length are read at once, without padding.

        :param read: ``(B, d)``, of the decoder's ``begin``.
        """
        vectors, flat = self.code_tokens.weight, codes.flatten()
        owners = torch.arange(len(codes)).repeat_interleave(codes.shape[1])
        lengths = trie.lengths[flat]
        rows, parts = [], []
        for length in lengths.unique().tolist():
            alike = (lengths == length).nonzero().squeeze(1)
            tokens = trie.paths[flat[alike], :length]  # (R, T), ended by ``end``
            inputs = F.pad(vectors[tokens[:, :-1]], (0, 0, 1, 0))
            states = self._read(inputs, read[owners[alike]])
            edges = trie.edges_on_path[flat[alike], 1:length]
            rows.append(alike)
            parts.append(_taken_log_probs(states[:, 1:], edges, vectors, trie).sum(1))
        return torch.cat(parts)[torch.cat(rows).argsort()].view(codes.shape)

    @torch.inference_mode()
    def generate_codes(
        self, texts: Tensor, trie: Trie, *, beams: int, alive: Tensor | None = None
    ) -> Beams:
        """Return the ``beams`` most probable codes of each text (see ``beam_search``).

        :param texts: ``(B, d)``, vectors of :meth:`encode`.
        """
        read, vectors = self.decoder.begin(texts), self.code_tokens.weight
        nothing = torch.zeros(len(texts), vectors.shape[1])

        def step(owners: Tensor, tokens: Tensor | None, cache: Cache) -> tuple[Tensor, Cache]:
            inputs = nothing if tokens is None else vectors[tokens]
            with fast_products(tokens=len(inputs)):
                hidden, longer = self.decoder(inputs[:, None], read[owners], cache)
            return hidden[:, 0].float(), longer

        return beam_search(step, vectors, trie, batch=len(texts), beams=beams, alive=alive)


def vectors_of(
    network: GramNetwork,
    text: TextEncoder,
    sequences: Sequence[Sequence[int]],
    *,
    batch: int,
    bar: str | None = None,
) -> Tensor:
    """Return the vectors of token ``sequences``, ``(n, d)``, encoded by batches of like length.

    :param bar: what a progress bar is called; there is none without.
    """
    if not sequences:
        return torch.zeros(0, network.width)
    parts: list[Tensor] = []
    order: list[int] = []
    rounds = list(batches_by_length(sequences, batch))
    for rows in tqdm(rounds, desc=bar, unit="batch", disable=None if bar else True):
        parts.append(network.encode(*text.pad([sequences[n] for n in rows])))
        order += rows
    return torch.cat(parts)[torch.tensor(order).argsort()]


@torch.inference_mode()
def encode_all(
    network: GramNetwork, text: TextEncoder, texts: Sequence[str], prompt: str
) -> Tensor:
    """Return the vectors of normalised ``texts``, ``(n, d)``."""
    return vectors_of(network, text, text.prompted(texts, prompt), batch=_BATCH)


@torch.inference_mode()
def encode_queries(
    network: GramNetwork, text: TextEncoder, *, typed: Sequence[str], spelt: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """Return two vectors of each normalised query, ``(n, d)`` of unit length.

    The first is the mended form's, to generate codes by. The second is the middle of both forms, to
    compare products with: the speller errs on real words that the catalogue lacks.
    """
    rows = [n for n, (one, other) in enumerate(zip(typed, spelt, strict=True)) if one != other]
    vectors = encode_all(network, text, [*spelt, *(typed[n] for n in rows)], QUERY_PROMPT)
    mended, as_typed = vectors[: len(spelt)], vectors[len(spelt) :]
    middle = mended.clone()
    middle[rows] = F.normalize(mended[rows] + as_typed, dim=-1)
    return mended, middle


def _taken_log_probs(states: Tensor, edges: Tensor, vectors: Tensor, trie: Trie) -> Tensor:
    """Return the log-probability of each edge at its node, ``(R, T)``.

    Where a node has one child there is nothing to choose: its log-probability is 0.

    :param states: ``(R, T, d)``, the decoder's at the edges' nodes; ``edges``: ``(R, T)``.
    """
    flat = edges.flatten()
    nodes = trie.parent[flat]
    open_rows = (trie.first[nodes + 1] - trie.first[nodes] > 1).nonzero().squeeze(1)
    rows, candidates, log_probs = edge_log_probs(
        states.reshape(len(flat), -1)[open_rows], nodes[open_rows], vectors, trie
    )
    taken = log_probs[candidates == flat[open_rows][rows]]
    return torch.zeros(len(flat)).index_put((open_rows,), taken).view(edges.shape)

"""How likely a language model finds texts after a prompt.

The prompt is computed once and kept as keys and values. The texts are packed into a tree of tokens
that goes through the network in one pass, each token attending to the prompt and to its ancestors
(as in SpecInfer, Miao et al. 2024), so that a beginning that many texts share is computed once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import DynamicCache

from gram_es.language_model.code_tree.beam_search import ChildLogProbs
from gram_es.language_model.code_tree.token_tree import ROOT, IntArray, TokenTree
from gram_es.language_model.code_tree.tree_walk import TreeWalk
from gram_es.language_model.prompt import Prompt, PromptBatch

_MAX_NODES = 256  # of a tree: attention and logits grow with their number
_MAX_TOKENS = 512  # in one pass: more need memory and save no time
_END = "\n"
# That is layer 16 of the 18 of Gemma 3 270M, and 24 of the 28 of Qwen2.5-Coder 1.5B. P@10 by type
# for 138 queries in words that the sample shop lacks, by codes alone, with layers 22 to 28 of the
# latter, types read by their labels: .71, .71, .76, .74, .73, .73, .73.
_MEANING_DEPTH = 7 / 8


class LanguageModel:
    """A causal language model with its tokenizer."""

    def __init__(self, tokenizer: Any, network: Any, *, name: str) -> None:
        """Wrap a tokenizer and a causal language model of transformers.

        :param name: what the model is called in files that come from it.
        """
        self.name = name
        self._tokenizer = tokenizer
        self._network = network
        self._head: Tensor = network.get_output_embeddings().weight.detach()
        self._position = torch.arange(len(self._head), device=self._head.device)

    @property
    def hidden_size(self) -> int:
        """Return the number of dimensions of a state."""
        return int(self._head.shape[1])

    @property
    def meaning_layer(self) -> int:
        """Return the number of the layer whose states say best what a text means.

        The layers before it still gather the meaning, those after it choose the next token.
        """
        return round(_MEANING_DEPTH * int(self._network.config.get_text_config().num_hidden_layers))

    def cut_vocabulary(self, texts: Iterable[str]) -> None:
        """Normalise probabilities over the tokens of ``texts`` alone, which saves time.

        The texts must contain all texts that are scored later, for their tokens have no
        probability otherwise.
        """
        lines = [f" {text}{_END}" for text in texts]
        sequences = self._tokenizer(lines, add_special_tokens=False).input_ids if lines else []
        kept = sorted({token for sequence in sequences for token in sequence})
        head = self._network.get_output_embeddings().weight
        tokens = torch.tensor(kept, device=head.device)
        self._head = head[tokens].detach().contiguous()
        self._position = torch.full((len(head),), -1, device=head.device)
        self._position[tokens] = torch.arange(len(kept), device=head.device)

    def with_vocabulary(self, texts: Iterable[str]) -> LanguageModel:
        """Return this model with its vocabulary cut to ``texts``; the weights are not copied."""
        model = copy(self)
        model.cut_vocabulary(texts)
        return model

    def fingerprint(self, text: str, tree: TokenTree) -> str:
        """Return a hash of all that decides how likely the nodes of ``tree`` are after ``text``."""
        digest = blake2b(self._weights_digest, digest_size=16)
        prompt = np.array(self._tokenizer(text).input_ids)
        for part in (prompt, self._position.cpu().numpy(), tree.tokens, tree.parents):
            digest.update(b"%d " % len(part) + part.tobytes())
        return digest.hexdigest()

    @cached_property
    def _weights_digest(self) -> bytes:
        """The hash of the network's weights as they are in memory; a second for a gigabyte."""
        digest = blake2b(type(self._network).__name__.encode())
        tensors = [*self._network.named_parameters(), *self._network.named_buffers()]
        for name, tensor in tensors:
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            values = tensor.detach().cpu().contiguous().reshape(-1)
            digest.update(values.view(torch.uint8).numpy())
        return digest.digest()

    def prompt(self, text: str) -> Prompt:
        """Return the keys and values of ``text``, which must not end with a blank."""
        return self.prompts([text])[0]

    @torch.inference_mode()
    def prompts(self, texts: Sequence[str], after: Prompt | None = None) -> list[Prompt]:
        """Return the keys and values of each text; none may end with a blank.

        :param after: what all texts begin with; it is not computed again.
        """
        prompts: dict[int, Prompt] = {}
        for numbers, output in self._passes(texts, after, use_cache=True):
            layers = [(layer.keys, layer.values) for layer in output.past_key_values.layers]
            length = output.last_hidden_state.shape[1] + (after.length if after else 0)
            for row, number in enumerate(numbers):
                own = slice(row, row + 1)
                copied = tuple((keys[own].clone(), values[own].clone()) for keys, values in layers)
                last = output.last_hidden_state[row, -1].clone()
                prompts[number] = Prompt(copied, last, length)
        return [prompts[number] for number in range(len(texts))]

    @torch.inference_mode()
    def states(self, texts: Sequence[str], after: Prompt) -> NDArray[np.float32]:
        """Return the state that each text leaves in :attr:`meaning_layer`: ``(n, hidden)``.

        :param after: what all texts begin with.
        """
        states = np.empty((len(texts), self.hidden_size), dtype=np.float32)
        for numbers, output in self._passes(texts, after, output_hidden_states=True):
            layer = output.hidden_states[self.meaning_layer]
            states[numbers] = layer[:, -1].float().cpu().numpy()
        return states

    def _passes(
        self, texts: Sequence[str], after: Prompt | None, **options: bool
    ) -> Iterator[tuple[list[int], Any]]:
        """Yield the numbers of texts of one length, and what the network returns for them.

        :param after: what all texts begin with; it is not computed again.
        """
        sequences = [
            self._tokenizer(text, add_special_tokens=after is None).input_ids for text in texts
        ]
        for numbers in _equal_lengths(sequences):
            before = PromptBatch.of([after] * len(numbers)).cache if after else None
            tokens = torch.tensor([sequences[n] for n in numbers], device=self._head.device)
            output = self._network.base_model(input_ids=tokens, past_key_values=before, **options)
            yield numbers, output

    @torch.inference_mode()
    def log_likelihoods(self, prompt: Prompt, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return log P of each text and the end of its line after ``prompt``, ``(texts,)``.

        :raises ValueError: if a text has a token that :meth:`cut_vocabulary` left out.
        """
        tree = self.tree(texts)
        steps = self.node_log_probs(prompt, tree)
        return np.array([steps[list(path)].sum() for path in tree.paths], dtype=np.float32)

    def tree(self, texts: Iterable[str]) -> TokenTree:
        """Return the tree of texts, each with the end of its line."""
        return TokenTree.of([self._tokens(text) for text in texts])

    @torch.inference_mode()
    def node_log_probs(self, prompt: Prompt, tree: TokenTree) -> NDArray[np.float32]:
        """Return log P of each node's token after ``prompt`` and its ancestors, ``(nodes,)``.

        :raises ValueError: if :meth:`cut_vocabulary` left a token of the tree out.
        """
        log_probs = np.empty(len(tree), dtype=np.float32)
        sequences = [tree.tokens[list(path)].tolist() for path in tree.paths]
        for numbers in _chunks(sequences):
            part = TokenTree.of([sequences[number] for number in numbers])
            steps = self._steps(prompt, part)
            for number, path in zip(numbers, part.paths, strict=True):
                log_probs[list(tree.paths[number])] = steps[list(path)]
        return log_probs

    @torch.inference_mode()
    def walk(self, prompts: Sequence[Prompt], tree: TokenTree) -> ChildLogProbs:
        """Return a function that scores the children of nodes, for a beam search of ``tree``.

        A node is asked for once, after its parent.
        """
        walk = TreeWalk(self._network, prompts, tree)

        @torch.inference_mode()
        def log_probs(
            numbers: IntArray, nodes: IntArray, rows: IntArray, children: IntArray
        ) -> NDArray[np.float32]:
            steps: NDArray[np.float32] = (
                self._log_probs(walk.states(numbers, nodes), rows, tree.tokens[children])
                .cpu()
                .numpy()
            )
            return steps

        return log_probs

    @torch.inference_mode()
    def log_likelihoods_after(
        self, prompts: Sequence[Prompt], text: str, *, max_tokens: int = _MAX_TOKENS
    ) -> NDArray[np.float32]:
        """Return log P of ``text`` and the end of its line after each prompt, ``(prompts,)``.

        A token that :meth:`cut_vocabulary` left out counts as one more of the vocabulary.

        :param max_tokens: how many tokens of the text count.
        """
        tokens = self._tokens(text)[:max_tokens]
        size = max(1, _MAX_TOKENS // len(tokens))
        parts = [
            self._after(prompts[start : start + size], tokens)
            for start in range(0, len(prompts), size)
        ]
        scores: NDArray[np.float32] = np.concatenate([np.empty(0, np.float32), *parts])
        return scores

    def path_log_probs(self, tree: TokenTree, starts: Sequence[int]) -> Tensor:
        """Return log P of each path of a tree after its beginning, ``(paths,)``, with gradients.

        The whole tree goes through the network in one pass, prompts included.

        :param starts: how many tokens of each path are its beginning, 1 or more.
        """
        ends = [path[start:] for path, start in zip(tree.paths, starts, strict=True)]
        nodes, column = np.unique(
            np.concatenate([np.array(end) for end in ends]), return_inverse=True
        )
        states = self._states_of_tree(tree)
        device = states.device
        inner, rows = np.unique(tree.parents[nodes], return_inverse=True)
        own = states[torch.from_numpy(inner).to(device)]
        log_probs = self._log_probs(own, rows, tree.tokens[nodes])
        owners = np.repeat(np.arange(len(ends)), [len(end) for end in ends])
        sums = torch.zeros(len(ends), device=device)
        parts = log_probs[torch.from_numpy(column).to(device)]
        return sums.index_add(0, torch.from_numpy(owners).to(device), parts)

    def _states_of_tree(self, tree: TokenTree) -> Tensor:
        """Return the last hidden state of each node, which nothing comes before, ``(nodes, h)``."""
        device, dtype = self._head.device, self._head.dtype
        is_hidden = torch.from_numpy(~tree.sees(np.arange(len(tree))))
        mask = torch.zeros(is_hidden.shape).masked_fill(is_hidden, torch.finfo(dtype).min)
        with self.mixed_precision():
            output = self._network.base_model(
                input_ids=torch.from_numpy(tree.tokens)[None].to(device),
                position_ids=torch.from_numpy(tree.depths)[None].to(device),
                attention_mask=mask[None, None].to(device, dtype),
                use_cache=False,
            )
        states: Tensor = output.last_hidden_state[0].to(dtype)
        return states

    def mixed_precision(self) -> torch.autocast:
        """Return a context in which an adapter that learns, in single precision, can be used."""
        device, dtype = self._head.device, self._head.dtype
        return torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16)

    def prompt_tokens(self, text: str, after: str) -> tuple[int, ...]:
        """Return the tokens of ``after`` and ``text``, cut as :meth:`prompts` cuts them."""
        first = self._tokenizer(after).input_ids
        return (*first, *self._tokenizer(text, add_special_tokens=False).input_ids)

    def text_tokens(self, text: str) -> tuple[int, ...]:
        """Return the tokens of a text that comes after a prompt, with the end of its line."""
        return tuple(self._tokens(text))

    def _positions(self, tokens: Tensor) -> Tensor:
        """Return the rows of the head that belong to tokens."""
        positions = self._position[tokens.to(self._position.device)]
        if (positions < 0).any():
            raise ValueError("a text has a token that is not in the cut vocabulary")
        return positions

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer(f" {text}{_END}", add_special_tokens=False).input_ids
        return tokens

    def _after(self, prompts: Sequence[Prompt], tokens: Sequence[int]) -> NDArray[np.float32]:
        """Return log P of ``tokens`` after each prompt, ``(prompts,)``; one pass for all."""
        states = torch.stack([prompt.last for prompt in prompts])[:, None]
        if len(tokens) > 1:
            states = torch.cat([states, self._states_after(prompts, tokens[:-1])], dim=1)
        head = self._network.get_output_embeddings().weight
        numbers = torch.tensor(tokens, device=head.device)
        left_out = numbers[self._position[numbers] < 0].unique()
        logits = states @ self._head.T
        if len(left_out):
            logits = torch.cat([logits, states @ head[left_out].T], dim=-1)
        log_totals = torch.logsumexp(logits.float(), dim=-1)
        own = (states * head[numbers]).sum(dim=-1).float()
        scores: NDArray[np.float32] = (own - log_totals).sum(dim=-1).cpu().numpy()
        return scores

    def _states_after(self, prompts: Sequence[Prompt], tokens: Sequence[int]) -> Tensor:
        """Return the last hidden states of ``tokens`` after each prompt, ``(n, t, hidden)``.

        The keys and values are padded on the left to the longest prompt; nothing sees the padding.
        """
        device, dtype = self._head.device, self._head.dtype
        batch = PromptBatch.of(prompts, self._network.config)
        longest, count = batch.is_hidden.shape[1], len(tokens)
        is_hidden = torch.zeros((len(prompts), 1, count, longest + count), dtype=torch.bool)
        is_hidden[..., :longest] = batch.is_hidden[:, None, None]
        is_hidden[..., longest:] = torch.ones(count, count, dtype=torch.bool).triu(1)
        mask = torch.zeros(is_hidden.shape).masked_fill(is_hidden, torch.finfo(dtype).min)
        output = self._network.base_model(
            input_ids=torch.tensor([tokens] * len(prompts), device=device),
            position_ids=(batch.lengths[:, None] + torch.arange(count)).to(device),
            attention_mask=mask.to(device, dtype),
            past_key_values=batch.cache,
        )
        states: Tensor = output.last_hidden_state
        return states

    def _steps(self, prompt: Prompt, tree: TokenTree) -> NDArray[np.float32]:
        """Return log P of each node's token after the prompt and the node's ancestors."""
        inner = tree.inner()
        states = prompt.last[None]
        if len(inner):
            states = torch.cat([states, self._states(prompt, tree, inner)])
        rows = np.searchsorted(inner, tree.parents) + 1
        rows[tree.parents == ROOT] = 0
        steps: NDArray[np.float32] = self._log_probs(states, rows, tree.tokens).cpu().numpy()
        return steps

    def _log_probs(self, states: Tensor, rows: IntArray, tokens: IntArray) -> Tensor:
        """Return log P of each token after the state of its row, ``(tokens,)``."""
        log_totals = torch.logsumexp((states @ self._head.T).float(), dim=-1)
        positions = self._positions(torch.from_numpy(tokens))
        row = torch.from_numpy(rows).to(states.device)
        logits = (states[row] * self._head[positions]).sum(dim=-1).float()
        return logits - log_totals[row]

    def _states(self, prompt: Prompt, tree: TokenTree, nodes: NDArray[np.int64]) -> Tensor:
        """Return the last hidden states of ``nodes``, ``(n, hidden)``."""
        device, dtype = self._head.device, self._head.dtype
        cache = DynamicCache(config=self._network.config)
        for number, (keys, values) in enumerate(prompt.layers):
            cache.update(keys, values, number)
        mask = torch.full((len(nodes), prompt.length + len(nodes)), torch.finfo(dtype).min)
        mask[:, : prompt.length] = 0
        mask[:, prompt.length :][torch.from_numpy(tree.sees(nodes))] = 0
        output = self._network.base_model(
            input_ids=torch.from_numpy(tree.tokens[nodes])[None].to(device),
            position_ids=torch.from_numpy(tree.depths[nodes] + prompt.length)[None].to(device),
            attention_mask=mask[None, None].to(device, dtype),
            past_key_values=cache,
        )
        states: Tensor = output.last_hidden_state[0]
        return states


def _equal_lengths(sequences: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the numbers of sequences of one length, at most ``_MAX_TOKENS`` tokens at a time."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for number, sequence in enumerate(sequences):
        by_length[len(sequence)].append(number)
    for length, numbers in by_length.items():
        size = max(1, _MAX_TOKENS // length)
        yield from (numbers[start : start + size] for start in range(0, len(numbers), size))


def _chunks(sequences: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the numbers of sequences, those with the same beginnings together."""
    chunk: list[int] = []
    tokens = 0
    for number in sorted(range(len(sequences)), key=lambda n: tuple(sequences[n])):
        if chunk and tokens + len(sequences[number]) > _MAX_NODES:
            yield chunk
            chunk, tokens = [], 0
        chunk.append(number)
        tokens += len(sequences[number])
    if chunk:
        yield chunk

"""Beam search against sums calculated by hand.

The vectors of the tokens are unit vectors, so that the state of a step is its row of logits.
"""

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from gram_es.language_model.beam_search import Beams, KeyValueCache, beam_search, edge_log_probs
from gram_es.language_model.trie import ROOT, Trie

END = 3
TRIE = Trie([[0], [0, 1], [2]], end=END)  # the alphabet is 0, 1, 2 and END itself
VECTORS = torch.eye(4)


def step_with(first: list[float], later: list[float]):
    """Return a step whose logits are ``first`` at the root and ``later`` after it."""

    def step(
        texts: Tensor, tokens: Tensor | None, cache: KeyValueCache
    ) -> tuple[Tensor, KeyValueCache]:
        logits = torch.tensor(first if tokens is None else later)
        return logits.expand(len(texts), 4), cache

    return step


@dataclass(frozen=True)
class Depth:
    """A cache that only counts the tokens read."""

    depth: int

    def select(self, _: Tensor) -> "Depth":
        return self


def search(first: list[float], later: list[float], beams: int, **options: Tensor) -> Beams:
    return beam_search(step_with(first, later), VECTORS, TRIE, batch=1, beams=beams, **options)


def test_probabilities_are_normalised_over_the_trie_alone():
    # Tokens 1 and END start no code, so their high logits have no effect. Two codes begin with
    # token 0 and one with token 2, whose logit doubles its probability.
    result = search([0.0, 50.0, math.log(2), 50.0], [0.0, 0.0, 0.0, 0.0], beams=3)

    probabilities = dict(
        zip(result.codes[0].tolist(), result.log_probs.exp()[0].tolist(), strict=True)
    )
    assert probabilities == pytest.approx({2: 0.5, 0: 0.25, 1: 0.25})


def test_an_untrained_decoder_finds_all_codes_equally_probable():
    result = search([0.0] * 4, [0.0] * 4, beams=3)

    assert result.log_probs.exp()[0].tolist() == pytest.approx([1 / 3] * 3)


def test_missing_codes_are_marked_with_minus_one():
    result = search([0.0] * 4, [0.0] * 4, beams=5)

    assert result.codes[0, 3:].tolist() == [-1, -1]
    assert result.log_probs[0, 3:].isneginf().all()


def test_a_code_that_is_not_live_is_never_found_and_does_not_change_the_others():
    allowed_edges = TRIE.allowed_edges(torch.tensor([0, 1]))

    result = search(
        [0.0, 0.0, 5.0, 0.0], [0.0, 1.0, 0.0, 0.0], beams=3, allowed_edges=allowed_edges
    )

    unrestricted = search([0.0, 0.0, 5.0, 0.0], [0.0, 1.0, 0.0, 0.0], beams=3)
    assert result.codes.tolist() == [[1, 0, -1]]
    assert unrestricted.codes.tolist() == [[2, 1, 0]]
    assert result.log_probs[0, :2].tolist() == pytest.approx(unrestricted.log_probs[0, 1:].tolist())


def test_edge_log_probs_sum_to_one_at_each_node():
    nodes = torch.tensor([ROOT, int(TRIE.edge_parent[TRIE.edges_on_path[1, 1]])])

    rows, _, log_probs = edge_log_probs(torch.randn(2, 4), nodes, VECTORS, TRIE)

    sums = torch.zeros(2).index_add(0, rows, log_probs.exp())
    assert sums.tolist() == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("seed", range(20))
def test_a_wide_beam_finds_the_same_codes_as_scoring_all_of_them_in_any_batch(seed: int):
    generator = torch.Generator().manual_seed(seed)
    sequences = {
        tuple(torch.randint(0, 5, (length,), generator=generator).tolist())
        for length in torch.randint(1, 5, (12,), generator=generator).tolist()
    }
    trie = Trie([list(s) for s in sorted(sequences)], end=5)
    # the logits of the next token by text, depth and previous token
    logits = 3 * torch.randn(3, 5, 6, 6, generator=generator)

    def step(
        texts: Tensor, tokens: Tensor | None, cache: KeyValueCache | Depth
    ) -> tuple[Tensor, Depth]:
        before = torch.zeros_like(texts) if tokens is None else trie.alphabet[tokens]
        depth = cache.depth if isinstance(cache, Depth) else 0
        return logits[texts, depth, before][:, trie.alphabet], Depth(depth + 1)

    def starts(sequence: tuple[int, ...], path: list[int]) -> bool:
        return [*sequence, 5][: len(path)] == path

    vectors = torch.eye(len(trie.alphabet))
    result = beam_search(step, vectors, trie, batch=3, beams=len(sequences))

    def log_prob(text: int, code: int) -> float:
        total, before = 0.0, 0
        edges_taken = trie.edges_on_path[code, : trie.lengths[code]]
        for depth, edge in enumerate(edges_taken.tolist()):
            node = int(trie.edge_parent[edge])
            choices = range(int(trie.first_edge[node]), int(trie.first_edge[node + 1]))
            tokens = {e: int(trie.alphabet[trie.edge_token[e]]) for e in choices}
            path = [*trie.alphabet[trie.paths[code, :depth]].tolist()]
            codes_below = {
                e: sum(starts(s, [*path, tokens[e]]) for s in sequences) for e in choices
            }
            scores = torch.tensor(
                [logits[text, depth, before, tokens[e]] + math.log(codes_below[e]) for e in choices]
            )
            total += float(scores.log_softmax(0)[list(choices).index(edge)])
            before = tokens[edge]
        return total

    for text in range(3):
        log_probs = {code: log_prob(text, code) for code in range(len(sequences))}
        assert sum(math.exp(value) for value in log_probs.values()) == pytest.approx(1.0)
        assert result.codes[text].tolist() == sorted(log_probs, key=lambda code: -log_probs[code])
        best_first = sorted(log_probs.values(), reverse=True)
        assert result.log_probs[text].tolist() == pytest.approx(best_first, abs=1e-5)

"""Beam search against sums worked out by hand: the state of a step is its row of logits."""

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from gram_es.codes.beam_search import Beams, Cache, beam_search, edge_log_probs
from gram_es.codes.trie import ROOT, Trie

END = 3
TRIE = Trie([[0], [0, 1], [2]], end=END)  # the alphabet is 0, 1, 2 and END itself
VECTORS = torch.eye(4)


def step_with(first: list[float], later: list[float]):
    """Return a step whose logits are ``first`` at the root and ``later`` after it."""

    def step(texts: Tensor, tokens: Tensor | None, cache: Cache) -> tuple[Tensor, Cache]:
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
    # Tokens 1 and END cannot start a code: their huge logits count for nothing. Two codes begin
    # with token 0 and one with token 2, whose logit makes it twice as probable as it would be.
    found = search([0.0, 50.0, math.log(2), 50.0], [0.0, 0.0, 0.0, 0.0], beams=3)

    probabilities = dict(
        zip(found.codes[0].tolist(), found.log_probs.exp()[0].tolist(), strict=True)
    )
    assert probabilities == pytest.approx({2: 0.5, 0: 0.25, 1: 0.25})


def test_a_decoder_that_knows_nothing_finds_all_codes_alike():
    found = search([0.0] * 4, [0.0] * 4, beams=3)

    assert found.log_probs.exp()[0].tolist() == pytest.approx([1 / 3] * 3)


def test_codes_beyond_those_that_exist_are_marked():
    found = search([0.0] * 4, [0.0] * 4, beams=5)

    assert found.codes[0, 3:].tolist() == [-1, -1]
    assert found.log_probs[0, 3:].isneginf().all()


def test_a_dead_code_is_never_found_and_leaves_the_others_as_they_were():
    alive = TRIE.alive_edges(torch.tensor([0, 1]))

    found = search([0.0, 0.0, 5.0, 0.0], [0.0, 1.0, 0.0, 0.0], beams=3, alive=alive)

    whole = search([0.0, 0.0, 5.0, 0.0], [0.0, 1.0, 0.0, 0.0], beams=3)
    assert found.codes.tolist() == [[1, 0, -1]]
    assert whole.codes.tolist() == [[2, 1, 0]]
    assert found.log_probs[0, :2].tolist() == pytest.approx(whole.log_probs[0, 1:].tolist())


def test_edge_log_probs_sum_to_one_at_each_node():
    nodes = torch.tensor([ROOT, int(TRIE.parent[TRIE.edges_on_path[1, 1]])])

    rows, _, log_probs = edge_log_probs(torch.randn(2, 4), nodes, VECTORS, TRIE)

    sums = torch.zeros(2).index_add(0, rows, log_probs.exp())
    assert sums.tolist() == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("seed", range(20))
def test_a_wide_beam_finds_what_trying_every_code_finds_whatever_it_is_batched_with(seed: int):
    generator = torch.Generator().manual_seed(seed)
    sequences = {
        tuple(torch.randint(0, 5, (length,), generator=generator).tolist())
        for length in torch.randint(1, 5, (12,), generator=generator).tolist()
    }
    trie = Trie([list(s) for s in sorted(sequences)], end=5)
    # of a next token: by text, depth and the token before
    logits = 3 * torch.randn(3, 5, 6, 6, generator=generator)

    def step(texts: Tensor, tokens: Tensor | None, cache: Cache | Depth) -> tuple[Tensor, Depth]:
        before = torch.zeros_like(texts) if tokens is None else trie.alphabet[tokens]
        depth = cache.depth if isinstance(cache, Depth) else 0
        return logits[texts, depth, before][:, trie.alphabet], Depth(depth + 1)

    def starts(sequence: tuple[int, ...], path: list[int]) -> bool:
        return [*sequence, 5][: len(path)] == path

    vectors = torch.eye(len(trie.alphabet))
    found = beam_search(step, vectors, trie, batch=3, beams=len(sequences))

    def log_prob(text: int, code: int) -> float:
        total, before = 0.0, 0
        spelt = trie.edges_on_path[code, : trie.lengths[code]]
        for depth, edge in enumerate(spelt.tolist()):
            node = int(trie.parent[edge])
            choices = range(int(trie.first[node]), int(trie.first[node + 1]))
            tokens = {e: int(trie.alphabet[trie.token[e]]) for e in choices}
            path = [*trie.alphabet[trie.paths[code, :depth]].tolist()]
            behind = {e: sum(starts(s, [*path, tokens[e]]) for s in sequences) for e in choices}
            scores = torch.tensor(
                [logits[text, depth, before, tokens[e]] + math.log(behind[e]) for e in choices]
            )
            total += float(scores.log_softmax(0)[list(choices).index(edge)])
            before = tokens[edge]
        return total

    for text in range(3):
        every = {code: log_prob(text, code) for code in range(len(sequences))}
        assert sum(math.exp(value) for value in every.values()) == pytest.approx(1.0)
        assert found.codes[text].tolist() == sorted(every, key=lambda code: -every[code])
        best_first = sorted(every.values(), reverse=True)
        assert found.log_probs[text].tolist() == pytest.approx(best_first, abs=1e-5)

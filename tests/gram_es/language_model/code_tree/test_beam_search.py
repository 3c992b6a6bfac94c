"""Beam search against sums calculated by hand, and against scoring each text alone."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from numpy.typing import NDArray

from gram_es.language_model.code_tree.beam_search import ChildLogProbs, beam_search
from gram_es.language_model.code_tree.token_tree import TokenTree
from gram_es.language_model.likelihood import LanguageModel

TREE = TokenTree.of([[1, 9], [1, 2, 9], [3, 9]])
NODES = {"1": 0, "1 end": 1, "1 2": 2, "1 2 end": 3, "3": 4, "3 end": 5}
AFTER_QUERY = [0.8, 0.5, 0.25, 1.0, 0.1, 0.5]
AFTER_NOTHING = [0.8, 0.5, 0.5, 1.0, 0.01, 0.5]
PROMPTS = [" find sofa", " to find cordless drill", " bed"]
TEXTS = ["cordless drill", "cordless bed", "couch", "bed", "cordless drill bed", "sofa bed"]


def logs(shares: list[float]) -> NDArray[np.float32]:
    return np.log(np.array(shares, dtype=np.float32))


def by_node(log_probs: NDArray[np.float32]) -> ChildLogProbs:
    """Return a function that finds each node as likely as listed, after any prompt."""
    return lambda _prompts, _nodes, _rows, children: log_probs[children]


def search(beams: int, *, corrected: bool, usable: NDArray[np.bool_] | None = None):
    corrections = logs(AFTER_NOTHING) * corrected
    [found] = beam_search(
        by_node(logs(AFTER_QUERY)), TREE, corrections, prompts=1, beams=beams, usable=usable
    )
    return dict(zip(found.numbers.tolist(), found.scores.tolist(), strict=True))


def test_a_wide_beam_finds_all_texts_best_first():
    found = search(5, corrected=True)

    assert list(found) == [2, 0, 1]
    assert found == pytest.approx({2: log(10), 0: 0.0, 1: log(0.5)}, abs=1e-6)


def test_the_correction_at_each_node_keeps_what_raw_likelihood_drops():
    uncorrected = search(1, corrected=False)

    assert 2 not in uncorrected  # so that no correction of finished beams brings it back
    assert list(search(1, corrected=True)) == [2]


def test_a_path_leads_only_to_usable_nodes():
    assert list(search(5, corrected=True, usable=TREE.on_paths([1, 0]))) == [0, 1]


def test_without_a_usable_node_nothing_is_found():
    assert search(5, corrected=True, usable=TREE.on_paths([])) == {}


@pytest.mark.parametrize("share", [0.0, 0.7])
def test_a_wide_beam_of_a_language_model_scores_each_text_as_it_is_scored_alone(
    language_model: LanguageModel, share: float
):
    tree = language_model.tree(TEXTS)
    prompts = language_model.prompts(PROMPTS)
    null = language_model.prompt(" to find")

    found = beam_search(
        language_model.walk(prompts, tree),
        tree,
        share * language_model.node_log_probs(null, tree),
        prompts=len(prompts),
        beams=len(TEXTS),
    )

    without = language_model.log_likelihoods(null, TEXTS)
    for prompt, texts in zip(prompts, found, strict=True):
        alone = language_model.log_likelihoods(prompt, TEXTS) - share * without
        assert texts.scores == pytest.approx(alone[texts.numbers], abs=1e-4)
        assert texts.numbers.tolist() == np.argsort(-alone).tolist()


def test_prompts_find_the_same_together_as_each_alone_with_a_narrow_beam(
    language_model: LanguageModel,
):
    tree, prompts = language_model.tree(TEXTS), language_model.prompts(PROMPTS)
    nothing = np.zeros(len(tree), dtype=np.float32)

    def find(some):
        return beam_search(
            language_model.walk(some, tree), tree, nothing, prompts=len(some), beams=2
        )

    together = find(prompts)

    for prompt, texts in zip(prompts, together, strict=True):
        [alone] = find([prompt])
        assert texts.numbers.tolist() == alone.numbers.tolist()
        assert texts.scores == pytest.approx(alone.scores, abs=1e-4)

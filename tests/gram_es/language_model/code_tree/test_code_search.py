from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from gram_es.language_model.code_tree import code_search
from gram_es.language_model.code_tree.code_search import CodeSearch
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.sides import PRODUCTS, Side

LABELS = ["cordless drill", "cordless bed", "bed", "cordless drill bed", "sofa bed", "drill"]
QUERIES = ["couch", "sofa", "find cordless"]


class Bare(Side):
    def question(self, text: str) -> str:
        return f" {text}"


SIDE = Bare("to find", "drill")


def corrected(model: LanguageModel, query: str, share: float) -> np.ndarray:
    """Return the score of each label, by scoring all of them."""
    query, nothing = (model.prompt(f"to find {text}") for text in (query, "drill"))
    return model.log_likelihoods(query, LABELS) - share * model.log_likelihoods(nothing, LABELS)


def test_the_codes_found_are_those_that_scoring_all_codes_ranks_first(
    language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(code_search, "_TOGETHER", 2)

    found = CodeSearch(language_model, LABELS, side=SIDE).find(QUERIES)

    expected = [np.argsort(-corrected(language_model, query, 0.7)).tolist() for query in QUERIES]
    assert [numbers.tolist() for numbers in found] == expected
    assert len({tuple(numbers) for numbers in expected}) > 1


def test_only_codes_that_are_allowed_are_found(language_model: LanguageModel):
    allowed = np.array([False, True, True, False, False, False])

    [found] = CodeSearch(language_model, LABELS, side=SIDE).find(["couch"], allowed)

    assert sorted(found.tolist()) == [1, 2]


def test_a_code_is_likelier_after_a_query_than_after_nothing_by_so_many_nats(
    language_model: LanguageModel,
):
    lifts = CodeSearch(language_model, LABELS, side=SIDE).lifts("couch", np.array([4, 0]))

    assert lifts == pytest.approx(corrected(language_model, "couch", 1.0)[[4, 0]], abs=1e-4)


def test_a_second_start_reads_what_codes_have_after_nothing(
    language_model: LanguageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = CodeSearch(language_model, LABELS, folder=tmp_path).find(QUERIES)
    monkeypatch.setattr(LanguageModel, "node_log_probs", _fail)

    second = CodeSearch(language_model, LABELS, folder=tmp_path).find(QUERIES)

    assert [numbers.tolist() for numbers in second] == [numbers.tolist() for numbers in first]


def test_a_damaged_file_is_computed_again(
    language_model: LanguageModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    first = CodeSearch(language_model, LABELS, folder=tmp_path).find(QUERIES)
    [path] = tmp_path.iterdir()
    intact = path.read_bytes()
    path.write_bytes(intact[:-3])

    second = CodeSearch(language_model, LABELS, folder=tmp_path).find(QUERIES)

    assert [numbers.tolist() for numbers in second] == [numbers.tolist() for numbers in first]
    assert path.read_bytes() == intact
    assert f"{path} cannot be read and is computed again" in caplog.text


def test_each_codebook_vocabulary_and_prompt_has_a_file_of_its_own(
    language_model: LanguageModel, tmp_path: Path
):
    CodeSearch(language_model, LABELS, folder=tmp_path).find(QUERIES)
    CodeSearch(language_model, LABELS[:-1], folder=tmp_path).find(QUERIES)
    cut = language_model.with_vocabulary([*LABELS, *QUERIES, "to"])
    CodeSearch(cut, LABELS, folder=tmp_path).find(QUERIES)
    CodeSearch(language_model, LABELS, side=PRODUCTS, folder=tmp_path).find(QUERIES)

    assert len(list(tmp_path.iterdir())) == 4


def test_other_weights_have_a_file_of_their_own(
    tokenizer: PreTrainedTokenizerFast, network: torch.nn.Module, tmp_path: Path
):
    other = deepcopy(network)
    next(other.parameters()).data[-1, -1] += 1

    for each in (network, other):
        model = LanguageModel(tokenizer, each, name="small")
        CodeSearch(model, LABELS, folder=tmp_path).find(QUERIES)

    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_costs_only_time(
    language_model: LanguageModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "file").touch()

    found = CodeSearch(language_model, LABELS, folder=tmp_path / "file" / "folder").find(QUERIES)

    assert len(found) == len(QUERIES)
    assert "cannot keep" in caplog.text


def _fail(*_: object) -> None:
    raise AssertionError("the log-probabilities were computed again")

from __future__ import annotations

import numpy as np
import pytest

from gram_es.language_model import code_search
from gram_es.language_model.code_search import CodeSearch
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.sides import Side

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

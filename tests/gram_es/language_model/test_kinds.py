from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.language_model.kinds import Kinds
from gram_es.language_model.likelihood import LanguageModel

SOFA, BED, CORDLESS = Facet("type", "sofa"), Facet("type", "bed"), Facet("motor", "cordless")
CODEBOOK = Codebook(
    [
        Code("bed", ("bed",), 5, (BED,)),
        Code("cordless sofa", ("cordless", "sofa"), 5, (CORDLESS, SOFA)),
        Code("sofa", ("sofa",), 5, (SOFA,)),
        Code("cordless", ("cordless",), 5, (CORDLESS,)),
        Code("to find", ("to", "find"), 5),
        Code("cordless drill", ("cordless", "drill"), 5, (CORDLESS, Facet("type", "drill"))),
    ]
)


def test_a_query_is_near_its_own_type_and_far_from_others(language_model: LanguageModel):
    kinds = Kinds(language_model, CODEBOOK)

    [sofa, couch] = kinds.nearness(["sofa", "couch"])

    assert kinds.types.is_typed.tolist() == [True, True, True, False, False, False]
    assert sofa == pytest.approx([-1, 1, 1, 0, 0, 0], abs=1e-3)
    assert (np.abs(couch[:3]) < 1).all()
    assert couch[1] == couch[2]


def test_a_type_is_read_by_its_name(language_model: LanguageModel):
    longer = Code("cordless sofa", ("cordless", "sofa"), 5, (Facet("type", "cordless sofa"),))
    codebook = Codebook([CODEBOOK.codes[0], longer, CODEBOOK.codes[2]])

    [nearness] = Kinds(language_model, codebook).nearness(["cordless sofa"])

    assert nearness == pytest.approx([-1, 1, 1], abs=1e-3)


def test_without_types_nothing_is_near(language_model: LanguageModel):
    codebook = Codebook([CODEBOOK.codes[3]])

    assert Kinds(language_model, codebook).nearness(["sofa"]).tolist() == [[0]]
    assert Kinds(language_model, CODEBOOK).nearness([]).shape == (0, 6)


def test_the_states_of_types_are_kept_for_one_language_model(
    own_language_model: LanguageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    nearness = Kinds(own_language_model, CODEBOOK, folder=tmp_path).nearness(["couch"])
    compute, asked = own_language_model.states, []

    def states(texts, after):
        asked.append(len(texts))
        return compute(texts, after)

    monkeypatch.setattr(own_language_model, "states", states)
    again = Kinds(own_language_model, CODEBOOK, folder=tmp_path).nearness(["couch"])

    assert again == pytest.approx(nearness)
    assert asked == [1]


def test_kept_states_belong_to_one_order_of_types(language_model: LanguageModel, tmp_path: Path):
    turned = Codebook([*reversed(CODEBOOK.codes)])

    [before] = Kinds(language_model, CODEBOOK, folder=tmp_path).nearness(["couch"])
    [after] = Kinds(language_model, turned, folder=tmp_path).nearness(["couch"])

    assert after == pytest.approx(before[::-1], abs=1e-3)

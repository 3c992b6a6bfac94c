"""Words of shoppers, with a nearness to types that is written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.codes.nearness import CodeTypes
from gram_es.training.shopper_words import candidates, find

TYPES = ["bassinets", "diapers", "sofas", "suit"]
CODEBOOK = Codebook([Code(label, (label,), 20, (Facet("type", label),)) for label in TYPES])
NEARNESS = {
    "nappies": [0.45, 0.8, -0.2, 0.1],
    "settee": [0.3, -0.1, 0.62, 0.0],
    "parliament": [0.2, 0.1, 0.55, 0.5],
    "lawsuit": [0.1, 0.1, 0.1, 0.9],
    "pyjamasuit": [0.7, 0.5, 0.1, 0.6],
}


class HandWritten:
    def __init__(self, _: object, codebook: Codebook) -> None:
        self.types = CodeTypes(codebook)

    def type_nearness(self, words: Sequence[str]) -> NDArray[np.float32]:
        return np.array([NEARNESS[word] for word in words], dtype=np.float32)


@pytest.fixture(autouse=True)
def hand_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "foreign_words", lambda _: [*NEARNESS])
    monkeypatch.setattr(find, "Kinds", HandWritten)
    monkeypatch.setattr(find, "_CHUNK", 3)


def words_of(codebook: Codebook) -> list[tuple[str, str, float, str]]:
    entries = find.find_shopper_words(
        SimpleNamespace(name="small"), codebook, catalogue_stems=frozenset()
    )
    return [(entry.words, entry.code, entry.weight, entry.origin) for entry in entries]


def test_words_with_a_near_type_are_kept_with_the_types_they_are_near_to():
    assert words_of(CODEBOOK) == [
        ("nappies", "diapers", pytest.approx(0.8), "small"),
        ("nappies", "bassinets", pytest.approx(0.45), "small"),
        ("pyjamasuit", "bassinets", pytest.approx(0.7), "small"),
        ("pyjamasuit", "diapers", pytest.approx(0.5), "small"),
        ("settee", "sofas", pytest.approx(0.62), "small"),
    ]


def test_a_word_that_repeats_the_name_of_a_type_is_left_out():
    longer = Code("nap diapers", ("nap", "diapers"), 20, (Facet("type", "nap diapers"),))

    words = words_of(Codebook([*CODEBOOK.codes, longer]))

    assert {word for word, *_ in words} == {"pyjamasuit", "settee"}
    assert ("pyjamasuit", "diapers") in {(word, code) for word, code, *_ in words}


def test_a_word_has_its_nearest_types(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(find, "_TYPES", 1)

    assert [code for word, code, *_ in words_of(CODEBOOK) if word == "nappies"] == ["diapers"]


def test_a_catalogue_without_types_has_no_words():
    assert words_of(Codebook([Code("blue", ("blue",), 20, (Facet("colour", "blue"),))])) == []


def test_foreign_words_are_those_of_which_the_catalogue_has_no_form():
    words = candidates.foreign_words(frozenset({"trouser"}))

    assert "settee" in words
    assert "trousers" not in words
    assert "the" not in words


@pytest.mark.parametrize(
    ("word", "label", "repeated"),
    [
        ("matlab", "mat", True),
        ("machinery", "machine", True),
        ("sledgehammer", "hammer", True),
        ("lawsuit", "suit", True),
        ("sneaker", "hiking sneakers", True),
        ("nappies", "diapers", False),
    ],
)
def test_a_word_with_a_label_in_it_repeats_the_label(word: str, label: str, repeated: bool):
    assert candidates.repeats(word, label) is repeated

"""The two experts, with a language model whose likelihoods are written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.training.shopper_words import candidates, find
from gram_es.training.shopper_words.verdict import ask_both

TYPES = ["diapers", "sleeping bags", "sofas"]
WORDS = ["nappies", "settee", "parliament"]
# How many nats more likely a word is for a type than for no type.
LIFTS = {("nappies", "diapers"): 8.0, ("settee", "sofas"): 8.0}


class HandWritten:
    """A language model for which each word is one token, and each prompt names its type."""

    name = "hand-written"

    def cut_vocabulary(self, texts: Sequence[str]) -> None: ...

    def prompt(self, text: str) -> str:
        return next((label for label in TYPES if label in text), "")

    def log_likelihoods(self, prompt: str, texts: Sequence[str]) -> NDArray[np.float32]:
        scores = [LIFTS.get((text, prompt), 0.0) - 9.0 for text in texts]
        return np.array(scores, dtype=np.float32)

    def first_tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        return np.array([WORDS.index(text) for text in texts])

    def next_log_likelihoods(self, prompt: str) -> NDArray[np.float32]:
        return self.log_likelihoods(prompt, WORDS)


# The encoder takes nappies for sleeping bags by a hair, and is not sure of settees.
ENCODER = np.array([[0.50, 0.52, 0.1], [0.3, 0.3, 0.4], [0.1, 0.1, 0.1]], dtype=np.float32)


def test_the_language_model_decides_where_the_encoder_wavers():
    verdict = ask_both(
        HandWritten(), WORDS, TYPES, ENCODER, temperature=0.05, report_progress=lambda _: None
    )

    assert verdict.shares.argmax(axis=1)[:2].tolist() == [0, 2]
    assert verdict.lifts[0, 0] == pytest.approx(8.0)
    assert verdict.shares.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)


def test_both_weigh_in_a_share():
    verdict = ask_both(
        HandWritten(), ["nappies"], TYPES[:2], ENCODER[:1, :2], temperature=0.05,
        report_progress=lambda _: None,
    )  # fmt: skip

    expected = np.exp([0.5 / 0.05 + 0.6 * 8.0, 0.52 / 0.05])
    assert verdict.shares[0] == pytest.approx(expected / expected.sum(), abs=1e-4)


@pytest.fixture
def codebook() -> Codebook:
    types = [Code(label, (label,), 20, (Facet("type", label),)) for label in TYPES]
    return Codebook([*types, Code("blue", ("blue",), 20, (Facet("colour", "blue"),))])


def test_words_are_kept_if_the_language_model_finds_them_likelier_than_for_no_type(
    codebook: Codebook, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(find, "foreign_words", lambda _: WORDS)

    class Encoder:
        config = SimpleNamespace(code_temperature=0.05)

        def encode(self, texts: Sequence[str], prompt: str) -> None: ...

    class Prior:
        def scores(self, _: None) -> NDArray[np.float32]:
            return np.concatenate([ENCODER, np.zeros((3, 1), dtype=np.float32)], axis=1)

    entries = find.find_shopper_words(
        HandWritten(), Encoder(), Prior(), codebook,
        catalogue_stems=frozenset(), report_progress=lambda _: None,
    )  # fmt: skip

    assert [(entry.words, entry.code) for entry in entries] == [
        ("nappies", "diapers"),
        ("settee", "sofas"),
    ]
    assert {entry.origin for entry in entries} == {"hand-written"}


def test_types_are_the_codes_that_claim_a_type_alone(codebook: Codebook):
    assert candidates.type_codes(codebook).tolist() == [0, 1, 2]


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

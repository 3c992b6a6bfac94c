from pathlib import Path

import pytest

from gram_es.text.speller import Speller, count_words

SPELLER = Speller({"drill": 40, "curtains": 9, "burgundy": 7, "deck": 5, "paint": 12, "red": 30})


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("dril", "drill"),
        ("burgandy curtians", "burgundy curtains"),
        ("deckpaint", "deck paint"),
        ("drill", "drill"),
        ("rad", "rad"),  # three letters have too many neighbours
        ("x500", "x500"),
        ("liter", "liter"),  # a unit, though the catalogue has "litre" or none
        ("zzzzzzz", "zzzzzzz"),
    ],
)
def test_unknown_words_become_words_of_the_catalogue(typed: str, corrected: str):
    assert SPELLER.correct(typed) == corrected


def test_words_are_counted_once_a_text_and_rare_ones_left_out():
    texts = ["drill drill", "drill bit", "drill", "bit", "18 drill", "18", "18"]

    assert count_words(texts) == {"drill": 4}


def test_a_loaded_speller_corrects_like_the_saved_one(tmp_path: Path):
    SPELLER.save(tmp_path / "words.tsv")

    assert Speller.load(tmp_path / "words.tsv").correct("burgandy") == "burgundy"

import pytest

from gram_es.text.spelling import vocabulary
from gram_es.text.spelling.vocabulary import Vocabulary, count_words


def test_words_are_counted_once_a_text_and_rare_ones_left_out():
    texts = ["drill drill", "drill bit", "drill", "bit", "18 drill", "18", "18"]

    assert count_words(texts) == {"drill": 4}


def test_neighbouring_words_are_counted_without_stop_words_and_numbers():
    texts = ["oak night stand for 2", "night stand for oak", "white night stand", "t shirt"] * 3

    pairs = {text: count for text, count in count_words(texts).items() if " " in text}

    assert pairs == {
        "night stand": 9,
        "oak night": 3,
        "t shirt": 3,
        "white night": 3,
    }


def test_only_the_most_frequent_pairs_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vocabulary, "_MAX_PAIRS", 1)
    monkeypatch.setattr(vocabulary, "_MAX_COUNTED_PAIRS", 2)

    counts = count_words(["oak desk", "oak desk", "oak table", "pine desk", "oak desk"])

    assert counts == {"oak": 4, "desk": 4, "oak desk": 3}


def test_a_word_is_known_in_all_forms_with_its_stem():
    words = Vocabulary({"drape": 3})

    assert "drapes" in words
    assert "litres" in words  # a unit
    assert "drapery" not in words


def test_a_compound_is_found_as_singular_and_as_plural_but_not_by_its_stem():
    words = Vocabulary({"nightstand": 3, "night stand": 5, "nights tand": 3, "shower ring": 4})

    assert words.has_compound("nightstands")
    assert words.parted("nightstands") == "night stand"
    assert words.parted("shower") is None


def test_the_zipf_value_is_the_logarithm_of_the_frequency_in_a_billion_words():
    words = Vocabulary({"drill": 10, "saw": 90})

    assert words.zipf("drill") == pytest.approx(8.0)
    assert words.zipf("axe") == 0.0

import pytest

from gram_es.text.spelling.lexicon import COMMON, LEAST, RARE, is_language_word, language_words


def test_words_are_common_and_misspellings_are_not():
    words = language_words()

    for word in ("fire", "couch", "mallet", "trainers", "mens"):
        assert words[word] >= COMMON
    for word in ("recieve", "jewelery", "settee"):
        assert RARE <= words[word] < COMMON
    for word in ("burgandy", "matress", "vaccum"):
        assert LEAST <= words[word] < RARE
    assert "refridgerator" not in words


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("german", "kuhlschrank"),
        ("dutch", "handschoenen"),
        ("french", "fenetre"),
        ("russian", "дом"),
    ],
)
def test_words_are_in_the_normal_form_of_the_shops_language(use_language, language, word):
    use_language(language)

    assert language_words()[word] >= COMMON


@pytest.mark.parametrize("language", ["basque", "other"])
def test_a_language_without_a_list_has_no_words(use_language, language):
    use_language(language)

    assert language_words() == {}


def test_without_a_word_list_every_word_may_be_one_of_the_language(use_language):
    assert is_language_word("Fenêtre") is False
    use_language("french")
    assert is_language_word("Fenêtre")
    use_language("other")
    assert is_language_word("qqxz")

from collections.abc import Callable
from typing import get_args

import pytest

from gram_es.text.languages import Language
from gram_es.text.normalise import is_word, normalise
from gram_es.text.units import UNITS
from gram_es.text.words import stem, stems, stop_words

UseLanguage = Callable[[str], None]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("english", "Drills", "drill"),
        ("german", "Bohrmaschinen für Gärten", "Bohrmaschine für Garten"),
        ("french", "perceuses électriques", "perceuse électrique"),
        ("russian", "аккумуляторные дрели", "аккумуляторная дрель"),
        ("swedish", "trädgårdsslangar", "trädgårdsslangen"),
        ("hindi", "साड़ियाँ", "साड़ियों"),
    ],
)
def test_forms_of_a_word_share_their_stem_in_the_shops_language(
    use_language: UseLanguage, language: str, one: str, other: str
):
    use_language(language)

    assert stems(normalise(one)) == stems(normalise(other))


def test_a_change_of_language_takes_effect_at_once(use_language: UseLanguage):
    assert stem("bohrmaschinen") == "bohrmaschinen"

    use_language("german")

    assert stem("bohrmaschinen") == "bohrmaschin"


def test_a_language_without_a_stemmer_leaves_words_as_they_are(use_language: UseLanguage):
    use_language("other")

    assert stems("drills and drilling") == ("drills", "and", "drilling")
    assert stop_words() == frozenset()


def test_stop_words_are_those_of_the_language_in_normal_form(use_language: UseLanguage):
    assert "for" in stop_words()

    use_language("german")

    assert {"fur", "und", "uber", "ohne", "ohn"} <= stop_words()
    assert "for" not in stop_words()


def test_no_unit_is_a_stop_word_and_no_stem_is_empty(use_language: UseLanguage):
    for language in get_args(Language):
        use_language(language)
        assert stop_words().isdisjoint(UNITS), language
        assert all(map(is_word, stop_words())), language
    use_language("greek")

    assert all(stems(normalise("φίλτρο ιών")))

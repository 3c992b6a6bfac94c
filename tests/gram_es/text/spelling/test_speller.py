from pathlib import Path

import pytest

from gram_es.sample import build_catalogue
from gram_es.text.product import search_text
from gram_es.text.spelling.lexicon import language_words
from gram_es.text.spelling.speller import Speller, Spelling
from gram_es.text.spelling.vocabulary import count_words

COUNTS = {
    "burgundy": 7,
    "curtains": 9,
    "deck": 5,
    "drill": 40,
    "frying": 9,
    "frying pan": 6,
    "headphones": 9,
    "night stand": 3,
    "paint": 12,
    "pan": 9,
    "pants": 30,
    "red": 30,
    "wrench": 8,
    "kitesurfer": 8,
}
SPELLER = Speller(COUNTS)


@pytest.fixture(scope="module")
def shop_speller() -> Speller:
    return Speller(count_words(map(search_text, build_catalogue())))


@pytest.mark.parametrize(
    "query",
    [
        "nappies",
        "electric fire",
        "house shoes",
        "tennis shoes",
        "settee",
        "mallet",
        "cleaver",
        "drapes",
        "goldfish bowl",
        "couch",
        "trainers",
        "plant pots",
        "cat litter",
        "usb c charger",
        "jumper",
        "fridge",
        "hosepipe",
        "secateurs",
        "privet",
        "duvet",
        "liter",  # a unit
    ],
)
def test_words_of_the_language_stay_though_the_shop_lacks_them(shop_speller: Speller, query: str):
    assert shop_speller.correct(query) == query


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("burgandy", "burgundy"),
        ("headphnes", "headphones"),
        ("cordles dril", "cordless drill"),
        ("refridgerator", "refrigerator"),
        ("stainles steel", "stainless steel"),
        ("wirless", "wireless"),
        ("matress", "mattress"),
        ("blutooth", "bluetooth"),
        ("curtians", "curtains"),
        ("keybord", "keyboard"),
        ("vaccum cleaner", "vacuum cleaner"),
    ],
)
def test_misspellings_are_corrected(shop_speller: Speller, typed: str, corrected: str):
    assert shop_speller.spell(typed) == Spelling(typed, corrected)


def test_hardly_any_common_word_of_the_language_is_changed(shop_speller: Speller):
    words = language_words()
    common = sorted(words, key=lambda word: -words[word])[:20_000]

    changed = [word for word in common if shop_speller.correct(word) != word]

    assert changed == []


@pytest.mark.parametrize(
    "query",
    [
        "rad",  # three letters have too many neighbours
        "x500",
        "zzzzzzz",
        "tdrill",  # the first letter is rarely wrong
        "bosch",
        "",
    ],
)
def test_without_evidence_a_word_stays(query: str):
    assert SPELLER.correct(query) == query


def test_a_word_of_the_language_is_a_correction_too():
    assert SPELLER.correct("couhc") == "couch"


def test_inflected_forms_of_a_word_of_the_catalogue_stay():
    assert SPELLER.correct("kitesurfers") == "kitesurfers"


def test_the_neighbouring_word_decides_between_likely_corrections():
    speller = Speller({"grill": 30, "girls": 30, "gas": 20, "gas grill": 8, "dress": 9})

    assert speller.correct("gas girll") == "gas grill"


def test_of_two_equally_likely_words_none_is_chosen():
    speller = Speller({"zanker": 50, "zander": 50})

    assert speller.correct("zaner") == "zaner"


def test_kept_words_stay_and_the_others_are_corrected():
    spelling = SPELLER.spell("burgandy dril", keep={"burgandy"})

    assert spelling == Spelling("burgandy dril", "burgandy drill")
    assert spelling.replaced == ("dril",)


def test_a_joined_or_parted_form_is_an_alternative_and_replaces_nothing():
    assert SPELLER.spell("head phones") == Spelling("head phones", "head phones", ("headphones",))
    assert SPELLER.spell("nightstand") == Spelling("nightstand", "nightstand", ("night stand",))


def test_alternatives_are_forms_of_the_corrected_query():
    spelling = SPELLER.spell("burgandy head phones")

    assert spelling.alternatives == ("burgundy headphones",)


def test_a_loaded_speller_spells_like_the_saved_one(tmp_path: Path):
    SPELLER.save(tmp_path / "words.tsv")
    loaded = Speller.load(tmp_path / "words.tsv")

    for query in ("burgandy", "nightstand", "head phones"):
        assert loaded.spell(query) == SPELLER.spell(query)


def test_a_language_without_a_word_list_corrects_towards_the_catalogue(use_language):
    use_language("basque")

    assert Speller({"aulkia": 9, "mahaia": 30}).correct("aukia") == "aulkia"


def test_german_words_are_known_without_their_umlauts(use_language):
    use_language("german")

    speller = Speller({"kuhlschranke": 9, "bohrmaschine": 30})

    assert speller.correct("kuhlschrank") == "kuhlschrank"
    assert speller.correct("bormaschine") == "bohrmaschine"


def test_a_word_is_foreign_if_the_catalogue_has_no_form_of_it():
    assert SPELLER.is_foreign("settee")
    assert not any(map(SPELLER.is_foreign, ("drill", "Drills", "inch")))


def test_the_words_that_it_knows_are_those_of_the_catalogue_and_of_the_language():
    assert SPELLER.knows("Kitesurfer")
    assert SPELLER.knows("wrenches")
    assert SPELLER.knows("settee")
    assert not SPELLER.knows("velmo")

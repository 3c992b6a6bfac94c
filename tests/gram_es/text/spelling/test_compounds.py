import pytest

from gram_es.text.spelling.compounds import alternatives
from gram_es.text.spelling.vocabulary import Vocabulary

SHOP = Vocabulary(
    {
        "headphones": 9,
        "waterproof": 9,
        "air": 9,
        "fryer": 9,
        "air fryer": 5,
        "wi fi": 4,
        "wifi": 7,
        "night stand": 3,
        "nightstand": 4,
        "deck": 5,
        "paint": 12,
        "car": 9,
        "pet": 9,
        "carpet": 3,
    }
)
GARDEN = Vocabulary(
    {
        "gartenschlauch": 5,
        "garten": 9,
        "schlauch": 4,
        "arbeitshandschuhe": 3,
        "arbeit": 3,
        "handschuhe": 8,
    }
)


@pytest.mark.parametrize(
    ("query", "forms"),
    [
        ("head phones", ("headphones",)),
        ("water proof jacket", ("waterproof jacket",)),
        ("night stand", ("nightstand",)),
        ("nightstands", ("night stand",)),
        ("airfryer", ("air fryer",)),
        ("air fryer", ()),
        ("wifi", ("wi fi",)),
        ("wi fi", ("wifi",)),
        ("deckpaint", ("deck paint",)),
        ("carpet", ()),  # a word of the catalogue, in which "car pet" does not occur
        ("headache", ()),
        ("", ()),
    ],
)
def test_forms_are_joined_or_parted_as_the_catalogue_has_them(query, forms):
    assert alternatives(query, SHOP) == forms


def test_of_several_changes_the_form_with_all_of_them_is_first():
    assert alternatives("wifi head phones", SHOP) == (
        "wi fi headphones",
        "wi fi head phones",
        "wifi headphones",
    )


def test_there_are_at_most_three_forms():
    assert len(alternatives("wifi head phones water proof night stand", SHOP)) == 3


@pytest.mark.parametrize(
    ("query", "forms"),
    [
        ("gartenschlauch", ("garten schlauch",)),
        ("garten schlauch", ("gartenschlauch",)),
        ("arbeitshandschuhe", ("arbeit handschuhe",)),
        ("arbeits handschuhe", ("arbeitshandschuhe",)),
        ("arbeit handschuhe", ("arbeitshandschuhe",)),
        ("gartenzwerg", ()),
    ],
)
def test_german_compounds_are_parted_into_words_of_the_catalogue(use_language, query, forms):
    use_language("german")

    assert alternatives(query, GARDEN) == forms


def test_dutch_compounds_are_parted_too(use_language):
    use_language("dutch")
    shop = Vocabulary({"tuin": 9, "slang": 9, "tuinslang": 4})

    assert alternatives("tuinslang", shop) == ("tuin slang",)
    assert alternatives("tuin slang", shop) == ("tuinslang",)


SPELT = Vocabulary({"gray": 9, "colour": 9, "tyre": 9, "organizer": 9, "sofa": 9, "waterproof": 9})


@pytest.mark.parametrize(
    ("query", "forms"),
    [
        ("grey sofa", ("gray sofa",)),
        ("gray sofa", ()),
        ("color sofa", ("colour sofa",)),
        ("tire", ("tyre",)),
        ("organiser", ("organizer",)),
        ("organisers", ("organizers",)),
        ("aluminium sofa", ()),
        ("grey water proof sofa", ("gray waterproof sofa", "gray water proof sofa")),
    ],
)
def test_words_are_also_searched_as_the_catalogue_spells_them(query, forms):
    assert alternatives(query, SPELT)[:2] == forms


def test_only_english_has_british_and_american_words(use_language):
    use_language("german")

    assert alternatives("grey sofa", SPELT) == ()


@pytest.mark.parametrize(
    ("language", "query", "forms"),
    [
        ("german", "gefaess rund", ("gefass rund",)),
        ("german", "tur", ("tuer",)),
        ("german", "tuer", ()),
        ("german", "neuer", ()),
        ("swedish", "hoerlur", ("horlur",)),
        ("danish", "baad", ("bad",)),
        ("english", "gefaess", ()),
    ],
)
def test_letters_without_their_signs_are_found(use_language, query, language, forms):
    use_language(language)
    shop = Vocabulary({"gefass": 9, "rund": 9, "tuer": 9, "nur": 9, "horlur": 9, "bad": 9})

    assert alternatives(query, shop) == forms


@pytest.mark.parametrize(
    ("language", "query", "forms"),
    [
        ("german", "schlauch", ("gartenschlauch",)),
        ("german", "schuh", ()),  # no shoe of any kind, and gloves do not end with it
        ("german", "damenschuh", ("damenschuhe",)),
        ("german", "lampe", ("schreibtischlampe",)),
        ("german", "ampe", ()),  # "schreibtischl" is no word
        ("dutch", "kinderregenjas", ("kinderen regenjas",)),
        ("dutch", "stofzuiger zak", ("stofzuigerzakken",)),
        ("dutch", "stofzuigerzak", ("stofzuigerzakken",)),
        ("english", "lampe", ()),
    ],
)
def test_forms_of_languages_with_compounds(use_language, query, language, forms):
    use_language(language)
    names = "gartenschlauch damenschuhe handschuhe schreibtischlampe kinderen regenjas"
    shop = Vocabulary(dict.fromkeys([*names.split(), "stofzuigerzakken", "stofzuiger"], 9))

    assert alternatives(query, shop) == forms


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("tooth brush cup", "toothbrush cup"),  # a word of the language
        ("wheel barrow", "wheelbarrow"),
        ("tov lin deck", "tovlin deck"),  # words that the vocabulary lacks
        ("snowshovel", "snow shovel"),
        ("campfire pan", "camp fire pan"),
    ],
)
def test_forms_of_words_that_are_newer_than_the_vocabulary_are_asked_of_the_index(query, form):
    indexed = {"toothbrush", "wheelbarrow", "tovlin", "snow shovel", "camp fire"}

    assert alternatives(query, SHOP, indexed.__contains__) == (form,)
    assert alternatives(query, SHOP) == ()


def test_a_word_of_the_index_is_not_split_into_words_that_never_stand_together():
    assert alternatives("deckpaint", SHOP) == ("deck paint",)
    assert alternatives("deckpaint", SHOP, {"deckpaint"}.__contains__) == ()


def test_the_index_is_asked_few_questions_and_none_about_words_of_the_catalogue():
    asked = []

    def is_indexed(words):
        asked.append(words)
        return False

    alternatives("car paint deck fryer headphones carpet", SHOP, is_indexed)
    assert asked == []

    alternatives(" ".join(f"zq{letter}v" for letter in "abcdefgh"), SHOP, is_indexed)
    assert len(asked) == 4

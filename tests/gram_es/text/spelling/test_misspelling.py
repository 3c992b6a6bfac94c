import pytest

from gram_es.text.spelling.misspelling import SWAPPED, misspelling_cost


@pytest.mark.parametrize(
    ("typed", "meant", "cost"),
    [
        ("drill", "drill", 0.0),
        ("dril", "drill", 0.6),  # a letter not doubled
        ("drilll", "drill", 0.6),
        ("vaccum", "vacuum", 0.9),  # the wrong letter doubled
        ("dirll", "drill", SWAPPED),
        ("burgandy", "burgundy", 0.9),  # a vowel for a vowel
        ("headphnes", "headphones", 0.9),
        ("tamera", "camera", 2.2 + 1.2),  # the first letter
        ("faycet", "faucet", 0.9),
        ("wremch", "wrench", 1.0),
        ("wtench", "wrench", 1.1),  # the key beside
        ("keybord", "keyboard", 0.9),
        ("scewdriver", "screwdriver", 1.1),
        ("refridgerator", "refrigerator", 1.3),  # sounds the same
        ("puppies", "nappies", 2.2 + 1.2 + 0.9),
    ],
)
def test_the_cost_grows_with_what_fingers_and_ears_rarely_confuse(typed, meant, cost):
    assert misspelling_cost(typed, meant) == pytest.approx(cost)


def test_words_that_sound_the_same_in_english_do_not_in_another_language(use_language):
    use_language("german")

    assert misspelling_cost("refridgerator", "refrigerator") == pytest.approx(1.5)


def test_keys_are_beside_each_other_on_the_keyboard_of_the_language(use_language):
    use_language("german")
    assert misspelling_cost("hety", "hetz") > misspelling_cost("hett", "hetz")  # z is beside t

    use_language("russian")
    assert misspelling_cost("домр", "домо") == pytest.approx(1.1)

import pytest

from gram_es.retrieval.conditions.catalogue import UNKNOWN_CATALOGUE
from gram_es.retrieval.conditions.parser import parse_query


class Shop(type(UNKNOWN_CATALOGUE)):
    """A catalogue with some words in its titles and with prices in euros and dollars."""

    currencies = frozenset({"EUR", "USD"})

    def has_in_title(self, phrase: str, /) -> bool:
        return phrase.lower() in ("stroller max", "over 60")

    def has_in_text(self, phrase: str, /) -> bool:
        return phrase.lower() == "90 mesh"


def parsed(text: str) -> tuple[str, float | None, float | None]:
    query = parse_query(text, catalogue=Shop())
    return query.text, query.low, query.high


@pytest.mark.parametrize(
    ("query", "rest", "low", "high"),
    [
        ("kettle under 45", "kettle", None, 45),
        ("kettle below €45.50", "kettle", None, 45.5),
        ("kettle for less than 45 dollars", "kettle", None, 45),
        ("under $45 steel kettle", "steel kettle", None, 45),
        ("under 45 steel kettle", "steel kettle", None, 45),
        ("kettle under 45 steel", "kettle steel", None, 45),
        ("kettle between 35 and 25", "kettle", 25, 35),
        ("kettle max 45", "kettle", None, 45),
        ("kettle <= 45", "kettle", None, 45),
        ("kettle $45 or less", "kettle", None, 45),
        ("45 usd max kettle", "kettle", None, 45),
        ("kettle priced under 45", "kettle", None, 45),
        ("kettle with a price under 45", "kettle", None, 45),
        ("vitamin a under 45", "vitamin a", None, 45),
        ("kettle over 150", "kettle", 150, None),
        ("kettle from 60", "kettle", 60, None),
        ("kettle at least 60 euro", "kettle", 60, None),
        ("kettle $60 and up", "kettle", 60, None),
        ("kettle between 25 and 35", "kettle", 25, 35),
        ("$25 to $35 kettle", "kettle", 25, 35),
        ("25 to 35 euros kettle", "kettle", 25, 35),
        ("kettle 25-35 €", "kettle", 25, 35),
        ("kettle $25–35", "kettle", 25, 35),
        ("kettle more than $25 but less than $35", "kettle", 25, 35),
        ("kettle about $50", "kettle", 40, 60),
        ("kettle under $1,250.75", "kettle", None, 1250.75),
        ("kettle under $2k", "kettle", None, 2000),
        ("kettle under $2.000", "kettle", None, 2000),
        ("kettle ~$50", "kettle", 40, 60),
        ("under 45", "", None, 45),
    ],
)
def test_a_price_is_understood_and_taken_out(query, rest, low, high):
    assert parsed(query) == (rest, low, high)


@pytest.mark.parametrize(
    "query",
    [
        "amplifier under 80 w",
        "amplifier under 80w",
        "shelf under 90 cm wide",
        'screen under 40"',
        "screen up to 40 inch",
        "puzzle under 7 years",
        "under 14s bib",
        "sieve under 90 mesh",
        "under sink rack",
        "over door rail",
        "over ear muffs",
        "game less than 3",
        "boots size under 44",
        "bib for kids under 12",
        "tonic for women over 50",
        "tonic over 60",
        "stroller max 95",
        "handset 14 pro max",
        "film from 1984",
        "bag under 20 kg",
        "tape 20 to 40",
        "tape 20-40",
        "$60 voucher",
        "50+ balm",
        "2 or more rails",
        "set of 20 or more",
        "fitting 1-1/2 under 3/4",
        "7KX3 118-2BA20-0YA0",
        '"under 45" kettle',
    ],
)
def test_another_number_is_no_price(query):
    assert parse_query(query, catalogue=Shop()).conditions == ()
    assert parsed(query)[0] == query


def test_the_words_of_a_price_are_those_that_were_typed():
    (price,) = parse_query("Kettle, for Under $45!", catalogue=Shop()).conditions

    assert price.words == "for Under $45"


def test_a_price_in_a_currency_without_prices_limits_nothing():
    query = parse_query("kettle under £45", catalogue=Shop())

    assert query.text == "kettle"
    assert (query.low, query.high) == (None, None)
    assert query.conditions[0].shop_currencies == ("EUR", "USD")


def test_a_sign_of_several_currencies_means_that_of_the_shop():
    assert parse_query("kettle under $45", catalogue=Shop()).currencies == ("USD",)


def test_contradictory_prices_are_not_both_understood():
    assert parsed("kettle under $20 over $90") == ("kettle over $90", None, 20)


def test_words_that_the_shopper_removed_are_searched():
    query = parse_query("kettle under  $45", literal=("UNDER $45",), catalogue=Shop())

    assert query.text == "kettle under $45"
    assert query.conditions == ()


@pytest.mark.parametrize(
    ("language", "query", "rest", "low", "high"),
    [
        ("german", "Kessel unter 45", "Kessel", None, 45),
        ("german", "Kessel bis zu 1.250,50 €", "Kessel", None, 1250.5),
        ("german", "Kessel bis 45,-", "Kessel", None, 45),
        ("german", "Kessel ab 60 Euro", "Kessel", 60, None),
        ("german", "Kessel von 25 bis 35 Euro", "Kessel", 25, 35),
        ("german", "Spiel ab 6", "Spiel ab 6", None, None),
        ("german", "Seil 20 bis 40", "Seil 20 bis 40", None, None),
        ("german", "Tisch bis 90 cm", "Tisch bis 90 cm", None, None),
        ("french", "bouilloire à moins de 45 €", "bouilloire", None, 45),
        ("french", "bouilloire jusqu'à 45 euros", "bouilloire", None, 45),
        ("french", "bouilloire de 25 à 35 euros", "bouilloire", 25, 35),
        ("french", "jeu à partir de 6 ans", "jeu à partir de 6 ans", None, None),
        ("spanish", "hervidor por menos de 45 €", "hervidor", None, 45),
        ("italian", "bollitore sotto i 45 euro", "bollitore", None, 45),
        ("dutch", "ketel tussen 25 en 35", "ketel", 25, 35),
        ("portuguese", "chaleira até 45 euros", "chaleira", None, 45),
        ("swedish", "kittel högst 45", "kittel", None, 45),
        ("danish", "kedel højst 45", "kedel", None, 45),
        ("norwegian", "kjele mellom 25 og 35", "kjele", 25, 35),
        ("polish", "czajnik od 25 do 35", "czajnik", 25, 35),
        ("finnish", "kattila < 45 €", "kattila", None, 45),
    ],
)
def test_each_language_has_its_own_words(use_language, language, query, rest, low, high):
    use_language(language)

    assert parsed(query) == (rest, low, high)

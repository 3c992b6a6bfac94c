from gram_es.records import Product
from gram_es.retrieval.conditions.parser import parse_query
from gram_es.training.calibration.title_catalogue import TitleCatalogue

PRODUCTS = [
    Product("1", "No show socks, 6 pairs", price=9.0, currency="EUR"),
    Product("2", "Saucepan", description="With a lid."),
]


def test_words_of_a_title_state_no_condition():
    catalogue = TitleCatalogue(PRODUCTS)

    assert parse_query("no show socks", catalogue=catalogue).conditions == ()
    assert parse_query("saucepan without lid", catalogue=catalogue).text == "saucepan"


def test_phrases_are_found_as_whole_words():
    catalogue = TitleCatalogue(PRODUCTS)

    assert catalogue.has_in_title("show socks")
    assert not catalogue.has_in_title("how socks")
    assert catalogue.has_in_text("a lid")
    assert catalogue.currencies == {"EUR"}


def test_brands_and_identifiers_are_found_however_they_are_written():
    catalogue = TitleCatalogue([Product("1", "Saw", brand="Max", attributes={"mpn": ("QX-4711",)})])

    assert catalogue.has_brand("MAX")
    assert not catalogue.has_brand("ma")
    assert catalogue.has_identifier("qx 4711")
    assert not catalogue.has_identifier("qx47")
    assert catalogue.starts_identifier("qx47")
    assert not catalogue.starts_identifier("x47")
    assert not catalogue.starts_identifier("")

"""The parts of a query that may be identifiers."""

import pytest

from gram_es.retrieval.query.identifiers import find_identifiers, looks_like_identifier

KNOWN = frozenset(
    [
        "a",
        "chair",
        "classic",
        "drill",
        "filter",
        "for",
        "inch",
        "monitor",
        "paper",
        "red",
        "water",
        "xl",
    ]
)


def find(text: str):
    return find_identifiers(text, KNOWN.__contains__)


@pytest.mark.parametrize(
    "text",
    [
        "4006381333931",  # GTIN-13
        "4 006381 333931",
        "0884420588030",
        "96385074",  # GTIN-8
        "dv7-1211ea",
        "006R90321",
        "DCD771C2",
        "WH-1000XM4",
        "k-1151ra",
        "2101957",
        "GE-100023",
        "KX.900",
        "0-306-40615-2",
        "٤٤٤٤٤٤٤٤",
    ],
)
def test_identifiers_need_no_model(text: str):
    assert looks_like_identifier(text)


@pytest.mark.parametrize(
    "text",
    [
        "cordless drill",
        "60w",
        "5gal",
        "20000mah",
        "2x4x8",
        "2x4x8ft",
        "3/4in",
        "1080p",
        "m10-1.5",
        "x5-1/4",
        "1200lumens",
        "2024",
        "aa batteries",
        "dv7",
        "iphone 14 pro",
        "100000 btu heater",
        "4006381333932 4006381333931",
        "$1,299.00",
        "drill!",
        "",
        "x" * 65 + "123",
    ],
)
def test_words_and_measures_are_no_identifiers(text: str):
    assert not looks_like_identifier(text)


@pytest.mark.parametrize("text", ["BX47-00912C", " bx 47 00912 c ", "bx47.00912/c", "(BX4700912C)"])
def test_the_whole_query_is_compared_without_punctuation(text: str):
    assert find(text).whole == ("bx4700912c",)


@pytest.mark.parametrize(
    "text", ["water filter bx47-00912c", "sku:BX47-00912C filter", "filter for bx 47 00912 c"]
)
def test_a_part_number_is_found_beside_other_words(text: str):
    assert "bx4700912c" in find(text).contained


def test_a_gtin_is_searched_with_14_digits_too():
    assert find("36000291452").whole == ("36000291452", "00036000291452")
    assert find("water 36000291452").contained == ("36000291452", "00036000291452")


def test_a_word_is_an_identifier_beside_others_only_if_nobody_knows_it():
    assert find("classic chair").contained == ()
    assert find("velmo chair").contained == ("velmo",)
    assert find("classic").whole == ("classic",)


@pytest.mark.parametrize("text", ["18v drill", "27 inch monitor", "red 60w", "chair 10.5"])
def test_measures_are_never_looked_up(text: str):
    found = find(text)

    assert (found.contained, found.prefixes, found.possible) == ((), (), ())


def test_a_size_is_only_a_possible_identifier():
    found = find("a4 paper")

    assert (found.contained, found.possible, found.rest) == ((), ("a4",), "paper")
    assert found.long_possible == ()
    assert find("gu10 paper").long_possible == ("gu10",)
    for alone in ("a4", "18v", "4512a", "xl"):
        assert (find(alone).whole, find(alone).possible) == ((), (alone,))


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("rt9stip", ("rt9stip",)),
        ("filter rt9stip", ("rt9stip",)),
        ("velmo", ("velmo",)),
        ("lorvi-red", ("lorvired",)),
        ("720833", ("720833",)),
        ("72083", ()),
        ("rt9s", ()),
        ("rt94", ("rt94",)),
        ("rt94 chair", ()),
        ("red chair", ()),
        ("classic", ()),
    ],
)
def test_only_what_is_long_and_no_word_may_be_the_start_of_an_identifier(text, prefixes):
    assert find(text).prefixes == prefixes


@pytest.mark.parametrize(
    "text", ["H&M", "L.L.Velmo", "Dr.Velmos", "Q.Velmo filter", "Velmo&Krint", "A.P.C.D.E. chair"]
)
def test_a_name_with_dots_or_an_ampersand_is_no_start_of_an_identifier(text: str):
    assert find(text).prefixes == ()


@pytest.mark.parametrize("text", ["velmo", "velmo-set", "lorvi velmo"])
def test_letters_that_texts_have_as_a_word_are_no_start_of_an_identifier(text: str):
    indexed = find_identifiers(text, KNOWN.__contains__, {"velmo"}.__contains__)

    assert find(text).prefixes
    assert indexed.prefixes == ()
    assert indexed.exact == find(text).exact


def test_the_words_of_a_part_number_are_not_corrected():
    assert find("watr rt9stiplx").kept_words == {"rt", "9", "stiplx"}


def test_the_keys_that_a_word_is_part_of():
    assert find("lorvi-red-xl").naming("lorvi") == ("lorviredxl",)
    assert find("lorvi-red-xl").naming("blue") == ()


@pytest.mark.parametrize("text", ["", "-- !", "\x00", "🙂", "½ ²", "a" * 512, "1 " * 256])
def test_any_text_is_read(text: str):
    assert len(find(text).contained) < 200


def test_a_long_id_is_found_as_a_whole_but_never_as_a_prefix():
    for text in ("鑽" * 512, "lorvi-" * 85, "7" * 512, "lorvi 7 " * 2 + "x" * 400):
        found = find(text)
        assert found.whole
        assert max(map(len, (*found.contained, *found.prefixes)), default=0) <= 64

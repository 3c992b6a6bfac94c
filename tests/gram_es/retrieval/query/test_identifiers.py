import pytest

from gram_es.retrieval.query.understand import identifier_in, looks_like_identifier


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
    ],
)
def test_identifiers(text: str):
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
        "drill!",
        "",
        "٤٤٤٤٤٤٤٤",
        "x" * 65 + "123",
    ],
)
def test_words_and_measures(text: str):
    assert not looks_like_identifier(text)


def test_an_identifier_is_written_as_in_the_index():
    assert identifier_in(" DV7–1211 ea ") == "dv71211ea"


@pytest.mark.parametrize("text", ["drill", "one two three four 5", "7" * 65])
def test_a_text_that_cannot_be_an_identifier_has_none(text: str):
    assert identifier_in(text) is None

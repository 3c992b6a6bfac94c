"""Products read from documents of a shop's own making."""

from typing import Any

import pytest

from gram_es.migration.fill_slot import UnreadableProductError
from gram_es.records import Product
from ingest.enrich.documents import document_reader
from ingest.feeds.rows.mapping_file import FieldMapping


def read(source: Any, fields: dict[str, str], *attributes: str) -> Product:
    names = {field: (name,) for field, name in fields.items()}
    mapping = FieldMapping("own.yml", names, (), attributes)
    return document_reader(mapping).product({"_id": "17/a", "_source": source})


def test_the_id_is_that_of_the_document_whatever_a_field_says():
    assert read({"id": 4, "sku": "S-1", "title": "Kettle"}, {"id": "sku"}).id == "17/a"


@pytest.mark.parametrize(
    "offer",
    [
        {"price": "on request"},
        {"price": [1, 2]},
        {"currency": "??"},
        {"gtin": "#N/A"},
        {"availability": {"a": [1]}},
    ],
)
def test_what_the_model_does_not_read_costs_no_product_its_codes(offer):
    assert read({"title": "Kettle", **offer}, {}) == Product("17/a", "Kettle")


def test_the_title_of_one_language_takes_the_other_values_of_that_language():
    source = {
        "name": {"en": "Red kettle", "fr": "Bouilloire"},
        "colour": {"en": ["red"], "fr": ["rouge"]},
        "shape": {"outer": {"en": "round", "fr": "rond"}},
    }

    assert read(source, {"title": "name.en"}).attributes == {
        "colour": ("red",),
        "shape.outer": ("round",),
    }


def test_languages_in_the_names_of_fields_are_told_apart_too():
    source = {"title_fr": "Bouilloire", "title_en": "Kettle", "hue_en": "red", "hue_fr": "rouge"}

    product = read(source, {"title": "title_en"})

    assert (product.title, product.attributes) == ("Kettle", {"hue": ("red",)})


def test_counters_times_places_vectors_and_offers_are_no_attributes():
    source = {
        "title": "Kettle",
        "sold": 17,
        "score": 0.5,
        "seen_at": "2026-03-01T10:00:00.123+02:00",
        "day": "2026-03-01",
        "spot": {"lat": 1.0, "lon": 2.0},
        "embedding": [0.1] * 64,
        "stocks": [{"store": "a", "left": 3}],
        "cordless": True,
    }

    assert read(source, {}).attributes == {"cordless": ("true",)}


def test_a_listed_number_is_an_attribute():
    assert read({"title": "Kettle", "volume": 2, "sold": 3}, {}, "volume").attributes == {
        "volume": ("2",)
    }


def test_only_listed_names_are_attributes_with_the_members_of_their_objects():
    facts = [{"key": "lid", "value": "glass"}, {"key": "lid", "value": "steel"}]
    source = {"title": "Kettle", "facts": facts, "campaign": "spring", "size": {"w": "2 cm"}}

    assert read(source, {}, "facts", "size").attributes == {
        "facts.lid": ("glass", "steel"),
        "size.w": ("2 cm",),
    }


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"title": " "}, "title is missing"),
        ({"title": "Kettle", "gram": 250}, "its field gram is no object, and would be overwritten"),
        ({"title": "Kettle", "gram": [1]}, "its field gram is no object"),
        ({"title": "Kettle", "status": "draft"}, "not for sale"),
        ({"title": "x" * 9_000}, "title has 9,000 characters"),
        (None, "the document has no _source"),
    ],
)
def test_a_document_without_a_product_is_unreadable_for_a_reason(source, reason):
    with pytest.raises(UnreadableProductError, match=reason):
        read(source, {})

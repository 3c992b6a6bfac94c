import time

import pytest

from ingest.feeds.rows.index_document import (
    language_of,
    mapped_document,
    values_at,
    without_measures,
)

NESTED = {"a": {"b.c": [{"d": 1}, {"d": [2, 3]}, {"e": 4}, 5]}, "a.b": {"x": None}}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a.b.c.d", [1, 2, 3]),
        ("a.b.x", [None]),
        ("a.b.c.d.e", []),
        ("b", []),
        ("a.b.c.e", [4]),
    ],
)
def test_a_path_leads_through_lists_and_keys_with_dots(path, values):
    assert [*values_at(NESTED, path.split("."))] == values


def test_mapped_paths_become_keys_and_one_value_stays_alone():
    source = {"offers": [{"price": 2}, {"price": 3}], "maker": {"name": "Acme"}, "plain": 1}

    document = mapped_document(source, ["offers.price", "maker.name", "plain", "nothing.there"])

    assert document == {**source, "offers.price": [2, 3], "maker.name": "Acme"}


@pytest.mark.parametrize(
    ("names", "language"),
    [
        (["title.en"], "en"),
        (["name_de"], "de"),
        (["titles.pt_BR"], "pt_BR"),
        (["title-en-GB"], "en-GB"),
        (["label", "name.fr"], "fr"),
        (["title", "on"], None),
        (["title.long"], None),
        (["product_nm"], None),
        (["label.en_us"], "en_us"),
        (["label.sv_se"], "sv_se"),
        (["label_zh_Hant"], "zh_Hant"),
        (["is_no_en"], "en"),
        (["i18n.en.title"], "en"),
        (["en.title"], "en"),
        (["label_en.long"], "en"),
        (["id"], None),
    ],
)
def test_the_language_is_the_end_of_a_part_of_a_name(names, language):
    assert language_of(names) == language


def test_an_object_with_other_members_than_languages_stays_whole():
    source = {"t": {"en": "x", "de": "y"}, "code": {"en": "EN 71", "iso": "1"}, "is": {"it": "a"}}

    assert mapped_document(source, ["t.en"], "en") == {
        "t": "x",
        "t.en": "x",
        "code": {"en": "EN 71", "iso": "1"},
        "is": {"it": "a"},
    }


ENGLISH, FRENCH = {"t": "x", "hue": "red"}, {"t": "french", "hue": "french"}


@pytest.mark.parametrize(
    ("source", "name", "language"),
    [
        ({"t": {"en_us": "x", "fr_ca": "french"}}, "t.en_us", "en_us"),
        ({"t_en_us": "x", "t_fr_ca": "french"}, "t_en_us", "en_us"),
        ({"i18n": {"en": ENGLISH, "fr": FRENCH}}, "i18n.en.t", "en"),
        ({"i18n.en.t": "x", "i18n.fr.t": "french"}, "i18n.en.t", "en"),
        ({"en": ENGLISH, "fr": FRENCH, "sku": "s"}, "en.t", "en"),
    ],
)
def test_values_of_other_languages_are_left_out(source, name, language):
    document = mapped_document(source, [name], language)

    assert document[name] == "x"
    assert "french" not in str(document)


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: {"a": x}, lambda x: {"en": x, "sv": 1}])
def test_a_value_that_is_nested_too_deep_is_left_out(wrap):
    value = "x"
    for _ in range(900):
        value = wrap(value)
    deep = {"title": "Kettle", "deep": value}

    document = without_measures(mapped_document(deep, ["title"], "en"), [])

    assert document == {"title": "Kettle"}


def test_a_name_of_many_dots_takes_no_time():
    name = ".".join("a" * 200)
    source = {".".join("a" * n): {} for n in range(1, 200)}
    started = time.process_time()

    assert [*values_at(source, name.split("."))] == []
    mapped_document({"_en" * 100_000: 1}, [name], "en")

    assert time.process_time() - started < 5

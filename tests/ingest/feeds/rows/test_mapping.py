import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from gram_es.cli import main
from gram_es.errors import SettingsError
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import FileFault, Row, open_feed
from ingest.feeds.rows.mapping import read_mapping
from ingest.feeds.sources.open import reach_feed

GERMAN = """\
Artikel-Nr;Bezeichnung;Preis;Aktionspreis;Farbe;Interne Notiz;title
1;Kessel;5,00;4,00;rot;geheim;x
2;Topf;7,00;;;geheim;
"""
MAPPING = """\
id: Artikel-Nr
title: Bezeichnung
price: [Aktionspreis, Preis]
drop: Interne Notiz
"""

Rows = Callable[..., list[object]]


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Read a feed under a mapping."""

    def read(content: str, mapping: str) -> list[object]:
        (tmp_path / "feed").write_text(content)
        (tmp_path / "own.yml").write_text(mapping)
        with reach_feed(str(tmp_path / "feed"), Settings(), tmp_path / "own.yml") as feed:
            return [row.product if isinstance(row, Row) else row for row in open_feed(feed)]

    return read


def test_a_table_is_recognised_and_read_by_its_own_names(rows: Rows) -> None:
    assert rows(GERMAN, MAPPING) == [
        Product("1", "Kessel", price=4.0, attributes={"farbe": ("rot",)}),
        Product("2", "Topf", price=7.0),
    ]


def test_nested_values_and_those_under_our_own_names_can_be_taken(rows: Rows) -> None:
    line = {"id": "17", "mpn": "M-1", "name": {"de": "Kessel"}, "title": "not this one"}
    mapping = "{id: mpn, mpn: id, title: name.de}"

    assert rows(json.dumps(line), mapping) == [Product("M-1", "Kessel", mpn="17")]


def test_one_name_can_serve_two_fields_and_a_field_left_empty_is_missing(rows: Rows) -> None:
    content = '{"sku": "1", "title": "Pan", "brand": "Acme"}\n{"sku": "2", "title": "Lid"}'
    mapping = "{id: sku, mpn: sku, description: brand}"

    assert rows(content, mapping) == [
        Product("1", "Pan", mpn="1", description="Acme"),
        Product("2", "Lid", mpn="2"),
    ]


def test_a_column_that_the_format_knows_is_taken_by_the_feeds_name_for_it(rows: Rows) -> None:
    content = "Handle,Title,Vendor,Variant SKU\nkettle,Kettle,Acme,K-1\n"

    [product] = rows(content, "id: Variant SKU")

    assert isinstance(product, Product)
    assert (product.id, product.mpn) == ("K-1", None)


def test_escis_names_are_still_known_where_the_mapping_says_nothing(rows: Rows) -> None:
    content = "product_id,product_title,maker\n1,Kettle,Acme\n"

    assert rows(content, "brand: maker") == [Product("1", "Kettle", "Acme")]


def test_names_that_no_row_has_are_told_once_and_empty_columns_are_there(rows: Rows) -> None:
    *_, fault = rows(GERMAN, f"{MAPPING}gtin: EAN\nbrand: [Farbe, Marke]\n")

    assert isinstance(fault, FileFault)
    assert str(fault) == "no row has 'Marke', 'EAN', which the mapping own.yml names"
    assert len(rows("sku,title,gtin\n1,Pan,\n", "{id: sku, gtin: gtin}")) == 1


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ("titel: x", r"own.yml cannot be used: 'titel' is no field of a product; there are id, ti"),
        ("id: 7\ntitle: []", r"id is 7; write a name of the feed.*; title is \[\]; write a name"),
        ("id: {a: b}", r"id is \{'a': 'b'\}; write a name"),
        ("id: a\ntitle: b\nid: c", r"used: id given twice; write all .* as id: \[A, B\]"),
        ("- id", r"it holds no list of fields; write one a line"),
        ("", r"it holds no list of fields"),
        ("id: [a", r"is not YAML: while parsing a flow sequence"),
        ("!!python/object/apply:os.getcwd []", r"is not YAML: could not determine a constructor"),
    ],
)
def test_a_bad_mapping_is_refused_with_all_that_is_wrong(
    tmp_path: Path, mapping: str, sentence: str
) -> None:
    path = tmp_path / "own.yml"
    path.write_text(mapping)

    with pytest.raises(SettingsError, match=sentence) as raised:
        read_mapping(path)
    assert "\n" not in str(raised.value)


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none.yml cannot be read: no such file"):
        read_mapping(tmp_path / "none.yml")


def test_another_mapping_makes_another_feed(tmp_path: Path) -> None:
    """Or a run that was cut short would be gone on with under other names."""
    (tmp_path / "feed").write_text(GERMAN)
    hashes = set()
    for mapping in (MAPPING, f"{MAPPING}brand: Farbe\n", "{id: Preis, title: Farbe}", None):
        (tmp_path / "own.yml").write_text(mapping or "")
        path = tmp_path / "own.yml" if mapping else None
        with reach_feed(str(tmp_path / "feed"), Settings(), path) as feed:
            hashes.add(feed.content_hash())

    assert len(hashes) == 4


def test_the_settings_can_name_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "feed").write_text(GERMAN)
    (tmp_path / "own.yml").write_text(MAPPING)
    current = Settings(GRAM_ES_FEED_MAPPING=tmp_path / "own.yml")

    with reach_feed(str(tmp_path / "feed"), current) as feed:
        assert [type(row) for row in open_feed(feed)] == [Row, Row]


def test_check_shows_a_mapped_feed_under_its_own_names(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text(GERMAN)
    (tmp_path / "own.yml").write_text(MAPPING)
    words = ["feed", "check", str(tmp_path / "feed.csv"), "--json"]

    told = json.loads(
        CliRunner().invoke(main, [*words, "--mapping", str(tmp_path / "own.yml")]).stdout
    )

    assert told["fields"]["price"]["read_from"] == ["Aktionspreis", "Preis"]
    assert told["ignored"] == {"Interne Notiz": 1.0, "title": 0.5}
    assert (told["refused"], told["faults"]) == (0, [])

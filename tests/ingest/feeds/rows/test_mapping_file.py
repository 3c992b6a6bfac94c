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
from ingest.feeds.rows.mapping_file import read_mapping
from ingest.feeds.sources.open import open_source

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
    """Return a function that reads a feed with a mapping."""

    def read(content: str, mapping: str) -> list[object]:
        (tmp_path / "feed").write_text(content)
        (tmp_path / "own.yml").write_text(mapping)
        with open_source(str(tmp_path / "feed"), Settings(), tmp_path / "own.yml") as feed:
            return [row.product if isinstance(row, Row) else row for row in open_feed(feed)]

    return read


def test_a_table_is_recognised_and_read_by_its_own_names(rows: Rows) -> None:
    assert rows(GERMAN, MAPPING) == [
        Product("1", "Kessel", price=4.0, attributes={"farbe": ("rot",)}),
        Product("2", "Topf", price=7.0),
    ]


def test_nested_values_and_names_of_fields_can_be_mapped(rows: Rows) -> None:
    line = {"id": "17", "mpn": "M-1", "name": {"de": "Kessel"}, "title": "not this one"}
    mapping = "{id: mpn, mpn: id, title: name.de}"

    assert rows(json.dumps(line), mapping) == [Product("M-1", "Kessel", mpn="17")]


def test_only_the_listed_names_become_attributes_if_some_are_listed(rows: Rows) -> None:
    line = {
        "id": "1",
        "title": "Pan",
        "Lid Type": "glass",
        "size": {"w": "2 cm"},
        "campaign": "spring",
        "attributes": {"hue": "red"},
        "item_group_id": "g",
    }
    group = {"item_group_id": ("g",)}

    assert rows(json.dumps(line), "attributes: [lid-type, size]") == [
        Product("1", "Pan", attributes={"lid_type": ("glass",), "size.w": ("2 cm",), **group})
    ]
    assert rows(json.dumps(line), "attributes: attributes") == [
        Product("1", "Pan", attributes={"hue": ("red",), **group})
    ]


def test_one_name_can_serve_two_fields_and_a_field_left_empty_is_missing(rows: Rows) -> None:
    content = '{"sku": "1", "title": "Pan", "brand": "Acme"}\n{"sku": "2", "title": "Lid"}'
    mapping = "{id: sku, mpn: sku, description: brand}"

    assert rows(content, mapping) == [
        Product("1", "Pan", mpn="1", description="Acme"),
        Product("2", "Lid", mpn="2"),
    ]


def test_a_column_that_the_format_reads_is_mapped_by_the_feeds_name_for_it(rows: Rows) -> None:
    content = "Handle,Title,Vendor,Variant SKU\nkettle,Kettle,Acme,K-1\n"

    [product] = rows(content, "id: Variant SKU")

    assert isinstance(product, Product)
    assert (product.id, product.mpn) == ("K-1", None)


def test_a_mapped_field_is_not_read_from_the_name_of_another_shop_system(rows: Rows) -> None:
    content = "id,title,Preis,Regular price\n1,Kettle,,5\n"

    [product] = rows(content, "price: Preis")

    assert isinstance(product, Product)
    assert (product.price, product.attributes) == (None, {})


def test_escis_names_are_still_read_where_the_mapping_has_no_entry(rows: Rows) -> None:
    content = "product_id,product_title,maker\n1,Kettle,Acme\n"

    assert rows(content, "brand: maker") == [Product("1", "Kettle", "Acme")]


def test_mapped_names_in_no_row_are_one_fault_and_an_empty_column_is_none(rows: Rows) -> None:
    *_, fault = rows(GERMAN, f"{MAPPING}gtin: EAN\nbrand: [Farbe, Marke]\n")

    assert isinstance(fault, FileFault)
    assert str(fault) == "no row has 'Marke', 'EAN', which the mapping own.yml maps"
    assert len(rows("sku,title,gtin\n1,Pan,\n", "{id: sku, gtin: gtin}")) == 1


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (
            "titel: x",
            r"used: 'titel' is not a field of a product; write one of id, title.* or drop",
        ),
        ("id: 7\ntitle: []", r"id is 7; write a name of the feed.*; title is \[\]; write a name"),
        ("id: {a: b}", r"id is \{'a': 'b'\}; write a name"),
        ("id: a\ntitle: b\nid: c", r"used: id given twice; write all .* as id: \[A, B\]"),
        ("- id", r"own.yml cannot be used: it has no fields; write one per line"),
        ("", r"it has no fields"),
        ("id: [a", r"is not YAML: while parsing a flow sequence"),
        ("!!python/object/apply:os.getcwd []", r"is not YAML: could not determine a constructor"),
    ],
)
def test_a_bad_mapping_is_rejected_with_all_of_its_faults(
    tmp_path: Path, mapping: str, sentence: str
) -> None:
    path = tmp_path / "own.yml"
    path.write_text(mapping)

    with pytest.raises(SettingsError, match=sentence) as raised:
        read_mapping(path)
    assert "\n" not in str(raised.value)


def test_the_error_names_a_missing_mapping(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none.yml cannot be read: no such file"):
        read_mapping(tmp_path / "none.yml")


def test_another_mapping_makes_another_feed(tmp_path: Path) -> None:
    """Otherwise an interrupted run would resume with other names."""
    (tmp_path / "feed").write_text(GERMAN)
    hashes = set()
    for mapping in (MAPPING, f"{MAPPING}brand: Farbe\n", "{id: Preis, title: Farbe}", None):
        (tmp_path / "own.yml").write_text(mapping or "")
        path = tmp_path / "own.yml" if mapping else None
        with open_source(str(tmp_path / "feed"), Settings(), path) as feed:
            hashes.add(feed.content_hash())

    assert len(hashes) == 4


def test_the_settings_can_name_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "feed").write_text(GERMAN)
    (tmp_path / "own.yml").write_text(MAPPING)
    current = Settings(GRAM_ES_FEED_MAPPING=tmp_path / "own.yml")

    with open_source(str(tmp_path / "feed"), current) as feed:
        assert [type(row) for row in open_feed(feed)] == [Row, Row]


def test_check_shows_a_mapped_feed_under_its_own_names(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text(GERMAN)
    (tmp_path / "own.yml").write_text(MAPPING)
    arguments = ["feed", "check", str(tmp_path / "feed.csv"), "--json"]

    report = json.loads(
        CliRunner().invoke(main, [*arguments, "--mapping", str(tmp_path / "own.yml")]).stdout
    )

    assert report["fields"]["price"]["read_from"] == ["Aktionspreis", "Preis"]
    assert report["ignored"] == {"Interne Notiz": 1.0, "title": 0.5}
    assert (report["rejected"], report["faults"]) == (0, [])

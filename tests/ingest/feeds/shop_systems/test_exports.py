"""Exports of shop systems, as these write them, read without any option.

Each file in ``exports`` has the columns of the system and products of our own invention.
"""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from gram_es.cli import main
from gram_es.settings import Settings, current_settings
from ingest.cli.options import mention_preset
from ingest.feeds.sources.open import open_source

EXPORTS = Path(__file__).with_name("exports")
GTIN = "4006381333931"
Rows = Callable[..., list[dict[str, Any]]]


def show(path: Path, *options: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["feed", "show", str(path), "--json", *options])
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def products(name: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in show(EXPORTS / name) if "rejected" not in row}


def withdrawn(name: str) -> dict[int, str]:
    """Return the reasons of the rows that are not for sale, by line."""
    rows = [row for row in show(EXPORTS / name) if "rejected" in row]
    assert not any(row["is_for_sale"] for row in rows)
    return {row["line"]: row["rejected"] for row in rows}


def has(product: dict[str, Any], **expected: object) -> bool:
    assert {name: product.get(name) for name in expected} == expected
    return True


def test_woocommerce_products_and_variations() -> None:
    rows = products("woocommerce.csv")

    assert list(rows) == ["101", "103", "104"]
    assert has(
        rows["101"],
        title="Stove kettle",
        brand="Brauhof",
        price=24.9,
        availability="in_stock",
        gtin=GTIN,
        mpn="KET-17",
        image_link="https://shop.example/k.jpg",
        attributes={
            "Material": ["Steel", "Bakelite"],
            "weight": ["0.9 kg"],
            "tags": ["tea", "steel, brushed"],
        },
    )
    assert has(
        rows["103"],
        title="Apron - Red",
        brand="Brauhof",
        description="Of linen.",
        price=19.0,
        attributes={"Colour": ["Red"], "Fabric": ["Linen"], "item_group_id": ["102"]},
    )
    assert has(rows["104"], price=21.0, availability="backorder")
    assert withdrawn("woocommerce.csv") == {
        6: "not for sale: it is not published",
        7: "not for sale: its visibility is hidden",
        8: "not for sale: it is not published",
        9: "not for sale: it is not published",
    }


GERMAN = {
    "Type": "Typ",
    "SKU": "Artikelnummer",
    "Published": "Veröffentlicht",
    "Visibility in catalog": "Sichtbarkeit im Katalog",
    "Short description": "Kurzbeschreibung",
    "Description": "Beschreibung",
    "In stock?": "Vorrätig?",
    "Weight (kg)": "Gewicht (kg)",
    "Sale price": "Angebotspreis",
    "Regular price": "Regulärer Preis",
    "Date sale price starts": "Datum, an dem Angebotspreis beginnt",
    "Date sale price ends": "Datum, an dem Angebotspreis endet",
    "Categories": "Kategorien",
    "Tags": "Schlagwörter",
    "Images": "Bilder",
    "Parent": "Übergeordnetes Produkt",
    "Brands": "Marken",
    "GTIN, UPC, EAN, or ISBN": "GTIN, UPC, EAN oder ISBN",
    "Attribute 1 name": "Attribut 1 Name",
    "Attribute 1 value(s)": "Attribut 1 Wert(e)",
    "Attribute 2 name": "Attribut 2 Name",
    "Attribute 2 value(s)": "Attribut 2 Wert(e)",
}


def test_a_woocommerce_export_of_a_german_shop_gives_the_same_products(tmp_path: Path) -> None:
    header, rows = (EXPORTS / "woocommerce.csv").read_text().split("\n", 1)
    (columns,) = csv.reader([header])
    with (tmp_path / "german.csv").open("w") as file:
        csv.writer(file).writerow(GERMAN.get(name, name) for name in columns)
        file.write(rows)

    english = show(EXPORTS / "woocommerce.csv")
    german = show(tmp_path / "german.csv")

    assert german == english


def test_magento_simple_products_become_variants_of_their_configurable_product() -> None:
    rows = products("magento.csv")

    assert list(rows) == ["LAMP-B", "LAMP-W", "SHADE"]
    assert has(
        rows["LAMP-B"],
        brand="Leuchtner",
        price=49.0,
        availability="in_stock",
        gtin=GTIN,
        attributes={
            "color": ["Black"],
            "features": ["Dimmable", "Pivoting"],
            "care": ["wipe, do not soak"],
            "item_group_id": ["LAMP"],
        },
    )
    assert "with dimmer" in rows["LAMP-B"]["description"]
    assert has(rows["LAMP-W"], price=52.0, availability="out_of_stock")
    assert has(rows["SHADE"], price=15.0, category=["Lighting", "Shades"])
    assert withdrawn("magento.csv") == {
        7: "not for sale: it is disabled",
        8: "not for sale: its visibility is not visible individually",
        9: "not for sale: it is disabled",
        10: "not for sale: it is disabled",
    }


def test_magento_variants_may_stand_behind_their_configurable_product(tmp_path: Path) -> None:
    header, *lines = (EXPORTS / "magento.csv").read_text().splitlines()
    (tmp_path / "m.csv").write_text("\n".join([header, *reversed(lines)]))

    rows = {row["id"]: row for row in show(tmp_path / "m.csv") if "rejected" not in row}

    assert sorted(rows) == ["LAMP-B", "LAMP-W", "SHADE"]
    assert rows["LAMP-W"]["attributes"]["item_group_id"] == ["LAMP"]


def test_prestashop_import_file_and_list() -> None:
    rows = products("prestashop.csv")

    assert list(rows) == ["11", "12"]
    assert has(
        rows["11"],
        title="Cuckoo clock",
        brand="Uhrwald",
        price=89.9,
        availability="in_stock",
        gtin=GTIN,
        mpn="CLK-9",
        image_link="https://shop.example/c.jpg",
        description="Calls every hour; quietly at night. Carved by hand.",
    )
    assert rows["11"]["attributes"]["Wood"] == ["Lime"]
    assert has(rows["12"], price=30.0, availability="backorder", gtin=None)
    assert withdrawn("prestashop.csv") == {
        4: "not for sale: it is not active",
        5: "not for sale: its visibility is none",
    }
    assert has(products("prestashop-list.csv")["11"], price=89.9, currency="EUR", mpn="CLK-9")
    assert withdrawn("prestashop-list.csv") == {3: "not for sale: it is not active"}


@pytest.mark.parametrize(
    ("language", "title", "description"),
    [
        ("english", "Travel bag", "A bag for a weekend."),
        ("german", "Reisetasche", "Eine Tasche."),
    ],
)
def test_akeneo_columns_are_read_in_the_language_of_the_shop(
    use_language: Callable[[str], None], language: str, title: str, description: str
) -> None:
    use_language(language)

    rows = products("akeneo.csv")

    assert list(rows) == ["BAG-S", "BAG-M"]
    assert has(
        rows["BAG-S"],
        title=title,
        description=description,
        brand="Weitweg",
        price=79.0,
        currency="EUR",
        gtin=GTIN,
        attributes={
            "family": ["bags"],
            "item_group_id": ["BAG"],
            "color": ["navy_blue"],
            "material": ["canvas", "leather"],
            "weight": ["0.9 kilogram"],
        },
    )
    assert rows["BAG-M"]["title"] == "Koffer"  # the only language it has
    assert withdrawn("akeneo.csv") == {4: "not for sale: it is disabled"}


def test_bigcommerce_products_skus_and_rules() -> None:
    rows = products("bigcommerce.csv")

    assert list(rows) == ["77", "78/PAR-R", "78/PAR-B"]
    assert has(rows["77"], title="Garden chair", brand="Gartenzeit", price=29.0, gtin=GTIN)
    assert rows["77"]["attributes"]["Frame"] == ["Steel"]
    assert has(rows["78/PAR-R"], title="Parasol", price=60.0, availability="in_stock")
    assert has(rows["78/PAR-B"], price=75.0, availability="out_of_stock")
    group = {"Color": ["Blue"], "Size": ["4 m"], "condition": ["New"], "item_group_id": ["78"]}
    assert rows["78/PAR-B"]["attributes"] == group
    assert withdrawn("bigcommerce.csv") == {
        7: "not for sale: it is not visible",
        8: "not for sale: it is not visible",
    }


def test_bigcommerce_export_of_the_third_version() -> None:
    rows = products("bigcommerce-v3.csv")

    assert list(rows) == ["78/PAR-R"]
    assert has(
        rows["78/PAR-R"],
        title="Parasol",
        price=65.0,
        category=None,
        image_link="https://cdn.example/red.jpg",
        attributes={"Color": ["Red"], "Size": ["3 m"], "item_group_id": ["78"]},
    )


@pytest.mark.parametrize("name", ["google.xml", "google.tsv"])
def test_google_merchant(name: str) -> None:
    product = products(name)["B-1"]

    assert has(
        product,
        title="Reading lamp",
        brand="Leuchtner",
        category=["Lighting", "Lamps"],
        price=59.0,
        currency="EUR",
        availability="in_stock",
        gtin=GTIN,
        attributes={"color": ["black"]},
    )


def test_google_merchant_with_structured_texts() -> None:
    assert has(
        products("google-structured.xml")["B-1"],
        title="Reading lamp",
        description="Bends where you read.",
        price=59.0,
        attributes=None,
    )


def test_shopify() -> None:
    rows = list(products("shopify.csv").values())

    assert [(row["title"], row["availability"]) for row in rows] == [
        ("Wool scarf", "in_stock"),
        ("Wool scarf", "out_of_stock"),
    ]
    assert withdrawn("shopify.csv") == {4: "not for sale: its status is draft"}


def test_woocommerce_page_with_json_ld_of_yoast() -> None:
    assert has(
        products("yoast.html")["KET-17"],
        title="Stove kettle",
        brand="Brauhof",
        price=24.9,
        currency="EUR",
        availability="in_stock",
        link="https://shop.example/kettle/",
    )


@pytest.mark.parametrize("name", ["plain.ndjson", "esci.ndjson"])
def test_json_and_esci(name: str) -> None:
    product = products(name)["B-1"]

    assert has(product, title="Reading lamp", brand="Leuchtner")
    assert product["attributes"]["color"] == ["black"]


def test_a_list_of_json() -> None:
    assert has(
        products("plain.json")["B-1"],
        title="Reading lamp",
        brand="Leuchtner",
        price=59.0,
        currency="EUR",
    )


def test_parquet(tmp_path: Path) -> None:
    line = json.loads((EXPORTS / "esci.ndjson").read_text())
    parquet.write_table(pyarrow.Table.from_pylist([line]), tmp_path / "products.parquet")

    (product,) = show(tmp_path / "products.parquet")

    assert has(product, id="B-1", title="Reading lamp", brand="Leuchtner")


def test_a_preset_is_named_when_a_table_is_recognised_and_can_be_switched_off() -> None:
    path = str(EXPORTS / "woocommerce.csv")

    found = CliRunner().invoke(main, ["feed", "check", path])
    without = CliRunner().invoke(main, ["feed", "check", path, "--preset", "none"])

    assert "woocommerce.csv: WooCommerce CSV (preset woocommerce)" in found.stdout
    assert without.exit_code == 2
    assert "none of the supported formats" in without.stderr


@pytest.mark.parametrize(
    ("name", "preset", "is_mentioned"),
    [("akeneo.csv", None, True), ("akeneo.csv", "akeneo", False), ("google.tsv", None, False)],
)
def test_commands_mention_a_preset_that_was_not_asked_for(
    capsys: pytest.CaptureFixture[str], name: str, preset: str | None, is_mentioned: bool
) -> None:
    with open_source(str(EXPORTS / name), Settings(), preset=preset) as feed:
        mention_preset(name, feed, preset)

    expected = "akeneo.csv: read as Akeneo CSV (preset akeneo)\n" if is_mentioned else ""
    assert capsys.readouterr().err == expected


def test_a_preset_reads_a_table_and_json_with_fewer_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ID;Name;Title;Published\n1;Kettle;x;1\n2;Pan;x;0\n")
    (tmp_path / "b.ndjson").write_text('{"ID": 1, "Name": "Kettle", "Published": 1}\n')

    for name in ("a.csv", "b.ndjson"):
        assert show(tmp_path / name, "--preset", "woocommerce")[0]["title"] == "Kettle"


def test_a_mapping_is_applied_to_what_the_preset_reads(tmp_path: Path) -> None:
    (tmp_path / "m.yml").write_text("brand: features\n")

    rows = show(
        EXPORTS / "magento.csv", "--preset", "magento", "--mapping", str(tmp_path / "m.yml")
    )

    assert rows[0]["brand"] == "Dimmable"


@pytest.mark.parametrize("variants_first", [False, True])
def test_variants_find_their_parents_however_far_away(tmp_path: Path, variants_first: bool) -> None:
    header = "ID,Type,SKU,Name,Published,Regular price,Parent\n"
    parents = [f"{n},variable,P{n},Parent {n},1,,\n" for n in range(1, 2_502)]
    variants = [f"{n + 9_000},variation,,Variant {n},1,5,P{n}\n" for n in range(1, 2_501)]
    lines = variants + parents if variants_first else parents + variants
    (tmp_path / "w.csv").write_text(header + "".join(lines))

    rows = show(tmp_path / "w.csv")

    groups = {row["id"]: row.get("attributes", {}).get("item_group_id") for row in rows}
    alone = {"2501": None}  # the only parent without a variant
    assert groups == {str(n + 9_000): [str(n)] for n in range(1, 2_501)} | alone


def test_magento_variants_far_from_their_parent_and_products_between(tmp_path: Path) -> None:
    header, *lines = (EXPORTS / "magento.csv").read_text().splitlines()
    shade = lines[4]
    between = [shade.replace("SHADE", f"SHADE-{n}", 1) for n in range(1_500)]
    (tmp_path / "m.csv").write_text("\n".join([header, *lines[:2], *between, *lines[2:]]))

    rows = {row["id"]: row for row in show(tmp_path / "m.csv") if "rejected" not in row}

    assert len(rows) == 1_503
    assert rows["LAMP-W"]["attributes"]["item_group_id"] == ["LAMP"]


def test_the_variants_of_a_rejected_magento_parent_stay_in_the_index(tmp_path: Path) -> None:
    header, *lines = (EXPORTS / "magento.csv").read_text().splitlines()
    lines[2] += ",one,cell,too,many" * 3
    (tmp_path / "m.csv").write_text("\n".join([header, *lines]))

    rejected = {row["line"]: row for row in show(tmp_path / "m.csv") if "rejected" in row}

    assert rejected[2]["rejected"].endswith("the row of its parent may be rejected")
    assert (rejected[2]["is_for_sale"], rejected[2]["possible_ids"]) == (True, ["LAMP-B"])


def test_bigcommerce_variants_of_a_rejected_product_are_not_those_of_the_one_before(
    tmp_path: Path,
) -> None:
    header, *lines = (EXPORTS / "bigcommerce.csv").read_text().splitlines()
    lines[1] += ",one,cell,too,many" * 3
    (tmp_path / "b.csv").write_text("\n".join([header, *lines]))

    rows = show(tmp_path / "b.csv")

    assert [row["id"] for row in rows if "id" in row] == ["77"]
    reasons = [row["rejected"] for row in rows if row["line"] in (4, 5)]
    assert reasons == ["the row of its product may be rejected"] * 2


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAM_ES_LANGUAGE", raising=False)
    current_settings.cache_clear()


def test_a_folder_may_mix_exports(tmp_path: Path) -> None:
    for name in ("akeneo.csv", "google.tsv"):
        shutil.copy(EXPORTS / name, tmp_path)

    assert {row.get("id") for row in show(tmp_path)} == {"BAG-S", "BAG-M", "B-1", None}

"""The kinds of doubt that ``gram-es feed check`` reports."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gram_es.cli import main
from ingest.feeds.check.doubts import Doubts
from ingest.feeds.check.similar_ids import fold
from ingest.feeds.rows.records import InvalidRow, RawRow, RejectedRow

HEADER = "id,title,price,availability,category,category\n"


def doubts(path: Path, *lines: str) -> dict[str, Any]:
    path.write_text(HEADER + "\n".join(lines))
    result = CliRunner().invoke(main, ["feed", "check", str(path), "--json"])
    return {
        kind: (doubt["rows"], doubt["examples"])
        for kind, doubt in json.loads(result.stdout)["doubts"].items()
    }


def test_a_plain_feed_gives_no_doubt(tmp_path: Path) -> None:
    lines = ["1,Kettle,5 EUR,in stock,A,", "2,Großer Topf,6 EUR,preorder,B,"]

    assert doubts(tmp_path / "f.csv", *lines) == {}


def test_notations_of_prices_that_are_not_read_have_one_example_each(tmp_path: Path) -> None:
    lines = ["1,Kettle,ask us,,,", "2,Pan,ab 12 oder 13,,,", "3,Lid,ab 24 oder 15,,,"]

    rows, examples = doubts(tmp_path / "f.csv", *lines)["unread_prices"]

    assert (rows, examples) == (3, ["ask us", "ab 12 oder 13"])


@pytest.mark.parametrize(
    ("line", "kind", "example"),
    [
        ("7,Pan,5 EUR,maybe some day,,", "unknown_availabilities", "maybe_some_day"),
        ("7,Pan,5 EUR,,Kitchen > Pans,Sale > Pans", "several_categories", "Kitchen > Pans; Sale"),
        ("4.00638E+12,Pan,5 EUR,,,", "scientific_numbers", "id 4.00638E+12"),
        ("7,groÃŸe Pfanne,5 EUR,,,", "damaged_characters", "groÃŸe Pfanne"),
        ("7,Pan,5,,,", "prices_without_currency", "7: 5"),
        ("01,Pan,5 EUR,,,", "similar_ids", "1 and 01"),
        ("7,Pan,5 USD,,,", "several_currencies", ": 1"),
    ],
)
def test_each_kind_of_doubt_counts_its_rows_and_shows_an_example(
    tmp_path: Path, line: str, kind: str, example: str
) -> None:
    found = doubts(tmp_path / "f.csv", "1,Kettle,5 EUR,in stock,A,", line)

    rows, (first, *_) = found[kind]
    assert rows == 1
    assert example in first


def test_a_name_with_a_comma_is_one_category(tmp_path: Path) -> None:
    assert "several_categories" not in doubts(
        tmp_path / "f.csv", '7,Pan,5 EUR,,"Pots, Pans & Lids",'
    )


def test_a_rejected_id_that_is_no_utf_8_does_not_end_the_check(tmp_path: Path) -> None:
    (tmp_path / "f.ndjson").write_text(
        '{"id": "7\\ud800", "title": "Pan"}\n{"id": "8", "title": "Lid"}'
    )

    result = CliRunner().invoke(main, ["feed", "check", str(tmp_path / "f.ndjson"), "--json"])

    assert json.loads(result.stdout)["doubts"] == {}


def test_withdrawn_products_and_suspicious_quotes_are_doubts() -> None:
    reason = "a quotation mark that opens in this row is never closed; double it inside of a cell"
    rejected = RejectedRow(1, 2, reason)
    collected = Doubts()
    collected.add(InvalidRow(2, reason), rejected)
    collected.add(RawRow(3, {"id": ("1",)}, doubts=(reason,)), rejected)
    collected.add(InvalidRow(4, "not for sale: its status is draft", is_for_sale=False), rejected)

    found = {kind: doubt.rows for kind, doubt in collected.found().items()}

    collected.close()
    assert found == {"suspicious_quotes": 2, "unlisted": 1}


@pytest.mark.parametrize(
    "spellings",
    [
        ("A-1", "a1", "A 1", "a_01"),
        ("0042", "42"),
        ("x.7.b", "X7B"),
        ("--",),
        ("0",),
        ("Ä7", "A\u03087"),
    ],
)
def test_ids_are_folded_without_case_punctuation_and_zeros(spellings: tuple[str, ...]) -> None:
    assert len({fold(spelling) for spelling in spellings}) == 1


def test_different_numbers_are_not_folded_into_one() -> None:
    assert len({fold(text) for text in ("1-12", "11-2", "10", "100", "1")}) > 3


def test_the_report_for_people_names_each_kind(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(HEADER + "7,Pan,5 EUR,maybe,,\n")

    result = CliRunner().invoke(main, ["feed", "check", str(tmp_path / "f.csv")])

    (line,) = [line for line in result.stdout.splitlines() if "unknown availabilities" in line]
    assert line.split()[0] == "1"
    assert line.endswith(": maybe")


def test_an_identifier_that_a_spreadsheet_took_for_a_date_is_a_doubt(tmp_path: Path) -> None:
    ids = ("02. Jan", "Oct-05", "MAY", "MAR-12B")
    lines = [f"{product_id},Pan,5 EUR,,," for product_id in ids]

    assert doubts(tmp_path / "f.csv", *lines)["dates"] == (2, ["id 02. Jan", "id Oct-05"])

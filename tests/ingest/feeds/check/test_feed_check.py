"""``gram-es feed check``, its counts and its warnings."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gram_es.cli import main
from ingest.feeds import FileFeed
from ingest.feeds.check.inspection import MAX_NAMES, Inspection, inspect, value_warnings
from ingest.feeds.rows.reader import read_raw_and_checked
from ingest.feeds.rows.records import RawRow

FEED = """\
id,Title [title],price,sale_price,gtin,color,shipping,brand,old stock
1,Kettle,24.90 EUR,30 EUR,4006381333931,red,5,Acme,
2,Pan,0 EUR,,4006381333932,,,,
3,,5 EUR,,,,,,
1,Again,5 EUR,,6381333931,,,,
"""


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Result]:
    def run(content: str, *options: str) -> Result:
        path = tmp_path / "shop.csv"
        path.write_text(content)
        return CliRunner().invoke(main, ["feed", "check", str(path), *options])

    return run


def inspect_bytes(path: Path, content: bytes) -> Inspection:
    path.write_bytes(content)
    return inspect(read_raw_and_checked(FileFeed(path)))


def reasons(**fields: str) -> list[str]:
    row = RawRow(1, {name: (text,) for name, text in fields.items()})
    return [warning.reason for warning in value_warnings(row)]


def test_the_report_shows_what_each_field_is_read_from(check: Callable[..., Result]) -> None:
    result = check(FEED)

    assert result.exit_code == 1
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[:2] == [
        "shop.csv: CSV or TSV whose header names id and title",
        "4 rows: 2 rejected, 1 duplicate ids, 2 bad GTINs, 2 bad prices",
    ]
    assert "title Title [title] 75.0%" in lines
    assert "price price, sale_price 100.0%" in lines
    assert "currency (the price) 50.0%" in lines
    assert "link - 0.0%" in lines
    assert "shares are of all 4 rows, 2 of them rejected" in lines
    assert "the currency is read from the price, in rows that are not rejected" in lines
    assert "attributes: color 25.0%" in lines
    assert "ignored: shipping 25.0%" in lines
    assert "empty in every row: old stock" in lines
    assert "missing: category, description, availability, mpn, link, image_link" in lines
    assert lines[-5:] == [
        "row line the worst rows",
        "4 5 rejected: row 1 has the same id '1'; gtin '6381333931' has 10 digits;"
        " a GTIN has 8, 12, 13 or 14",
        "3 4 rejected: title is missing",
        "2 3 gtin '4006381333932' ends in 2, its check digit is 1; price '0 EUR' is zero",
        "1 2 sale_price '30 EUR' is above price '24.90 EUR'",
    ]


def test_the_report_as_json_has_the_same_counts(check: Callable[..., Result]) -> None:
    report = json.loads(check(FEED, "--json").stdout)

    counts = ("rows", "rejected", "duplicate_ids", "bad_gtins", "bad_prices")
    assert [report[name] for name in counts] == [4, 2, 1, 2, 2]
    assert report["fields"]["title"] == {"read_from": ["Title [title]"], "rows": 3, "share": 0.75}
    assert (report["attributes"], report["ignored"]) == ({"color": 0.25}, {"shipping": 0.25})
    assert (report["empty"], report["faults"]) == (["old stock"], [])
    assert report["worst_rows"][1] == {
        "row": 3,
        "line": 4,
        "rejected": True,
        "reasons": ["title is missing"],
    }


def test_warnings_alone_are_no_failure(check: Callable[..., Result]) -> None:
    result = check("id,title,gtin\n1,Kettle,123\n")

    assert result.exit_code == 0
    assert "shares are of" not in result.stdout


def test_a_broken_file_is_a_failure(check: Callable[..., Result]) -> None:
    result = check("<rss><item><id>1</id><title>Kettle</title></item>\n<item>")

    assert result.exit_code == 1
    assert "the feed is broken at line 2, after 1 rows" in result.stdout


def test_an_unknown_format_is_bad_input(check: Callable[..., Result]) -> None:
    result = check("name,price\n")

    assert result.exit_code == 2
    assert "none of the supported formats" in result.stderr


def test_the_ten_worst_rows_are_listed_rejected_ones_first(tmp_path: Path) -> None:
    rows = [f"{n},Kettle,0".encode() for n in range(30)]
    rows[20] = b"20,,1"
    inspection = inspect_bytes(tmp_path / "feed", b"id,title,price\n" + b"\n".join(rows))

    assert [row.number for row in inspection.worst] == [21, *range(1, 10)]


def test_names_are_counted_up_to_the_limit(tmp_path: Path) -> None:
    rows = (b'{"id": %d, "title": "x", "a%d": 1}' % (n, n) for n in range(MAX_NAMES + 5))
    inspection = inspect_bytes(tmp_path / "feed", b"\n".join(rows))

    assert inspection.names_truncated
    assert len(inspection.names) == MAX_NAMES
    assert inspection.filled["id"] == MAX_NAMES + 5


@pytest.mark.parametrize(
    ("gtin", "reason"),
    [
        ("4006381333931", None),
        ("0 36000 29145 2", None),
        ("96385074", None),
        ("4006381333932", "gtin '4006381333932' ends in 2, its check digit is 1"),
        ("36000291452", "gtin '36000291452' has lost its leading zeros; it is 036000291452"),
        ("123", "gtin '123' has 3 digits; a GTIN has 8, 12, 13 or 14"),
        ("n/a", "gtin 'n/a' is not a number"),
    ],
)
def test_a_wrong_gtin_is_reported_with_its_reason(gtin: str, reason: str | None) -> None:
    assert reasons(gtin=gtin) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"price": "15 USD", "sale_price": "15 USD"}, []),
        (
            {"price": "15 USD", "sale_price": "16 EUR"},
            ["sale_price is in EUR, price in USD"],
        ),
        ({"price": "1200000 JPY"}, []),
        ({"price": "0"}, ["price '0' is zero"]),
        ({"price": "0.001"}, ["price '0.001' is less than a cent"]),
        ({"price": "1200000 EUR"}, ["price '1200000 EUR' is 1,000,000 or more"]),
        ({"price": "-5"}, ["price '-5' is not a price; it is negative"]),
        ({"price": "15", "sale_price": "16"}, ["sale_price '16' is above price '15'"]),
        (
            {"price": "15", "sale_price": "9", "sale_price_effective_date": "a/b"},
            ["the date of sale_price 'a/b' has a date that cannot be read; write it as 2026-12-31"],
        ),
    ],
)
def test_an_implausible_price_is_reported(fields: dict[str, str], expected: list[str]) -> None:
    assert reasons(**fields) == expected


def test_an_unknown_availability_is_reported() -> None:
    assert reasons(availability="In Stock") == []
    assert reasons(availability="on the moon") == ["availability 'on the moon' is not known"]

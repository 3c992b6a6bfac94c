"""``gram-es feed check`` and what it counts."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gram_es.cli import main
from ingest.feeds import FileFeed
from ingest.feeds.check.inspection import MOST_NAMES, Inspection, doubts, inspect
from ingest.feeds.rows.reader import read_both
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


def found(path: Path, content: bytes) -> Inspection:
    path.write_bytes(content)
    return inspect(read_both(FileFeed(path)))


def reasons(**fields: str) -> list[str]:
    row = RawRow(1, {name: (text,) for name, text in fields.items()})
    return [doubt.reason for doubt in doubts(row)]


def test_the_report_tells_what_each_field_was_read_as(check: Callable[..., Result]) -> None:
    told = check(FEED)

    assert told.exit_code == 1
    lines = [" ".join(line.split()) for line in told.stdout.splitlines()]
    assert lines[:2] == [
        "shop.csv: CSV or TSV whose header names id and title",
        "4 rows: 2 refused, 1 duplicate ids, 2 bad GTINs, 2 bad prices",
    ]
    assert "title Title [title] 75.0%" in lines
    assert "price price, sale_price 100.0%" in lines
    assert "currency (the price) 50.0%" in lines
    assert "link - 0.0%" in lines
    assert "attributes: color 25.0%" in lines
    assert "ignored: shipping 25.0%" in lines
    assert "no row fills: old stock" in lines
    assert "missing: category, description, availability, mpn, link, image_link" in lines
    assert lines[-5:] == [
        "row line the worst rows",
        "4 5 refused: id '1' stands in row 1 already; gtin '6381333931' has 10 digits;"
        " a GTIN has 8, 12, 13 or 14",
        "3 4 refused: title is missing",
        "2 3 gtin '4006381333932' ends in 2 where 1 is right; price '0 EUR' is nothing",
        "1 2 sale_price '30 EUR' is above price '24.90 EUR'",
    ]


def test_the_report_as_json_has_the_same_counts(check: Callable[..., Result]) -> None:
    told = json.loads(check(FEED, "--json").stdout)

    counts = ("rows", "refused", "duplicate_ids", "bad_gtins", "bad_prices")
    assert [told[name] for name in counts] == [4, 2, 1, 2, 2]
    assert told["fields"]["title"] == {"read_from": ["Title [title]"], "rows": 3, "share": 0.75}
    assert (told["attributes"], told["ignored"]) == ({"color": 0.25}, {"shipping": 0.25})
    assert (told["empty"], told["faults"]) == (["old stock"], [])
    assert told["worst_rows"][1] == {
        "row": 3,
        "line": 4,
        "refused": True,
        "reasons": ["title is missing"],
    }


def test_doubts_alone_are_no_failure(check: Callable[..., Result]) -> None:
    assert check("id,title,gtin\n1,Kettle,123\n").exit_code == 0


def test_a_broken_file_is_a_failure(check: Callable[..., Result]) -> None:
    told = check('id,title\n1,Kettle\n2,"Pan\n')

    assert told.exit_code == 1
    assert "the feed is broken at line 3, after 1 rows" in told.stdout


def test_what_is_no_feed_is_bad_input(check: Callable[..., Result]) -> None:
    told = check("name,price\n")

    assert told.exit_code == 2
    assert "none of the formats that are read" in told.stderr


def test_ten_rows_are_kept_the_refused_ones_first(tmp_path: Path) -> None:
    rows = [f"{n},Kettle,0".encode() for n in range(30)]
    rows[20] = b"20,,1"
    inspection = found(tmp_path / "feed", b"id,title,price\n" + b"\n".join(rows))

    assert [row.number for row in inspection.worst] == [21, *range(1, 10)]


def test_names_are_counted_as_far_as_memory_allows(tmp_path: Path) -> None:
    rows = (b'{"id": %d, "title": "x", "a%d": 1}' % (n, n) for n in range(MOST_NAMES + 5))
    inspection = found(tmp_path / "feed", b"\n".join(rows))

    assert inspection.further_names
    assert len(inspection.names) == MOST_NAMES
    assert inspection.filled["id"] == MOST_NAMES + 5


@pytest.mark.parametrize(
    ("gtin", "reason"),
    [
        ("4006381333931", None),
        ("0 36000 29145 2", None),
        ("96385074", None),
        ("4006381333932", "gtin '4006381333932' ends in 2 where 1 is right"),
        ("36000291452", "gtin '36000291452' has lost its leading zeros; it is 036000291452"),
        ("123", "gtin '123' has 3 digits; a GTIN has 8, 12, 13 or 14"),
        ("n/a", "gtin 'n/a' is not a number"),
    ],
)
def test_a_gtin_is_right_or_the_reason_is_said(gtin: str, reason: str | None) -> None:
    assert reasons(gtin=gtin) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"price": "15 USD", "sale_price": "15 USD"}, []),
        ({"price": "15 USD", "sale_price": "16 EUR"}, []),
        ({"price": "1200000 JPY"}, []),
        ({"price": "0"}, ["price '0' is nothing"]),
        ({"price": "0.001"}, ["price '0.001' is less than a cent"]),
        ({"price": "1200000 EUR"}, ["price '1200000 EUR' is 1,000,000 or more"]),
        ({"price": "-5"}, ["price '-5' is not a price"]),
        ({"price": "15", "sale_price": "16"}, ["sale_price '16' is above price '15'"]),
    ],
)
def test_a_price_that_can_hardly_be_is_told(fields: dict[str, str], expected: list[str]) -> None:
    assert reasons(**fields) == expected

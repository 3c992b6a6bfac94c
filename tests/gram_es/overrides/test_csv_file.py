"""Overrides as CSV: writing, reading, and the errors of invalid rows."""

import csv
import io

import pytest

from gram_es.errors import OverrideError
from gram_es.overrides.csv_file import read_csv, write_csv
from gram_es.overrides.rules import make_override

RULES = [
    make_override(
        {
            "kind": "lock",
            "code": "camping gear",
            "product_id": 'k, "1"',
            "note": "wie gewünscht",
            "by": "ada",
            "at": "2026-05-31T12:00:00+00:00",
        }
    ),
    make_override({"kind": "pin", "code": "garden hose", "query": "summer *", "weight": 0.3}),
    make_override({"kind": "ban", "code": "toy"}),
]


def test_overrides_survive_writing_and_reading() -> None:
    file = io.StringIO()
    write_csv(RULES, file)

    assert file.getvalue().startswith("kind,product_id,query,code,weight,note,by,at\nlock,")
    assert read_csv(io.StringIO(file.getvalue()), "rules.csv") == RULES


def test_a_spreadsheet_runs_no_cell_of_an_exported_file() -> None:
    texts = {"product_id": "=cmd|' /C calc'!A0", "note": "@SUM(A1);=1+1", "by": "'-2"}
    rule = make_override({"kind": "lock", "code": "hose", **texts})
    file = io.StringIO()

    write_csv([rule], file)

    cells = list(csv.reader(file.getvalue().splitlines()))[1]
    assert cells[1] == "'=cmd|' /C calc'!A0"
    assert cells[5:7] == ["'@SUM(A1);'=1+1", "''-2"]
    assert read_csv(io.StringIO(file.getvalue()), "rules.csv") == [rule]


def test_a_file_without_guards_is_read_as_it_is() -> None:
    rows = 'kind,product_id,query,code,note\nlock,-7,,hose,"\'tis, =1"\n'

    (override,) = read_csv(io.StringIO(rows), "rules.csv")

    assert (override.product_id, override.note) == ("-7", "'tis, =1")


def test_four_columns_are_enough_in_any_order_and_the_last_of_two_rows_counts() -> None:
    rows = "code,kind,query,product_id,weight\nhose,pin,Garden,,0.1\nhose,pin,garden,,0.9\n"

    (override,) = read_csv(io.StringIO(rows), "rules.csv")

    assert (override.query, override.weight) == ("garden", 0.9)


def test_the_error_contains_the_line_of_every_invalid_row() -> None:
    rows = 'kind,product_id,query,code\nlock,k,,"a\nb"\nlock,,,hose\nban,,,toy\nban,,!\nx,,,toy,1\n'

    with pytest.raises(OverrideError) as caught:
        read_csv(io.StringIO(rows), "rules.csv")

    assert str(caught.value).splitlines() == [
        "nothing of rules.csv was set:",
        "line 4: a lock is for one product: give product_id, and no query",
        "line 6: the number of cells differs from that of the header",
        "line 7: the number of cells differs from that of the header",
    ]


def test_of_many_invalid_rows_twenty_are_reported() -> None:
    rows = "kind,product_id,query,code\n" + "lock,,,hose\n" * 50

    with pytest.raises(OverrideError, match=r"line 21: .*\nand 30 more$"):
        read_csv(io.StringIO(rows), "rules.csv")


@pytest.mark.parametrize("header", ["kind,code", "kind,product_id,query,code,prio", "", "a;b"])
def test_another_header_is_rejected_with_the_expected_columns(header: str) -> None:
    with pytest.raises(OverrideError, match="write kind,product_id,query,code,weight,note,by,at"):
        read_csv(io.StringIO(f"{header}\n"), "rules.csv")


@pytest.mark.parametrize(
    "content", [b'kind,product_id,query,code\nban,,,"toy', b"kind,product_id,query,code\n\xff\n"]
)
def test_a_file_that_is_not_csv_is_rejected_with_the_line(content: bytes) -> None:
    file = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")

    with pytest.raises(OverrideError, match=r"rules.csv, line \d is not CSV in UTF-8: .*nothing"):
        read_csv(file, "rules.csv")

"""``gram-es feed show``: what came of each row of a feed."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from gram_es.cli import main

FEED = """\
id,title,price,brand,category,color,gtin
1,Kettle,"5,50 EUR",Acme,Kitchen > Kettles,red,
2,,7 EUR,,,,
1,Again,1 EUR,,,,
3,Pan \x1b[31m,,,,,
"""


def show(tmp_path: Path, *options: str, content: str = FEED) -> Result:
    path = tmp_path / "shop.csv"
    path.write_text(content)
    return CliRunner().invoke(main, ["feed", "show", str(path), *options])


def test_json_has_an_object_per_row_with_the_product_or_the_reason(tmp_path: Path) -> None:
    result = show(tmp_path, "--json")

    first, second, third, fourth = map(json.loads, result.stdout.splitlines())
    assert first == {
        "id": "1",
        "title": "Kettle",
        "brand": "Acme",
        "category": ["Kitchen", "Kettles"],
        "price": 5.5,
        "currency": "EUR",
        "attributes": {"color": ["red"]},
        "row": 1,
        "line": 2,
    }
    assert (second["row"], second["rejected"]) == (2, "title is missing")
    assert second["possible_ids"] == ["2"]
    assert third["rejected"] == "row 1 has the same id '1'"
    assert fourth["id"] == "3"
    assert result.exit_code == 0


def test_the_readable_form_has_rejected_rows_on_standard_error(tmp_path: Path) -> None:
    result = show(tmp_path)

    assert result.stdout.splitlines()[:7] == [
        "row 1, line 2",
        "  id             1",
        "  title          Kettle",
        "  brand          Acme",
        "  category       Kitchen > Kettles",
        "  price          5.5",
        "  currency       EUR",
    ]
    assert "row 2, line 3: title is missing" in result.stderr
    assert "\x1b" not in result.stdout


def test_limit_counts_rows(tmp_path: Path) -> None:
    assert len(show(tmp_path, "--json", "--limit", "2").stdout.splitlines()) == 2


def test_a_broken_file_is_reported_after_its_rows(tmp_path: Path) -> None:
    result = show(tmp_path, "--json", content="id,title\n")

    assert "fault" in json.loads(result.stdout)
    assert result.exit_code == 1

import json
from collections.abc import Sequence
from typing import Any

import pytest

from ingest.feeds.rows.field_names import with_google_names
from ingest.feeds.rows.product_fields import RowError, build_product, row_from_object


def paths(**values: Any) -> list[str]:
    row = with_google_names(row_from_object(1, {"id": "1", "title": "x", **values}, ""))
    return [" > ".join(path) for path in build_product(row).category_paths]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Garden > Tools > Rakes", ["Garden > Tools > Rakes"]),
        ("Garden>>Tools", ["Garden > Tools"]),
        ("Garden -> Tools", ["Garden > Tools"]),
        ("Garden » Tools › Rakes", ["Garden > Tools > Rakes"]),
        ("Garden &gt; Tools &amp;amp; More", ["Garden > Tools & More"]),
        ("<b>Garden</b> > Tools", ["Garden > Tools"]),
        ("Garden::Tools", ["Garden > Tools"]),
        ("Garden|Tools|Rakes", ["Garden > Tools > Rakes"]),
        ("Garden\\Tools", ["Garden > Tools"]),
        ("Garden/Tools", ["Garden > Tools"]),
        ("Garden / Tools", ["Garden > Tools"]),
        ("PC/Mac", ["PC/Mac"]),
        ("1/4 inch", ["1/4 inch"]),
        ("Garden > Hose/Pipe", ["Garden > Hose/Pipe"]),
        ("Garden > Tools, Sale > Tools", ["Garden > Tools", "Sale > Tools"]),
        ("Garden > Tools | Sale > Tools", ["Garden > Tools", "Sale > Tools"]),
        ("Garden/Tools;Sale", ["Garden > Tools", "Sale"]),
        ("Garden > Tools\nSale", ["Garden > Tools", "Sale"]),
        ("Pens, Pencils & Ink > Nibs", ["Pens, Pencils & Ink > Nibs"]),
        ("Desk > Pens, Pencils & Ink > Nibs", ["Desk > Pens, Pencils & Ink > Nibs"]),
        ("Garden, Patio", ["Garden, Patio"]),
        ("Garden > ", ["Garden"]),
        (">", []),
        ("Sale | Garden > Tools", ["Sale", "Garden > Tools"]),
        ("Garden > Tools && Sale > Tools", ["Garden > Tools", "Sale > Tools"]),
        ("Garden ➜ Tools", ["Garden > Tools"]),
    ],
)
def test_a_text_is_split_into_paths_and_names(written: str, expected: list[str]) -> None:
    assert paths(category=written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Garden > Tools, Sale", ["Garden > Tools", "Sale"]),
        ("Garden\\, Patio > Tools, Sale", ["Garden, Patio > Tools", "Sale"]),
        ("Root/Garden,Root/Garden/Tools", ["Root > Garden > Tools"]),
        (["Garden, Patio > Tools", "Sale"], ["Garden, Patio > Tools", "Sale"]),
        (["Garden", "Sale"], ["Garden", "Sale"]),
        ([{"id": 1, "name": "Garden"}, {"id": 2, "name": "Sale"}], ["Garden", "Sale"]),
        (
            [
                {"id": 1, "name": "Garden", "parent": 0},
                {"id": 2, "name": "Tools", "parent": 1},
                {"id": 3, "name": "Sale", "parent": 0},
            ],
            ["Garden > Tools", "Sale"],
        ),
    ],
)
def test_a_column_of_several_categories_is_a_list(written: object, expected: list[str]) -> None:
    assert paths(categories=written) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["Garden", "Tools"], ["Garden > Tools"]),
        (["Garden", "TV/Video"], ["Garden > TV/Video"]),
        (["Garden > Tools", "Sale"], ["Garden > Tools", "Sale"]),
        ([["Garden", "Tools"], ["Sale"]], ["Garden > Tools", "Sale"]),
        ([{"name": "Garden"}, {"name": "Tools"}], ["Garden > Tools"]),
        ({"name": "Tools", "parent": {"name": "Garden"}}, ["Garden > Tools"]),
        (
            {"name": "Garden", "children": [{"name": "A"}, {"name": "B"}]},
            ["Garden > A", "Garden > B"],
        ),
        ({"lvl0": "Garden", "lvl1": "Garden > Tools"}, ["Garden > Tools"]),
        ({"lvl0": "Garden", "lvl1": "Tools"}, ["Garden > Tools"]),
        (
            {"lvl0": ["Garden", "Sale"], "lvl1": ["Garden > A", "Garden > B"]},
            ["Garden > A", "Garden > B", "Sale"],
        ),
        ({"name": "Tools", "path": "Garden > Tools"}, ["Garden > Tools"]),
        ({"name": "Tools", "path": "Garden/Tools"}, ["Garden > Tools"]),
        ({"name": "Tools", "path": "garden/tools"}, ["Tools"]),
        ({"name": "Tools", "path": "1/2/7"}, ["Tools"]),
        ([{"name": "Tools", "path": [{"name": "Garden"}, {"name": "Tools"}]}], ["Garden > Tools"]),
        ({"name": "Tools", "path": [1, 7]}, ["Tools"]),
        ({"en": "Garden > Tools", "de": "Garten > Geräte"}, ["Garden > Tools"]),
        ('["Garden >> Tools", "Sale"]', ["Garden > Tools", "Sale"]),
        ("['Garden', 'Tools']", ["Garden > Tools"]),
        (["Garden; Patio", "Tools"], ["Garden; Patio > Tools"]),
        (12, ["12"]),
        (None, []),
        ([[]], []),
    ],
)
def test_paths_are_read_from_json(value: object, expected: Sequence[str]) -> None:
    assert paths(category=value) == expected
    if isinstance(value, (list, dict)):
        assert paths(category=json.dumps(value)) == expected


def test_the_columns_of_a_path_in_levels_are_one_path() -> None:
    assert paths(category_1="Garden", category_2="Tools") == ["Garden > Tools"]
    assert paths(**{"categories.lvl0": "A", "categories.lvl1": "A > B"}) == ["A > B"]


def test_the_paths_of_all_columns_are_kept_and_googles_counts_only_if_there_is_no_other() -> None:
    google = "Home & Garden > Plants"

    assert paths(category="Sale", product_type=["A > B", "C"], google_product_category=google) == [
        "Sale",
        "A > B",
        "C",
    ]
    assert paths(google_product_category=google) == ["Home & Garden > Plants"]
    assert paths(google_product_category="985 - Home > Plants") == ["Home > Plants"]
    assert paths(google_product_category="985") == []


def test_a_path_that_another_one_begins_with_is_left_out() -> None:
    assert paths(category=["A > B > C", "A > B", "A > B > C", "A > D"]) == ["A > B > C", "A > D"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a>" * 40 + "a", "more than 32 levels"),
        (";".join(map(str, range(501))), "501 category paths"),
    ],
)
def test_more_paths_than_any_shop_has_are_rejected(value: str, reason: str) -> None:
    with pytest.raises(RowError, match=reason):
        paths(category=value)

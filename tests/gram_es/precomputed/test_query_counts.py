"""Counting the queries of valid and invalid files."""

import csv
from collections import Counter

import pytest

from gram_es.errors import SettingsError
from gram_es.precomputed.query_counts import read_counts, select_for_model


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.txt", "Cordless  Drill\nled bulb\ncordless drill\n"),
        ("log.tsv", "cordless drill\t2\nled bulb\t1\n"),
        ("log.tsv", "cordless drill under $90\t2\ncheap led bulb\t1\n"),
        ("log.tsv", "count\tquery\n2\tcordless drill\n1\tled bulb\n"),
        ("log.csv", '"Query","Share","Count"\n"cordless drill",0.1,2\nled bulb,0.0,1\n'),
        ("log.csv", "\ufeffquery\ncordless drill\nled bulb\nCORDLESS DRILL\n"),
    ],
)
def test_queries_are_counted_by_their_normal_form(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert read_counts(tmp_path / name) == Counter({"cordless drill": 2, "led bulb": 1})


def test_invalid_counts_are_reported_with_their_lines(tmp_path):
    log = tmp_path / "log.tsv"
    log.write_text("drill\t3\nsaw\tmany\nbulb\t-1\n")

    with pytest.raises(SettingsError, match=r"\(line 2: 'many'; line 3: '-1'\); give one query"):
        read_counts(log)


@pytest.fixture
def usual_limit():
    """Set Python's default size limit of CSV fields; reading a feed raises it for the process."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b'"' + b"x" * 140_000])
def test_the_error_names_a_file_that_cannot_be_read(tmp_path, usual_limit, content):
    log = tmp_path / "log.csv"
    if content is not None:
        log.write_bytes(content)

    with pytest.raises(SettingsError, match=r"cannot read the queries .*log\.csv"):
        read_counts(log)


def test_the_most_frequent_come_first_without_queries_that_are_never_answered():
    counts = Counter({"saw": 2, "drill": 5, "4006381333931": 9, "": 9, "x" * 513: 9, "axe": 2})

    assert select_for_model(counts, 2) == [("drill", 5), ("axe", 2)]

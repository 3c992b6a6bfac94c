"""No cell begins with a formula, for no separator, and the guard is taken off without loss."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gram_es.text.spreadsheet_cells import guard_cell, unguard_cell

HOSTILE = st.text(alphabet="=+-@\t\r\n;,|'\"a1 \uff1d", max_size=12)
# What a program makes of a cell that takes it apart at a separator or a line break.
PARTS = re.compile(r"[;\t\r\n]")


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+491234", "'+491234"),
        ("-20", "'-20"),
        ("\uff1d1", "'\uff1d1"),
        ("\t=1", "'\t'=1"),
        ("a;=1+1", "a;'=1+1"),
        ("a\n=1+1", "a\n'=1+1"),
        ("'=1", "''=1"),
        ("18v - new", "18v - new"),
        ("a=b", "a=b"),
        ("men's", "men's"),
        ("'quoted'", "'quoted'"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_could_run_is_guarded(text, guarded):
    assert guard_cell(text) == guarded
    assert unguard_cell(guarded) == text


@given(HOSTILE)
def test_the_guard_is_taken_off_without_loss(text):
    assert unguard_cell(guard_cell(text)) == text


@given(HOSTILE)
def test_no_part_of_a_cell_begins_with_a_formula(text):
    for part in PARTS.split(guard_cell(text)):
        assert not part.lstrip('"').startswith(("=", "+", "-", "@", "\uff1d"))


@pytest.mark.parametrize("text", ["'" * 200_000, '"' * 200_000, ";'" * 100_000, "\t" * 200_000])
def test_long_runs_take_linear_time(text):
    assert unguard_cell(guard_cell(text)) == text

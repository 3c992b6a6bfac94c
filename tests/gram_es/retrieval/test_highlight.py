from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gram_es.retrieval.highlight import highlight
from gram_es.retrieval.recall.clauses import Clauses


def marked(title: str, typed: str, corrected: str = "") -> str:
    clauses = Clauses(typed, corrected or typed, (), None, None, 0.05)
    segments = highlight(title, clauses)
    return "".join(f"[{s.text}]" if s.matches else s.text for s in segments)


@pytest.mark.parametrize(
    ("title", "typed", "expected"),
    [
        ("Hammer Drills, 2 pcs.", "drill", "Hammer [Drills], 2 pcs."),
        ("Drill driver 18V", "18 volt drill", "[Drill] driver [18V]"),
        ("Screws for wood", "screw for the wall", "[Screws] for wood"),
        ("Café crème", "cafe", "[Café] crème"),
        ("Oak table", "drill", "Oak table"),
        ("", "drill", ""),
        ("<b>drill</b> & <script>", "drill b", "<[b]>[drill]</[b]> & <script>"),
    ],
)
def test_words_of_the_query_are_marked(title, typed, expected):
    assert marked(title, typed) == expected


def test_words_of_the_corrected_query_are_marked_too():
    assert marked("Cordless drill", "cordles drill", "cordless drill") == "[Cordless] [drill]"


@given(st.text(max_size=60), st.text(max_size=20))
def test_segments_are_the_whole_title_and_alternate(title, typed):
    segments = highlight(title, Clauses(typed, typed, (), None, None, 0.05))

    assert "".join(segment.text for segment in segments) == title
    assert all(a.matches != b.matches for a, b in pairwise(segments))

"""Normalization forms in linear time."""

import sys
import unicodedata

from gram_es.text.unicode_form import unicode_form

MAX_MARKS = 32


def test_a_letter_keeps_as_many_marks_as_any_language_writes():
    text = "a\u0301\u0323" + "\u0e01\u0e34\u0e49" + "\u05d1\u05bc\u05b0"

    assert unicode_form("NFC", text) == "\u1ea1\u0301" + text[3:6] + "\u05d1\u05b0\u05bc"
    assert unicode_form("NFKD", "a" + "\u0301" * 40) == "a" + "\u0301" * MAX_MARKS


def test_no_character_gets_around_the_limit_on_marks():
    characters = map(chr, range(sys.maxunicode + 1))
    marks = [c for c in characters if unicodedata.combining(unicodedata.normalize("NFKD", c)[0])]  # noqa: TID251

    assert len(marks) > 900
    for mark in marks:
        at_most = 2 * MAX_MARKS if len(unicode_form("NFKD", mark)) > 1 else MAX_MARKS
        assert len(unicode_form("NFKD", "a" + mark * 500)) - 1 <= at_most, ascii(mark)

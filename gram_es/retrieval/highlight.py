"""Split a title into the segments that a query matches and the segments between them (no I/O).

Segments are plain text without markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import regex

from gram_es.retrieval.recall.clauses import Clauses
from gram_es.text.normalise import normalise
from gram_es.text.words import content_stems

# the \w of ``regex`` includes the vowel signs of Hindi; the \w of ``re`` does not
_WORD: Final = regex.compile(r"[\w\u00ad]+(?:['’./&][\w\u00ad]+)*(?:#|\++)?")


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text, and whether the query matches it."""

    text: str
    matches: bool


def highlight(text: str, clauses: Clauses) -> tuple[Segment, ...]:
    """Split ``text`` into segments that match the query and segments that do not match it.

    A word matches if a form of the query contains a word with the same stem. Stop words never
    match. Joined, the segments are the whole ``text``.
    """
    query_stems = content_stems(" ".join(clauses.forms))
    merged: list[Segment] = []
    for piece, matches in _pieces(text, query_stems):
        if merged and merged[-1].matches == matches:
            merged[-1] = Segment(merged[-1].text + piece, matches)
        elif piece:
            merged.append(Segment(piece, matches))
    return tuple(merged)


def _pieces(text: str, query_stems: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Yield the words and the text between them, each with whether it matches the query."""
    end = 0
    for word in _WORD.finditer(text):
        yield text[end : word.start()], False
        yield word[0], not query_stems.isdisjoint(content_stems(normalise(word[0])))
        end = word.end()
    yield text[end:], False

"""Mark the words of a title that the query matches: segments, never markup; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import regex

from gram_es.retrieval.recall.clauses import Clauses
from gram_es.text.normalise import normalise
from gram_es.text.words import stems, stop_words

# of ``regex``, whose \w includes the marks that write vowels
_WORD: Final = regex.compile(r"[\w\u00ad]+(?:['’./][\w\u00ad]+)*")


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text, and whether the query matches it."""

    text: str
    matches: bool


def highlight(text: str, clauses: Clauses) -> tuple[Segment, ...]:
    """Return ``text`` in segments, all of it and in order; neighbours differ in ``matches``.

    A word matches when it shares a stem with the query as typed or corrected; stop words match
    nothing.
    """
    wanted = _stems(f"{clauses.typed} {clauses.corrected}")
    merged: list[Segment] = []
    for piece, matches in _pieces(text, wanted):
        if merged and merged[-1].matches == matches:
            merged[-1] = Segment(merged[-1].text + piece, matches)
        elif piece:
            merged.append(Segment(piece, matches))
    return tuple(merged)


def _pieces(text: str, wanted: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Yield words and the text between them."""
    end = 0
    for word in _WORD.finditer(text):
        yield text[end : word.start()], False
        yield word[0], not wanted.isdisjoint(_stems(normalise(word[0])))
        end = word.end()
    yield text[end:], False


def _stems(normalised: str) -> frozenset[str]:
    return frozenset(stems(normalised)) - stop_words()

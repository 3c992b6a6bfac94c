"""Part a query into words, numbers and signs, each with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import regex

from gram_es.text.normalise import fold

_TOKEN: Final = regex.compile(
    r"(?P<number>\d+(?:[.,'’]\d+)*)|(?P<word>[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*)|(?P<sign><=|>=|\.\.|\S)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign of a text.

    ``key`` is its text in lower case without accents. ``start`` and ``end`` are its place in the
    text. ``is_glued`` is true if no blank stands before it.
    """

    key: str
    kind: Literal["word", "number", "sign"]
    start: int
    end: int
    is_glued: bool


def tokenise(text: str) -> tuple[Token, ...]:
    """Return the tokens of ``text`` in order."""
    tokens = []
    end = -1
    for match in _TOKEN.finditer(text):
        kind: Literal["word", "number", "sign"] = (
            "word" if match["word"] else "number" if match["number"] else "sign"
        )
        key = fold(match[0]).strip() if kind == "word" else match[0].replace("’", "'")
        tokens.append(Token(key, kind, match.start(), match.end(), match.start() == end))
        end = match.end()
    return tuple(tokens)

"""Patterns of queries: normalised text in which ``*`` stands for any words, or none; pure."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from gram_es.errors import OverrideError
from gram_es.text.normalise import MAX_TEXT_CHARS, normalise

_ANY: Final = "*"


def normal_pattern(text: str) -> str:
    """Return a pattern in normal form; what stands between two stars is normalised as one text.

    :raises OverrideError: if it holds no word, is too long, or has a star inside a word.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise OverrideError(f"the query has {len(text)} characters; at most {MAX_TEXT_CHARS}")
    parts = [part.strip() for part in f" {text} ".split(f" {_ANY} ")]
    if any(_ANY in part for part in parts):
        raise OverrideError(
            f"the query {text!r} has a * inside a word or beside another; "
            "it stands for whole words: write 'cordless *' or '* drill'"
        )
    normal = [normalise(part) for part in parts]
    if not any(normal) or not all(normal[1:-1]):
        raise OverrideError(f"the query {text!r} holds no word where one is needed")
    return f" {_ANY} ".join(normal).strip()


class QueryPattern:
    """A pattern in normal form that knows whether a normalised query fits it."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def _parts(self) -> list[str]:
        """The texts between the stars, a blank at either side; an outermost star leaves ``""``."""
        parts = f" {self.pattern} ".split(_ANY)
        return [f" {part.strip()} " if part.strip() else "" for part in parts]

    def fits(self, query: str) -> bool:
        """Tell whether a query in normal form is one of those that the pattern is about."""
        text, (first, *others) = f" {query} ", self._parts
        if not others:
            return text == first
        *inner, last = others
        at = _end(first)
        if not text.startswith(first):
            return False
        for part in inner:
            found = text.find(part, at)
            if found < 0:
                return False
            at = found + _end(part)
        return text.endswith(last) and at <= len(text) - len(last)


def _end(part: str) -> int:
    """Return how far a part reaches; the blank after it is the one before the next part."""
    return max(len(part) - 1, 0)

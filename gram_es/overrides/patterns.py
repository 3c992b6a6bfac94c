"""Query patterns: normalised text in which ``*`` matches any number of words."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from gram_es.errors import OverrideError
from gram_es.text.normalise import MAX_TEXT_CHARS, normalise

_ANY: Final = "*"


def normal_pattern(text: str) -> str:
    """Return a pattern in normal form; the text between two stars is normalised as a whole.

    :raises OverrideError: if the pattern contains no word, is too long, or has a star inside a word
        or next to another star.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise OverrideError(f"the query has {len(text)} characters; at most {MAX_TEXT_CHARS}")
    parts = [part.strip() for part in f" {text} ".split(f" {_ANY} ")]
    if any(_ANY in part for part in parts):
        raise OverrideError(
            f"the query {text!r} has a * inside a word or next to another *; a * stands for whole "
            "words: write 'cordless *' or '* drill'"
        )
    normal = [normalise(part) for part in parts]
    if not any(normal) or not all(normal[1:-1]):
        raise OverrideError(f"the query {text!r} has no word where one is required; add one")
    return f" {_ANY} ".join(normal).strip()


class QueryPattern:
    """A pattern in normal form, against which normalised queries are matched."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def _parts(self) -> list[str]:
        """The texts between the stars, each with a blank at both ends.

        The first text is ``""`` if the pattern starts with a star; the last text is ``""`` if it
        ends with a star.
        """
        parts = f" {self.pattern} ".split(_ANY)
        return [f" {part.strip()} " if part.strip() else "" for part in parts]

    def matches(self, query: str) -> bool:
        """Return whether the pattern matches a query in normal form."""
        text, (first, *others) = f" {query} ", self._parts
        if not others:
            return text == first
        *inner, last = others
        position = _length_without_last_blank(first)
        if not text.startswith(first):
            return False
        for part in inner:
            start = text.find(part, position)
            if start < 0:
                return False
            position = start + _length_without_last_blank(part)
        return text.endswith(last) and position <= len(text) - len(last)


def _length_without_last_blank(part: str) -> int:
    """Return the length of a part without its last blank; the next part may share that blank."""
    return max(len(part) - 1, 0)

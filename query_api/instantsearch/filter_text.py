"""Read the parameter ``filters`` of an InstantSearch query, such as ``brand:Acme AND price < 50``.

The text is in the form that Algolia requires, too: alternatives of an ``OR`` stand in parentheses,
and these contain no ``AND``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from query_api.instantsearch.filters import check_size, comparison, number, shown
from query_api.instantsearch.terms import OPERATORS, Group, NumberTerm, Term, ValueTerm

MAX_FILTER_CHARS: Final = 4_096
_WORDS: Final = ("AND", "OR", "NOT", "TO")
_RESERVED: Final = frozenset((*OPERATORS, "(", ")", ":", *_WORDS))
# No alternative can begin where another one can, so that nothing is tried twice.
_TOKEN: Final = re.compile(
    r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([<>!]=|[<>=():])|([^\s"'<>=!():]+))"""
)
_EXAMPLE: Final = 'write it as brand:Acme AND (price < 50 OR availability:"in_stock")'


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    position: int  # in the text, from 1
    quoted: bool = False

    def is_word(self, word: str) -> bool:
        return not self.quoted and self.text == word


def text_groups(text: str) -> tuple[Group, ...]:
    """Return the groups of the parameter ``filters``.

    :raises ValueError: if the text has another form.
    """
    if len(text) > MAX_FILTER_CHARS:
        raise ValueError(f"has {len(text)} characters; at most {MAX_FILTER_CHARS}")
    if not text.strip():
        return ()
    groups = tuple(_Reader(text).groups())
    check_size(groups)
    return groups


class _Reader:
    """Reads the tokens of a text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [*_tokens(text)]
        self._next = 0

    def groups(self) -> Iterator[Group]:
        """Yield the groups, which ``AND`` joins; a text of ``OR`` alone is one group."""
        first, alternatives = self._group(), self._alternatives()
        yield Group((*first, *alternatives))
        while self._take("AND"):
            if alternatives:
                raise self._fault("mixes AND and OR without parentheses")
            yield Group(self._group())
        if self._next < len(self._tokens):
            raise self._fault(f"has {self._place()}, where AND or OR belongs")

    def _group(self) -> tuple[Term, ...]:
        if not self._take("("):
            return (self._term(),)
        terms = (self._term(), *self._alternatives())
        if not self._take(")"):
            raise self._fault("has no AND within parentheses, and needs each of them closed")
        return terms

    def _alternatives(self) -> tuple[Term, ...]:
        terms: list[Term] = []
        while self._take("OR"):
            terms.append(self._term())
        return tuple(terms)

    def _term(self) -> Term:
        if not self._take("NOT"):
            return self._plain_term()
        term = self._plain_term()
        if isinstance(term, NumberTerm):
            raise self._fault("has NOT before a number, which is not supported")
        return replace(term, excluded=True)

    def _plain_term(self) -> Term:
        name, sign = self._value(), self._sign()
        if sign != ":":
            return comparison(name, sign, number(self._value(), self._text))
        value = self._value()
        if self._take("TO"):
            return NumberTerm(name, number(value, self._text), number(self._value(), self._text))
        return ValueTerm(name, value)

    def _take(self, word: str) -> bool:
        taken = self._next < len(self._tokens) and self._tokens[self._next].is_word(word)
        self._next += taken
        return taken

    def _sign(self) -> str:
        for sign in (":", *OPERATORS):
            if self._take(sign):
                return sign
        raise self._fault(f"has {self._place()}, where a colon or a comparison belongs")

    def _value(self) -> str:
        """Return the next token, which may be neither a sign nor a word of the language."""
        token = self._tokens[self._next] if self._next < len(self._tokens) else None
        is_value = token and token.text and (token.quoted or token.text not in _RESERVED)
        if token is None or not is_value:
            raise self._fault(f"has {self._place()}, where a name or a value belongs")
        self._next += 1
        return token.text

    def _place(self) -> str:
        """Return the next token with its position, for an error message."""
        if self._next >= len(self._tokens):
            return "its end"
        token = self._tokens[self._next]
        return f"{shown(token.text)} at character {token.position}"

    def _fault(self, reason: str) -> ValueError:
        return ValueError(f"{reason}: {shown(self._text)}; {_EXAMPLE}")


def _tokens(text: str) -> Iterator[_Token]:
    end = len(text.rstrip())
    position = 0
    while (position := _after_blanks(text, position)) < end:
        match = _TOKEN.match(text, position, end)
        if match is None:
            raise ValueError(f"{_unread(text, position)}: {shown(text)}; {_EXAMPLE}")
        double, single, sign, word = match.groups()
        start, position = match.start(match.lastindex or 0), match.end()
        if double is None and single is None:
            yield _Token(sign or word, start + 1)
        else:
            yield _Token(re.sub(r"\\(.)", r"\1", double or single or ""), start, quoted=True)


def _after_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _unread(text: str, position: int) -> str:
    """Return why no token begins at the position."""
    sign = text[position]
    if sign in "\"'":
        return f"has a quotation mark at character {position + 1} that is not closed"
    return f"has {sign!r} at character {position + 1}, which is no operator"

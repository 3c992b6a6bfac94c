"""A matcher that backtracks as Python's does and counts its steps.

Python's own matcher reports no steps, and its time depends on the machine. This one walks the tree
of Python's own parser, possessive repetitions included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import _constants as ops
from re import _parser as parser
from typing import Any

MAX_STEPS = 100_000

Predicate = Callable[[str], bool]
_Matcher = Callable[[int], Iterator[int]]
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)
_CATEGORIES: dict[Any, Predicate] = {
    ops.CATEGORY_DIGIT: str.isdecimal,
    ops.CATEGORY_SPACE: str.isspace,
    ops.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    ops.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    ops.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    ops.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}
MAX_BOUND = 1_000
_CLAMP = 6
"""A repetition with an upper bound is a constant factor, so a lower one shows the same growth."""


class TooManyStepsError(Exception):
    """A text takes more than ``MAX_STEPS``."""


def bounds(low: int, high: Any) -> tuple[int, int | None]:
    """Return the bounds of a repetition, clamped; ``None`` if it has no upper one."""
    if high is ops.MAXREPEAT or int(high) > MAX_BOUND:
        return min(int(low), _CLAMP), None
    return min(int(low), _CLAMP), min(int(high), _CLAMP)


def predicate(op: Any, value: Any, flags: int) -> Predicate | None:
    """Return the test of a node that is one character, else ``None``."""
    plain = _plain_predicate(op, value, flags)
    if plain is None or not flags & re.IGNORECASE:
        return plain
    return lambda char: plain(char.lower()) or plain(char.upper())


def _plain_predicate(op: Any, value: Any, flags: int) -> Predicate | None:
    if op is ops.LITERAL:
        return lambda char: ord(char) == value if len(char) == 1 else False
    if op is ops.NOT_LITERAL:
        return lambda char: len(char) != 1 or ord(char) != value
    if op is ops.ANY:
        return lambda char: bool(flags & re.DOTALL) or char != "\n"
    if op is ops.IN:
        is_negated = value[0][0] is ops.NEGATE
        tests = [_member(*item) for item in value[is_negated:]]
        return lambda char: any(test(char) for test in tests) != is_negated
    return None


def _member(op: Any, value: Any) -> Predicate:
    if op is ops.CATEGORY:
        return _CATEGORIES[value]
    low, high = value if op is ops.RANGE else (value, value)
    return lambda char: len(char) == 1 and low <= ord(char) <= high


class StepCounter:
    """Counts the steps that an expression takes on texts."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.tree = parser.parse(pattern, flags)
        self.flags = self.tree.state.flags
        self._text = ""
        self._steps = 0
        self._groups: dict[int, str] = {}
        self._match = self._sequence(self.tree, self.flags)

    def count(self, text: str, *, method: str) -> int:
        """Return the steps of ``fullmatch``, ``match``, or a search for all matches.

        :raises TooManyStepsError: if there are more than ``MAX_STEPS``.
        """
        self._text, self._steps, self._groups = text, 0, {}
        if method in ("match", "fullmatch"):
            for end in self._match(0):
                if method == "match" or end == len(text):
                    break
            return self._steps
        start = 0
        while start <= len(text):
            end = next(self._match(start), None)
            self._step()
            start = end if end is not None and end > start else start + 1
        return self._steps

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TooManyStepsError

    def _sequence(self, nodes: Any, flags: int) -> _Matcher:
        matchers = [self._node(op, value, flags) for op, value in nodes]

        def run(index: int, position: int) -> Iterator[int]:
            if index == len(matchers):
                yield position
            else:
                for end in matchers[index](position):
                    yield from run(index + 1, end)

        return lambda position: run(0, position)

    def _node(self, op: Any, value: Any, flags: int) -> _Matcher:
        if (test := predicate(op, value, flags)) is not None:
            return self._character(test)
        if op in _REPEATS:
            return self._repeat(op, value, flags)
        if op is ops.BRANCH:
            choices = [self._sequence(choice, flags) for choice in value[1]]
            return lambda position: (end for choice in choices for end in choice(position))
        if op is ops.SUBPATTERN:
            group, added, removed, inner = value
            return self._group(group, self._sequence(inner, (flags | added) & ~removed))
        if op is ops.ATOMIC_GROUP:
            return self._first(self._sequence(value, flags))
        if op in (ops.ASSERT, ops.ASSERT_NOT):
            return self._assertion(value, flags, is_negative=op is ops.ASSERT_NOT)
        if op is ops.AT:
            return self._place(value)
        if op is ops.GROUPREF:
            return self._reference(value)
        raise ValueError(f"the check has no model of {op}: write the expression without it")

    def _character(self, test: Predicate) -> _Matcher:
        def run(position: int) -> Iterator[int]:
            self._step()
            if position < len(self._text) and test(self._text[position]):
                yield position + 1

        return run

    def _repeat(self, op: Any, value: Any, flags: int) -> _Matcher:
        low, high = bounds(*value[:2])
        body = self._sequence(value[2], flags)

        def run(position: int, count: int) -> Iterator[int]:
            if op is ops.MIN_REPEAT and count >= low:
                yield position
            if high is None or count < high:
                for end in body(position):
                    if end > position or count < low:
                        yield from run(end, count + 1)
            if op is not ops.MIN_REPEAT and count >= low:
                yield position

        greedy: _Matcher = lambda position: run(position, 0)  # noqa: E731
        return self._first(greedy) if op is ops.POSSESSIVE_REPEAT else greedy

    def _first(self, matcher: _Matcher) -> _Matcher:
        def run(position: int) -> Iterator[int]:
            end = next(matcher(position), None)
            if end is not None:
                yield end

        return run

    def _group(self, group: int | None, matcher: _Matcher) -> _Matcher:
        def run(position: int) -> Iterator[int]:
            for end in matcher(position):
                if group is not None:
                    self._groups[group] = self._text[position:end]
                yield end

        return run

    def _assertion(self, value: Any, flags: int, *, is_negative: bool) -> _Matcher:
        direction, inner = value
        matcher = self._sequence(inner, flags)
        width = inner.getwidth()[0] if direction < 0 else 0

        def run(position: int) -> Iterator[int]:
            self._step()
            start = position - width
            ends = matcher(start) if start >= 0 else iter(())
            if (next(ends, None) is not None) != is_negative:
                yield position

        return run

    def _place(self, place: Any) -> _Matcher:
        def holds(position: int) -> bool:
            before, after = self._text[position - 1 : position], self._text[position : position + 1]
            if place in (ops.AT_BEGINNING, ops.AT_BEGINNING_STRING):
                return position == 0
            if place in (ops.AT_END, ops.AT_END_STRING):
                return position == len(self._text)
            is_word = _CATEGORIES[ops.CATEGORY_WORD]
            is_boundary = bool(before and is_word(before)) != bool(after and is_word(after))
            return is_boundary == (place is ops.AT_BOUNDARY)

        def run(position: int) -> Iterator[int]:
            self._step()
            if holds(position):
                yield position

        return run

    def _reference(self, group: int) -> _Matcher:
        def run(position: int) -> Iterator[int]:
            self._step()
            text = self._groups.get(group)
            if text is not None and self._text.startswith(text, position):
                yield position + len(text)

        return run

"""Texts that make an expression backtrack, derived from the expression itself.

Each is a start that leads to a repetition, a part that is repeated, and an end that no match has.
Parts are one character for every way in which the character classes of the expression overlap,
what the repetitions repeat, and what leads to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from re import _constants as ops
from typing import Any

from matcher import MAX_STEPS, Predicate, StepCounter, TooManyStepsError, bounds, predicate

_FEW, _MANY = 16, 48
_MAX_GROWTH = 4.6
"""Three times the parts take three times the steps if time is linear, nine times if quadratic."""
_MIN_STEPS = 600
_MAX_VARIANTS = 6
_MAX_CHARACTERS = 24
_CANDIDATES = [
    *map(chr, range(0x20, 0x7F)),
    *map(chr, range(0xA0, 0x250)),
    *"\t\n\r\f€₹　​–″٣漢\x00",
]
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)


@dataclass(frozen=True)
class Attack:
    """A text whose steps grow faster than its length."""

    text: str
    few: int
    many: int

    def __str__(self) -> str:
        steps = f"more than {MAX_STEPS:,}" if self.many > MAX_STEPS else f"{self.many:,}"
        return f"{self.text[:60]!r}...: {self.few:,} steps, with three times the parts {steps}"


def find_attack(counter: StepCounter, method: str) -> Attack | None:
    """Return a text on which the steps of an expression grow faster than linearly, if any."""
    shape = _Shape(counter)
    if not shape.starts:
        return None
    parts = dict.fromkeys([*shape.characters, *shape.bodies, *shape.starts])
    for start, part, end in product({"": None, **shape.starts}, filter(None, parts), ("", "\x00")):
        few = _steps(counter, start + part * _FEW + end, method)
        many = _steps(counter, start + part * _MANY + end, method)
        if many > MAX_STEPS or (many > _MIN_STEPS and many > _MAX_GROWTH * few):
            return Attack(start + part * _FEW, few, many)
    return None


def _steps(counter: StepCounter, text: str, method: str) -> int:
    try:
        return counter.count(text, method=method)
    except TooManyStepsError:
        return MAX_STEPS + 1


class _Shape:
    """The characters that an expression tells apart, and its repetitions without an upper bound."""

    def __init__(self, counter: StepCounter) -> None:
        self._tests: list[Predicate] = []
        self._collect(counter.tree, counter.flags)
        self.characters = self._representatives()
        self.starts: dict[str, None] = {}
        self.bodies: dict[str, None] = {}
        self._walk(counter.tree, counter.flags, "")

    def _collect(self, nodes: Any, flags: int) -> None:
        for op, value in nodes:
            if (test := predicate(op, value, flags)) is not None:
                self._tests.append(test)
            for inner, inner_flags in _inside(op, value, flags):
                self._collect(inner, inner_flags)

    def _representatives(self) -> list[str]:
        """Return one character for each set of classes that some character is in."""
        found: dict[tuple[bool, ...], str] = {}
        for char in _CANDIDATES:
            found.setdefault(tuple(test(char) for test in self._tests), char)
        return list(found.values())[:_MAX_CHARACTERS]

    def _walk(self, nodes: Any, flags: int, start: str) -> None:
        """Note what leads to each repetition, and what it repeats."""
        for op, value in nodes:
            if op in _REPEATS and bounds(*value[:2])[1] is None:
                self.starts[start] = None
                for body in islice(self._texts(value[2], flags), _MAX_VARIANTS):
                    self.bodies[body] = None
            for inner, inner_flags in _inside(op, value, flags):
                self._walk(inner, inner_flags, start)
            start += next(self._texts([(op, value)], flags), "")

    def _texts(self, nodes: Any, flags: int) -> Iterator[str]:
        """Yield texts that nodes match, the shortest first; assertions are not looked at."""
        parts = [list(islice(self._node(op, value, flags), _MAX_VARIANTS)) for op, value in nodes]
        return map("".join, product(*parts))

    def _node(self, op: Any, value: Any, flags: int) -> Iterator[str]:
        if (test := predicate(op, value, flags)) is not None:
            yield from filter(test, self.characters or _CANDIDATES)
        elif op in _REPEATS:
            low, _ = bounds(*value[:2])
            if not low:
                yield ""
            yield from (text * max(1, low) for text in self._texts(value[2], flags))
        elif op is ops.BRANCH:
            for choice in value[1]:
                yield from islice(self._texts(choice, flags), _MAX_VARIANTS)
        elif op in (ops.SUBPATTERN, ops.ATOMIC_GROUP):
            for inner, inner_flags in _inside(op, value, flags):
                yield from self._texts(inner, inner_flags)
        else:
            yield ""


def _inside(op: Any, value: Any, flags: int) -> Iterator[tuple[Any, int]]:
    """Yield the nodes inside a node, with their flags."""
    if op in _REPEATS:
        yield value[2], flags
    elif op is ops.BRANCH:
        yield from ((choice, flags) for choice in value[1])
    elif op is ops.SUBPATTERN:
        yield value[3], (flags | value[1]) & ~value[2]
    elif op is ops.ATOMIC_GROUP:
        yield value, flags
    elif op in (ops.ASSERT, ops.ASSERT_NOT):
        yield value[1], flags

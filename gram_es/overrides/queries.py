"""What overrides make of a query's codes; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gram_es.overrides.patterns import QueryPattern
from gram_es.overrides.rules import Kind, Override, code_key
from gram_es.records import WeightedCode


@dataclass(frozen=True, slots=True)
class RuledCodes:
    """A query's codes as the rules have them, pinned ones first, and the rules that acted."""

    codes: tuple[WeightedCode, ...] = ()
    acted: tuple[Override, ...] = ()


class QueryRules:
    """The pins and bans of queries."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        self._everywhere: list[Override] = []
        self._by_pattern = defaultdict[str, list[Override]](list)
        for one in overrides:
            if one.query is not None:
                self._by_pattern[one.query].append(one)
            elif one.kind is Kind.BAN and one.is_everywhere:
                self._everywhere.append(one)
        self._starred = [QueryPattern(text) for text in self._by_pattern if "*" in text]

    def apply(self, forms: Sequence[str], codes: Sequence[WeightedCode]) -> RuledCodes:
        """Return the codes that hold for a query.

        A ban stands above a pin. Pins keep their weights, of two for one code the higher one; the
        model's codes share what the pins leave of 1.

        :param forms: the query in normal form, as typed and as spelt: a pattern has to fit one.
        :param codes: the model's, best first.
        """
        fitting = self._fitting(forms)
        bans = [one for one in (*self._everywhere, *fitting) if one.kind is Kind.BAN]
        banned = {code_key(one.code) for one in bans}
        pins = _heaviest(
            one for one in fitting if one.kind is Kind.PIN and code_key(one.code) not in banned
        )
        pinned = _within([WeightedCode(p.code, p.weight or 0.0, pinned=True) for p in pins], 1.0)
        kept = [code for code in codes if code_key(code.label) not in banned] if banned else codes
        left = {pin.label for pin in pinned}
        rest = _within([code for code in kept if code.label not in left], 1 - _total(pinned))
        lost = {code_key(code.label) for code in codes} - {code_key(code.label) for code in kept}
        hit = [one for one in bans if code_key(one.code) in lost]
        return RuledCodes((*pinned, *rest), (*hit, *pins))

    def _fitting(self, forms: Sequence[str]) -> list[Override]:
        texts = dict.fromkeys(forms)
        exact = [one for text in texts for one in self._by_pattern.get(text, ())]
        starred = [
            one
            for pattern in self._starred
            if any(map(pattern.fits, texts))
            for one in self._by_pattern[pattern.pattern]
        ]
        return [*exact, *starred]


def _heaviest(pins: Iterable[Override]) -> list[Override]:
    """Return one pin a code, the heaviest first."""
    best: dict[str, Override] = {}
    for pin in sorted(pins, key=lambda pin: (-(pin.weight or 0.0), pin.code)):
        best.setdefault(pin.code, pin)
    return [*best.values()]


def _within(codes: Sequence[WeightedCode], most: float) -> list[WeightedCode]:
    """Return the codes, lighter in proportion where together they weigh more than ``most``."""
    total = _total(codes)
    if total <= most:
        return [*codes]
    share = most / total
    return [replace(code, weight=code.weight * share) for code in codes] if share > 0 else []


def _total(codes: Sequence[WeightedCode]) -> float:
    return sum(code.weight for code in codes)

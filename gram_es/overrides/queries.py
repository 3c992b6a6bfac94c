"""Apply overrides to the codes of a query; no I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gram_es.overrides.patterns import QueryPattern
from gram_es.overrides.rules import Kind, Override, code_key
from gram_es.records import WeightedCode


@dataclass(frozen=True, slots=True)
class RuledCodes:
    """The codes of a query after overrides (pinned codes first), and the overrides that applied."""

    codes: tuple[WeightedCode, ...] = ()
    applied: tuple[Override, ...] = ()


class QueryRules:
    """The pins and bans of queries; ``kept_words`` are the words that are not corrected."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        self._everywhere: list[Override] = []
        self._by_pattern = defaultdict[str, list[Override]](list)
        kept_words: set[str] = set()
        for rule in overrides:
            if rule.kind is Kind.KEEP and rule.query is not None:
                kept_words.add(rule.query)
            elif rule.query is not None:
                self._by_pattern[rule.query].append(rule)
            elif rule.kind is Kind.BAN and rule.is_everywhere:
                self._everywhere.append(rule)
        self.kept_words = frozenset(kept_words)
        self._starred = [QueryPattern(text) for text in self._by_pattern if "*" in text]

    def apply(self, forms: Sequence[str], codes: Sequence[WeightedCode]) -> RuledCodes:
        """Return the codes of a query after pins and bans.

        A ban takes precedence over a pin. Of several pins for a code, only the one with the highest
        weight applies. Pins keep their weights if these sum to at most 1. The weights of the
        model's codes are scaled down until the sum of all weights is at most 1.

        :param forms: the query in normal form, as typed and as corrected. A rule applies if its
            pattern matches at least one form.
        :param codes: the model's codes, best first.
        """
        matching = self._matching(forms)
        if not matching and not self._everywhere:
            return RuledCodes(tuple(_limit(codes, 1.0)))
        bans = [rule for rule in (*self._everywhere, *matching) if rule.kind is Kind.BAN]
        banned = {code_key(ban.code) for ban in bans}
        pins = _heaviest(
            rule for rule in matching if rule.kind is Kind.PIN and code_key(rule.code) not in banned
        )
        pinned = _limit([WeightedCode(p.code, p.weight or 0.0, pinned=True) for p in pins], 1.0)
        allowed = [code for code in codes if code_key(code.label) not in banned]
        labels = {pin.label for pin in pinned}
        rest = _limit([code for code in allowed if code.label not in labels], 1 - _total(pinned))
        keys = {code_key(code.label) for code in codes}
        effective = [ban for ban in bans if code_key(ban.code) in keys]
        return RuledCodes((*pinned, *rest), (*effective, *pins))

    def _matching(self, forms: Sequence[str]) -> list[Override]:
        texts = dict.fromkeys(forms)
        exact = [rule for text in texts for rule in self._by_pattern.get(text, ())]
        starred = [
            rule
            for pattern in self._starred
            if any(map(pattern.matches, texts))
            for rule in self._by_pattern[pattern.pattern]
        ]
        return [*exact, *starred]


def _heaviest(pins: Iterable[Override]) -> list[Override]:
    """Return, for each code, the pin with the highest weight; the heaviest pin comes first."""
    best: dict[str, Override] = {}
    for pin in sorted(pins, key=lambda pin: (-(pin.weight or 0.0), pin.code)):
        best.setdefault(pin.code, pin)
    return [*best.values()]


def _limit(codes: Sequence[WeightedCode], max_total: float) -> list[WeightedCode]:
    """Return the codes with their weights scaled down to a sum of at most ``max_total``."""
    total = _total(codes)
    if total <= max_total:
        return [*codes]
    share = max_total / total
    return [replace(code, weight=code.weight * share) for code in codes] if share > 0 else []


def _total(codes: Sequence[WeightedCode]) -> float:
    return sum(code.weight for code in codes)

"""The words by which a language states prices, orders and exclusions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from gram_es.retrieval.conditions.tokens import Token, tokenise
from gram_es.text.units import UNIT_WORDS

_FOLDER: Final = files(__package__) / "words"
_COMMON: Final = "common"


class Phrases:
    """Phrases of one or more words, found at a place among the tokens of a query."""

    def __init__(self, phrases: Iterable[str] = ()) -> None:
        self._by_first = defaultdict[str, list[tuple[str, ...]]](list)
        for phrase in phrases:
            keys = tuple(token.key for token in tokenise(phrase))
            self._by_first[keys[0]].append(keys)
        for same_first in self._by_first.values():
            same_first.sort(key=len, reverse=True)

    def end_at(self, tokens: Sequence[Token], start: int) -> int | None:
        """Return the end of the longest phrase that starts at ``start``, or ``None``."""
        if not 0 <= start < len(tokens):
            return None
        for keys in self._by_first.get(tokens[start].key, ()):
            found = tuple(token.key for token in tokens[start : start + len(keys)])
            if found == keys:
                return start + len(keys)
        return None

    def has(self, token: Token) -> bool:
        """Return whether ``token`` alone is one of the phrases."""
        return (token.key,) in self._by_first.get(token.key, ())


@dataclass(frozen=True, slots=True)
class ConditionWords:
    """The words of one language; the files in ``words`` list them, without accents.

    ``decimal`` is the decimal sign. ``upper`` and ``lower`` precede a limit, ``upper_after`` and
    ``lower_after`` follow one. After ``upper_before_words``, other words may follow a round limit.
    ``between`` and ``joiners`` state a range; ``bare_joiners`` do so beside a currency only.
    ``measured``, ``children``, ``adults`` and ``units`` are words beside numbers that are no
    prices. ``present`` and ``absent`` are patterns by which a product states that it has or lacks
    something. ``negations_inside`` negate only after other words. ``names`` are phrases that state
    no condition.
    """

    decimal: str
    upper: Phrases
    upper_before_words: Phrases
    lower: Phrases
    between: Phrases
    joiners: Phrases
    bare_joiners: Phrases
    upper_after: Phrases
    lower_after: Phrases
    about: Phrases
    cheap: Phrases
    cheap_unless_named: Phrases
    dear: Phrases
    price_words: Phrases
    lead: Phrases
    links: Phrases
    without: Phrases
    negations: Phrases
    negations_inside: Phrases
    names: Phrases
    articles: Phrases
    free: frozenset[str]
    and_words: frozenset[str]
    or_words: frozenset[str]
    measured: frozenset[str]
    children: frozenset[str]
    adults: frozenset[str]
    units: frozenset[str]
    present: tuple[str, ...]
    absent: tuple[str, ...]


_KINDS: Final[dict[str, Callable[[list[str]], Any]]] = {
    "Phrases": Phrases,
    "frozenset[str]": frozenset,
    "tuple[str, ...]": tuple,
}


@dataclass(frozen=True, slots=True)
class Currencies:
    """How queries write currencies: the ISO codes that each sign or word may mean."""

    signs: dict[tuple[str, ...], tuple[str, ...]]
    words_only_where_used: dict[tuple[str, ...], tuple[str, ...]]


@cache
def condition_words(language: str) -> ConditionWords:
    """Return the words of ``language``; a language without a file has the common ones only."""
    common = _read(_COMMON)
    own = _read(language) if (_FOLDER / f"{language}.yaml").is_file() else {}
    values: dict[str, Any] = {"decimal": own.get("decimal", ".")}
    for field in fields(ConditionWords)[1:]:
        words = [*common.get(field.name, ()), *own.get(field.name, ())]
        values[field.name] = _KINDS[str(field.type)](words)
    values["units"] |= UNIT_WORDS
    return ConditionWords(**values)


@cache
def currencies() -> Currencies:
    """Return how queries write currencies, by the keys of their tokens."""
    read = _read("currencies")
    return Currencies(*(_by_keys(read[field.name]) for field in fields(Currencies)))


def _by_keys(written: dict[str, list[str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {tuple(t.key for t in tokenise(sign)): tuple(codes) for sign, codes in written.items()}


def _read(name: str) -> dict[str, Any]:
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    # every value is text, so that the words "no" and "y" need no quotes
    return dict(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - it makes texts, no objects

"""The codes that claim another value of an attribute, indexed by attribute and value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.titles import Words
from gram_es.codes.truth.claims import Claim, follows, is_compatible

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Agreement = Callable[[Words, Words], bool]
_MAX_CACHED_VALUES = 20_000


@dataclass(frozen=True, slots=True)
class _Attribute:
    """The values of one attribute that codes claim.

    ``positions`` maps a value to its position. Entry n says that the code ``codes[n]`` claims the
    value at the position ``values[n]``; the arrays are ``(entries,)``.
    """

    positions: Mapping[Words, int]
    values: Numbers
    codes: Numbers


class Rivals:
    """Find the codes whose claims differ from what is stated.

    :param claims: the claims of each code.
    :param together: the pairs of values, by attribute, that do not exclude each other.
    """

    def __init__(
        self,
        claims: Sequence[Iterable[Claim]],
        together: Mapping[str, Collection[tuple[Words, Words]]],
    ) -> None:
        self._codes = len(claims)
        self._together = together
        self._attributes = _index(claims)
        self._names_of: dict[Words, list[str]] = defaultdict(list)
        self._by_start: dict[str, dict[str, list[Words]]] = {}
        for name, attribute in self._attributes.items():
            starts = self._by_start.setdefault(name, {})
            for key in attribute.positions:
                self._names_of[key].append(name)
                starts.setdefault(key[0], []).append(key)
        self._cached: dict[tuple[Claim, Agreement], Mask] = {}

    def select(self, is_selected: Callable[[int, str], bool]) -> dict[str, Mask]:
        """Return, by attribute, which entries satisfy ``is_selected(code, name)``."""
        return {
            name: np.array([is_selected(code, name) for code in attribute.codes.tolist()], bool)
            for name, attribute in self._attributes.items()
        }

    def mentioned(self, name: str, stems: Collection[str]) -> set[Words]:
        """Return the values of an attribute all of whose stems are in ``stems``."""
        starts = self._by_start.get(name, {})
        return {
            key
            for stem in starts.keys() & stems
            for key in starts[stem]
            if all(part in stems for part in key)
        }

    def values(self, name: str) -> Collection[Words]:
        """Return the values of an attribute that codes claim."""
        attribute = self._attributes.get(name)
        return attribute.positions.keys() if attribute else ()

    def contradicted(
        self,
        stated: Iterable[Claim],
        mentioned: Iterable[Words],
        selected: Mapping[str, Mask] | None = None,
        agrees: Agreement = follows,
    ) -> Mask:
        """Return which codes claim another value of a stated attribute: ``(codes,)``.

        :param mentioned: values that no code is blamed for, under whichever name it claims them.
        :param selected: the entries to consider, as :meth:`select` returns them.
        :param agrees: whether a claimed value may be true beside the stated one.
        """
        agreeing: dict[str, Mask] = {}
        for claim in stated:
            name = claim[0]
            if name in self._attributes:
                agreed = self._agreeing(claim, agrees)
                agreeing[name] = agreeing[name] | agreed if name in agreeing else agreed.copy()
        for key in mentioned:
            for name in self._names_of.get(key, ()):
                if name in agreeing:
                    agreeing[name][self._attributes[name].positions[key]] = True
        mask = np.zeros(self._codes, dtype=np.bool_)
        for name, agreed in agreeing.items():
            attribute = self._attributes[name]
            is_rival = ~agreed[attribute.values]
            if selected is not None:
                is_rival &= selected[name]
            mask[attribute.codes[is_rival]] = True
        return mask

    def naming(self, claims: Iterable[Claim]) -> Mask:
        """Return which codes claim one of these values, or one that says more: ``(codes,)``."""
        mask = np.zeros(self._codes, dtype=np.bool_)
        for name, key in claims:
            if name in self._attributes:
                attribute = self._attributes[name]
                says = [
                    set(key) <= set(value) and is_compatible(key, value)
                    for value in attribute.positions
                ]
                mask[attribute.codes[np.array(says, dtype=np.bool_)[attribute.values]]] = True
        return mask

    def _agreeing(self, claim: Claim, agrees: Agreement) -> Mask:
        """Return which values of the claim's attribute may be true beside it: ``(values,)``."""
        agreed = self._cached.get((claim, agrees))
        if agreed is None:
            if len(self._cached) >= _MAX_CACHED_VALUES:
                self._cached.clear()
            name, key = claim
            together = self._together.get(name, ())
            agreed = self._cached[claim, agrees] = np.array(
                [
                    agrees(other, key) or (key, other) in together
                    for other in self._attributes[name].positions
                ],
                dtype=np.bool_,
            )
        return agreed


def _index(claims: Sequence[Iterable[Claim]]) -> dict[str, _Attribute]:
    entries: dict[str, list[tuple[Words, int]]] = defaultdict(list)
    for code, claimed in enumerate(claims):
        for name, key in sorted(claimed):
            entries[name].append((key, code))
    found = {}
    for name, pairs in entries.items():
        positions: dict[Words, int] = {}
        values = [positions.setdefault(key, len(positions)) for key, _ in pairs]
        found[name] = _Attribute(
            positions, np.array(values, np.int64), np.array([code for _, code in pairs], np.int64)
        )
    return found

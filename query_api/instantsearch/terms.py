"""The conditions of an InstantSearch query: groups of terms, of which one of each must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OPERATORS: Final = ("<=", ">=", "!=", "<", ">", "=")


@dataclass(frozen=True, slots=True)
class ValueTerm:
    """A product has ``value`` in the attribute, or does not have it if ``excluded``."""

    attribute: str
    value: str
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """The number in the attribute is at least ``low`` and at most ``high``, each if given."""

    attribute: str
    low: float | None
    high: float | None


Term = ValueTerm | NumberTerm


@dataclass(frozen=True, slots=True)
class Group:
    """Terms of which a product must fulfil one.

    ``is_facet`` is true for the choices of one facet, whose own counts ignore them.
    """

    terms: tuple[Term, ...]
    is_facet: bool = False

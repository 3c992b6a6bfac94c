"""Read ``facetFilters`` and ``numericFilters`` of an InstantSearch query (no I/O)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import inf, nextafter
from typing import Final

from query_api.instantsearch.terms import OPERATORS, Group, NumberTerm, Term, ValueTerm

MAX_TERMS: Final = 100
_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_RANGE: Final = " TO "
_MAX_SHOWN_CHARS: Final = 40
FilterList = str | Sequence[str | Sequence[str]]


def facet_groups(filters: FilterList, facets: Sequence[str]) -> tuple[Group, ...]:
    """Return the groups of ``facetFilters``: a list of ``NAME:VALUE``, or of lists of these.

    A list within the list has the choices of a facet, of which one must hold. ``NAME:-VALUE``
    excludes a value.

    :param facets: names of facets, some of which may contain a colon.
    :raises ValueError: if a filter has another form.
    """
    return _groups(filters, lambda text: facet_term(text, facets))


def facet_term(text: str, facets: Sequence[str] = ()) -> ValueTerm:
    r"""Return the term ``NAME:VALUE``; a value after ``-`` is excluded, one after ``\-`` is not.

    :raises ValueError: if the text has another form.
    """
    known = [name for name in facets if text.startswith(f"{name}:")]
    name = max(known, key=len, default=text.partition(":")[0])
    value = text[len(name) + 1 :]
    if not name or not value:
        raise ValueError(f"has {shown(text)}; write a filter as brand:Acme")
    if value.startswith("\\-"):
        return ValueTerm(name, value[1:])
    excluded = value.startswith("-") and len(value) > 1
    return ValueTerm(name, value[excluded:], excluded=excluded)


def numeric_groups(filters: FilterList) -> tuple[Group, ...]:
    """Return the groups of ``numericFilters``: ``price>=10``, or ``price:10 TO 20``.

    :raises ValueError: if a filter has another form.
    """
    return _groups(filters, number_term, is_facet=False)


def number_term(text: str) -> NumberTerm:
    """Return the term ``NAME OPERATOR NUMBER`` or ``NAME:LOW TO HIGH``.

    :raises ValueError: if the text has another form.
    """
    name, colon, values = text.partition(":")
    if colon:
        low, _, high = values.partition(_RANGE)
        return NumberTerm(name.strip(), number(low, text), number(high or low, text))
    operator = next((sign for sign in OPERATORS if sign in text), "")
    name, _, value = text.partition(operator) if operator else (text, "", "")
    return comparison(name.strip(), operator, number(value, text))


def comparison(name: str, operator: str, value: float) -> NumberTerm:
    """Return the term of a comparison; ``<`` ends just below the number.

    :raises ValueError: if the operator is ``!=``.
    """
    limits: dict[str, tuple[float | None, float | None]] = {
        "<": (None, nextafter(value, -inf)),
        "<=": (None, value),
        "=": (value, value),
        ">=": (value, None),
        ">": (nextafter(value, inf), None),
    }
    if operator not in limits:
        raise ValueError(f"compares {shown(name)} by !=, which is not supported")
    return NumberTerm(name, *limits[operator])


def number(text: str, whole: str) -> float:
    """Return the number that ``text``, a part of ``whole``, consists of.

    :raises ValueError: if it is no number.
    """
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(f"has {shown(whole)}; write a limit as price>=10 or price:10 TO 20")
    return float(text)


def shown(text: str) -> str:
    """Return a text for an error message, cut if it is long."""
    return repr(text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}…")


def check_size(groups: Sequence[Group]) -> None:
    """Raise :class:`ValueError` if the groups have too many terms."""
    count = sum(len(group.terms) for group in groups)
    if count > MAX_TERMS:
        raise ValueError(f"has {count} conditions; at most {MAX_TERMS}")


def _groups(
    filters: FilterList, read: Callable[[str], Term], *, is_facet: bool = True
) -> tuple[Group, ...]:
    if isinstance(filters, str):
        filters = [part for part in filters.split(",") if part.strip()]
    groups = tuple(
        Group((read(each),))
        if isinstance(each, str)
        else Group(tuple(map(read, each)), is_facet=is_facet)
        for each in filters
    )
    check_size(groups)
    return tuple(group for group in groups if group.terms)

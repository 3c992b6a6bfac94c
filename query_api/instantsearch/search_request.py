"""Convert a query of InstantSearch to a search request (no I/O)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from gram_es.retrieval.request import (
    ATTRIBUTES,
    CATEGORY,
    GROUP,
    PRICE,
    SORTS,
    Fault,
    RequestError,
    SearchRequest,
    Selection,
)
from query_api.instantsearch.attributes import counted_field, filter_value, filtered_field
from query_api.instantsearch.filter_text import text_groups
from query_api.instantsearch.filters import facet_groups, numeric_groups, shown
from query_api.instantsearch.query import Query
from query_api.instantsearch.terms import Group, NumberTerm, ValueTerm

_NAMES: Final = {"q": "query", "size": "hitsPerPage", "from": "page", "price": "numericFilters"}
MAX_ATTRIBUTES: Final = 20  # as many as of /search; each has counts with the filters of all others
_T = TypeVar("_T")


def search_request(query: Query, index: str) -> SearchRequest:
    """Return the search request for ``query``.

    :param index: the name of the index, to which ``indexName`` may add an order.
    :raises RequestError: if parameters are invalid; the error lists all of them.
    """
    return _Converter(query).request(index)


class _Converter:
    def __init__(self, query: Query) -> None:
        self._query = query
        self._faults: list[Fault] = []

    def request(self, index: str) -> SearchRequest:
        query = self._query
        size = max(1, query.hits_per_page)
        sort: str | None = None
        counted: tuple[str, ...] = ()
        values: dict[str, Any] = {
            "text": query.query,
            "size": size,
            "offset": query.page * query.hits_per_page,
            "sort": self._read("indexName", lambda: _sort(query.index_name, index), sort),
            "collapse": bool(query.distinct),
            "spelling": query.typo_tolerance not in (False, "false"),
            "highlight": True,
            "counted": self._read("facets", lambda: _counted(query.facets), counted),
            "counts_only": not query.hits_per_page,
            "merges_spellings": False,
            "everything": True,
            **self._filters(),
        }
        values["relax"] = values.get("relax", True) and not values["counts_only"]
        if query.type != "default":
            reason = f"is {shown(query.type)}; the only type is 'default', as facets have no search"
            self._faults.append(Fault("type", reason))
        if self._faults:
            raise RequestError(tuple(self._faults))
        try:
            return SearchRequest(**values)
        except RequestError as error:
            raise RequestError(tuple(map(_renamed, error.faults))) from None

    def _filters(self) -> dict[str, Any]:
        query = self._query
        groups = (
            *self._groups("facetFilters", lambda: facet_groups(query.facet_filters, query.facets)),
            *self._groups("numericFilters", lambda: numeric_groups(query.numeric_filters)),
            *self._groups("filters", lambda: text_groups(query.filters)),
        )
        return _selected(groups)

    def _groups(self, name: str, read: Callable[[], Sequence[Group]]) -> Sequence[Group]:
        def checked() -> Sequence[Group]:
            groups = read()
            _selected(groups)
            return groups

        none: Sequence[Group] = ()
        return self._read(name, checked, none)

    def _read(self, name: str, read: Callable[[], _T], default: _T) -> _T:
        try:
            return read()
        except ValueError as error:
            self._faults.append(Fault(name, str(error)))
            return default


def _sort(name: str, index: str) -> str | None:
    """Return the order that the name of an index ends with, or ``None`` for the usual order."""
    if name == index:
        return None
    sort = name.removeprefix(f"{index}_")
    if sort == name or sort not in SORTS:
        orders = ", ".join(f"{index}_{each}" for each in SORTS)
        raise ValueError(f"is {shown(name)}; the index is {index}, in another order {orders}")
    return sort


def _counted(facets: Sequence[str]) -> tuple[str, ...]:
    """Return the fields that must be counted for the facets; ``*`` stands for the usual ones."""
    fields = [PRICE if name == "*" else counted_field(name) for name in facets]
    return tuple(dict.fromkeys(field for field in fields if field))


def _selected(groups: Sequence[Group]) -> dict[str, Any]:
    """Return the fields of a search request that select the products of all groups.

    The choices of a facet are filters that its own counts ignore. All other groups limit the
    search as a whole.

    :raises ValueError: if an attribute cannot be filtered by, or if there are too many.
    """
    names = {term.attribute for group in groups for term in group.terms}
    if len(names) > MAX_ATTRIBUTES:
        raise ValueError(f"filters by {len(names)} attributes; at most {MAX_ATTRIBUTES}")
    choices: dict[str, tuple[str, ...]] = {}
    scope: list[tuple[Selection, ...]] = []
    limits: list[NumberTerm] = []
    for group in groups:
        if any(isinstance(term, NumberTerm) for term in group.terms):
            limits.append(_limit(group))
            continue
        selections = tuple(_selection(term) for term in group.terms if isinstance(term, ValueTerm))
        first = selections[0]
        if group.is_facet and _is_choice(selections) and first.field not in choices:
            choices[first.field] = _values(selections)
        else:
            scope.append(selections)
    # What a shopper chose is not dropped, and counts for the other queries of a page rely on it.
    relax = not (choices or limits)
    return {**_choices(choices), **_price(limits), "scope": tuple(scope), "relax": relax}


def _is_choice(selections: Sequence[Selection]) -> bool:
    """Return whether the selections are values of one facet; a request can choose one group."""
    chosen = {(each.field, each.excluded) for each in selections} == {(selections[0].field, False)}
    return chosen and (selections[0].field != GROUP or len(_values(selections)) == 1)


def _values(selections: Sequence[Selection]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for each in selections for value in each.values))


def _selection(term: ValueTerm) -> Selection:
    value = filter_value(term.attribute, term.value)
    return Selection(filtered_field(term.attribute), (value,), term.excluded)


def _limit(group: Group) -> NumberTerm:
    term, *others = group.terms
    if others or not isinstance(term, NumberTerm):
        raise ValueError("has a number as one of several alternatives, which is not supported")
    if term.attribute != PRICE:
        raise ValueError(f"has {shown(term.attribute)}; the only number to limit is price")
    return term


def _price(limits: Sequence[NumberTerm]) -> dict[str, float | None]:
    """Return the range that all limits have in common."""
    lows = [limit.low for limit in limits if limit.low is not None]
    highs = [limit.high for limit in limits if limit.high is not None]
    return {"price_from": max(lows, default=None), "price_to": min(highs, default=None)}


def _choices(choices: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    attributes = tuple(
        (field.removeprefix(ATTRIBUTES), values)
        for field, values in choices.items()
        if field.startswith(ATTRIBUTES)
    )
    return {
        "brands": choices.get("brand", ()),
        "categories": choices.get(CATEGORY, ()),
        "availability": choices.get("availability", ()),
        "group": next(iter(choices.get(GROUP, ())), None),
        "attributes": attributes,
    }


def _renamed(fault: Fault) -> Fault:
    return Fault(_NAMES.get(fault.name, fault.name), fault.reason)

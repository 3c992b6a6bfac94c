"""The names that InstantSearch uses for facets and for the fields of the index.

They are the names of the fields of a hit: ``brand``, ``category``, ``availability``, ``price`` and
``attributes.NAME``. ``category.lvl0``, ``category.lvl1`` and so on are the levels of the paths of
categories, for a hierarchical menu.
"""

from __future__ import annotations

import re
from typing import Final

from gram_es.retrieval.request import (
    ATTRIBUTES,
    CATEGORY,
    CATEGORY_PATH,
    GROUP,
    PATH_SEPARATOR,
    PRICE,
)
from query_api.instantsearch.filters import shown

_LEVEL: Final = re.compile(r"category\.lvl([0-9])")
_FIELDS: Final = ("brand", CATEGORY, "availability")
_KNOWN: Final = "brand, category, category.lvl0, availability, price and attributes.NAME"


def level_of(name: str) -> int | None:
    """Return the level of categories that a facet is for, or ``None`` for another facet."""
    match = _LEVEL.fullmatch(name)
    return int(match[1]) if match else None


def counted_field(name: str) -> str | None:
    """Return the field to count for a facet, or ``None`` if each search counts it anyway.

    :raises ValueError: if there is no such facet.
    """
    if level_of(name) is not None:
        return CATEGORY_PATH
    if name == PRICE or _is_attribute(name):
        return name
    if name in _FIELDS:
        return None
    raise _unknown(name)


def filtered_field(name: str) -> str:
    """Return the field to filter by for the values of a facet.

    :raises ValueError: if there is no such facet.
    """
    if level_of(name) is not None:
        return CATEGORY
    if name in (*_FIELDS, GROUP) or _is_attribute(name):
        return name
    if name == PRICE:
        raise ValueError("has a value of price; write a limit such as price>=10 in numericFilters")
    raise _unknown(name)


def filter_value(name: str, value: str) -> str:
    """Return the value to filter by; a category of the uppermost level is a path, not a name."""
    is_root = level_of(name) is not None and PATH_SEPARATOR not in value
    return f"{value}{PATH_SEPARATOR}" if is_root else value


def _is_attribute(name: str) -> bool:
    return name.startswith(ATTRIBUTES) and len(name) > len(ATTRIBUTES)


def _unknown(name: str) -> ValueError:
    return ValueError(f"has {shown(name)}, which is no facet; the facets are {_KNOWN}")

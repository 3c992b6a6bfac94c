"""The names of indices and aliases."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from mappings import SCHEMA

LEDGER = "gram-es-ledger"
DEAD = "gram-es-dead"
STATE = "gram-es-state"
OVERRIDES = "gram-es-overrides"
HEADS = "gram-es-heads"
QUERIES = "gram-es-queries"
SIDE_INDICES = (LEDGER, DEAD, STATE, OVERRIDES, HEADS, QUERIES)


def write_alias(index: str) -> str:
    """Return the alias that documents are written through; ``index`` is the one to read by."""
    return f"{index}-write"


def staging_alias(index: str) -> str:
    """Return the alias of the index that is to take the place of the one behind ``index``.

    It is read and, by its own :func:`write_alias`, written like a live one.
    """
    return f"{index}-next"


def concrete_index(index: str, at: datetime) -> str:
    """Return the name of an index made at that moment."""
    return f"{index}-{SCHEMA}-{at.astimezone(UTC):%Y%m%dt%H%M%S}"


def is_concrete(name: str, index: str) -> bool:
    """Tell whether ``name`` is one that :func:`concrete_index` gives, of whatever schema."""
    return re.fullmatch(rf"{re.escape(index)}-\d+-\d{{8}}t\d{{6}}", name) is not None

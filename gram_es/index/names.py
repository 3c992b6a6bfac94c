"""The names of indices and aliases."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from mappings import SCHEMA

LEDGER = "gram-es-ledger"
DEAD = "gram-es-dead"
STATE = "gram-es-state"
OVERRIDES = "gram-es-overrides"
PRECOMPUTED = "gram-es-precomputed"
QUERIES = "gram-es-queries"
SIDE_INDICES = (LEDGER, DEAD, STATE, OVERRIDES, PRECOMPUTED, QUERIES)


def write_alias(index: str) -> str:
    """Return the alias for writing documents; ``index`` is the read alias."""
    return f"{index}-write"


def staging_alias(index: str) -> str:
    """Return the alias of the index that is to replace the one behind ``index``.

    It has a :func:`write_alias` of its own, so it is read and written like a live index.
    """
    return f"{index}-next"


def concrete_index(index: str, at: datetime) -> str:
    """Return the name of an index that is created at the time ``at``."""
    return f"{index}-{SCHEMA}-{at.astimezone(UTC):%Y%m%dt%H%M%S}"


def is_concrete(name: str, index: str) -> bool:
    """Return whether ``name`` is a :func:`concrete_index` of ``index``, of any schema version."""
    return re.fullmatch(rf"{re.escape(index)}-\d+-\d{{8}}t\d{{6}}", name) is not None

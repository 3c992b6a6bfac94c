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
ENRICHMENTS = "gram-es-enrichments"
"""Enrichments of products of shops' own indices, and how far these have been read."""
SIDE_INDICES = (LEDGER, DEAD, STATE, OVERRIDES, PRECOMPUTED, QUERIES)
"""The indices with data of gram-es other than products, such as ingest runs and overrides."""


def write_alias(index: str) -> str:
    """Return the name of the write alias that belongs to the read alias ``index``."""
    return f"{index}-write"


def staging_alias(index: str) -> str:
    """Return the name of the staging alias that belongs to the read alias ``index``.

    The index behind the staging alias will replace the live index, which is behind ``index``. The
    staging alias has a :func:`write_alias` of its own, so the staged index is read and written like
    a live index.
    """
    return f"{index}-next"


def concrete_index(index: str, at: datetime) -> str:
    """Return the name of a products index created at ``at``; ``index`` is its read alias."""
    return f"{index}-{SCHEMA}-{at.astimezone(UTC):%Y%m%dt%H%M%S}"


def is_concrete(name: str, index: str) -> bool:
    """Return whether ``name`` is a :func:`concrete_index` of ``index``, in any schema version."""
    return re.fullmatch(rf"{re.escape(index)}-\d+-\d{{8}}t\d{{6}}", name) is not None

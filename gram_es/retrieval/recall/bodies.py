"""Request bodies of Elasticsearch, and the filters that join others (no I/O)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Body = dict[str, Any]
"""A request body, or a part of one."""


def all_of(filters: Sequence[Body]) -> Body:
    """Return a filter that passes what every filter passes; without any, everything."""
    return {"bool": {"filter": list(filters)}} if filters else {"match_all": {}}


def any_of(queries: Sequence[Body]) -> Body:
    """Return a query that matches what at least one of the queries matches."""
    return {"bool": {"minimum_should_match": 1, "should": list(queries)}}

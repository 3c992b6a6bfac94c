"""Codes of a query that its request excludes; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gram_es.overrides.rules import code_key
from gram_es.records import WeightedCode


def without_excluded(
    codes: Sequence[WeightedCode], excluded: Collection[str]
) -> tuple[WeightedCode, ...]:
    """Return the codes but for the ``excluded``, in any surface form; weights do not change."""
    keys = {code_key(label.lower()) for label in excluded}
    return tuple(code for code in codes if code_key(code.label) not in keys) if keys else (*codes,)

"""Codes of a query that its sender has switched off; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gram_es.overrides.rules import code_key
from gram_es.records import WeightedCode


def left_on(codes: Sequence[WeightedCode], without: Collection[str]) -> tuple[WeightedCode, ...]:
    """Return the codes but for those ``without``, in whatever surface form; weights stay."""
    off = {code_key(label.lower()) for label in without}
    return tuple(code for code in codes if code_key(code.label) not in off) if off else (*codes,)

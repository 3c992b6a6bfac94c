"""Codes as chips: a label, a weight, and a search for the code's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.records import WeightedCode
from query_api import links

_STEPS: Final = 10  # lengths of a weight's bar in the style sheet


@dataclass(frozen=True, slots=True)
class Chip:
    """A code; ``step`` of 1 to 10 is the length of its weight's bar."""

    label: str
    percent: str
    step: int
    url: str


def chips(codes: Sequence[WeightedCode], *, heaviest: float) -> tuple[Chip, ...]:
    """Return the codes as chips; the bar of a code that weighs ``heaviest`` is full."""
    return tuple(
        Chip(
            label=code.label,
            percent=f"{code.weight * 100:.0f}",
            step=max(1, round(_STEPS * code.weight / heaviest)),
            url=links.text_url(code.label),
        )
        for code in codes
        if code.weight > 0
    )

"""Codes as chips: a label, a weight, the code's page, and a switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.records import WeightedCode
from gram_es.retrieval.request import SearchRequest
from query_api import links

_STEPS: Final = 10  # lengths of a weight's bar in the style sheet


@dataclass(frozen=True, slots=True)
class Chip:
    """A code; ``step`` of 1 to 10 is the length of its weight's bar.

    ``off`` is the search without it, where it is a code of a search.
    """

    label: str
    percent: str
    step: int
    url: str
    pinned: bool = False
    off: str | None = None


@dataclass(frozen=True, slots=True)
class Switched:
    """A code that a search does without; ``on`` is the search with it again."""

    label: str
    on: str


def chips(
    codes: Sequence[WeightedCode], *, heaviest: float, request: SearchRequest | None = None
) -> tuple[Chip, ...]:
    """Return the codes as chips; the bar of a code that weighs ``heaviest`` is full.

    :param request: the search that they can be switched off in.
    """
    return tuple(
        Chip(
            label=code.label,
            percent=f"{code.weight * 100:.0f}",
            step=max(1, round(_STEPS * code.weight / heaviest)),
            url=links.code_url(code.label),
            pinned=code.pinned,
            off=links.code_off_url(request, code.label) if request else None,
        )
        for code in codes
        if code.weight > 0
    )


def switched_off(request: SearchRequest) -> tuple[Switched, ...]:
    """Return the codes that ``request`` does without."""
    return tuple(
        Switched(code, links.code_off_url(request, code)) for code in request.excluded_codes
    )

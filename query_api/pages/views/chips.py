"""Codes as chips: a label, a weight, the code's page, and a link that excludes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.records import WeightedCode
from gram_es.retrieval.request import SearchRequest
from query_api.pages import urls

_STEPS: Final = 10  # lengths of a weight's bar in the style sheet


@dataclass(frozen=True, slots=True)
class Chip:
    """A code; ``step`` of 1 to 10 is the length of its weight's bar.

    ``exclude`` is the search without it, where it is a code of a search.
    """

    label: str
    percent: str
    step: int
    url: str
    pinned: bool = False
    exclude: str | None = None


@dataclass(frozen=True, slots=True)
class ExcludedCode:
    """A code that a search excludes; ``include`` is the search with it again."""

    label: str
    include: str


def chips(
    codes: Sequence[WeightedCode], *, heaviest: float, request: SearchRequest | None = None
) -> tuple[Chip, ...]:
    """Return the codes as chips; the bar of a code that weighs ``heaviest`` is full.

    :param request: the search that they can be excluded from.
    """
    return tuple(
        Chip(
            label=code.label,
            percent=f"{code.weight * 100:.0f}",
            step=max(1, round(_STEPS * code.weight / heaviest)),
            url=urls.code_url(code.label),
            pinned=code.pinned,
            exclude=urls.exclude_code_url(request, code.label) if request else None,
        )
        for code in codes
        if code.weight > 0
    )


def excluded_codes(request: SearchRequest) -> tuple[ExcludedCode, ...]:
    """Return the codes that ``request`` excludes."""
    return tuple(
        ExcludedCode(code, urls.exclude_code_url(request, code)) for code in request.excluded_codes
    )

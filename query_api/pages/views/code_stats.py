"""What the page about all codes shows, computed before the template renders it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gram_es.inspection.health import CodeHealth, Drift, SlotHealth
from query_api import wording
from query_api.pages import urls

TOO_MANY: Final = 0.1  # of the catalogue: a code that distinguishes little
_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot in figures."""

    slot: SlotHealth
    coded: str
    without: str
    waiting: str


@dataclass(frozen=True, slots=True)
class Bin:
    """Codes with about as many products; ``share`` is of the fullest bin, in percent."""

    products: str
    codes: str
    percent: str
    share: float


@dataclass(frozen=True, slots=True)
class CountedCode:
    """A code with the products that carry it; ``share`` is of the heaviest code, in percent."""

    label: str
    page: str
    products: str
    percent: str
    share: float


@dataclass(frozen=True, slots=True)
class DriftRow:
    """Two slots beside each other."""

    drift: Drift
    differing: str
    overlap: str


@dataclass(frozen=True, slots=True)
class HealthView:
    """The whole page."""

    health: CodeHealth
    slots: tuple[SlotRow, ...]
    bare: tuple[tuple[str, str], ...]
    bins: tuple[Bin, ...]
    heaviest: tuple[CountedCode, ...]
    too_many: int
    once: int
    once_percent: str
    some_once: tuple[tuple[str, str], ...]
    drifts: tuple[DriftRow, ...]


def health_view(health: CodeHealth) -> HealthView:
    """Return what the page of ``health`` shows."""
    postings = health.postings
    once = [label for label, count in postings.items() if count == 1]
    return HealthView(
        health=health,
        slots=tuple(_slot(slot, health.products) for slot in health.slots),
        bare=tuple((one.title, urls.product_url(one.id)) for one in health.bare),
        bins=_bins(postings),
        heaviest=_heaviest(postings, health.products),
        too_many=sum(count > TOO_MANY * health.products for count in postings.values()),
        once=len(once),
        once_percent=wording.percent(len(once), len(postings)),
        some_once=tuple((label, urls.code_url(label)) for label in once[:_LISTED]),
        drifts=tuple(_drift(drift) for drift in health.drifts),
    )


def _slot(slot: SlotHealth, products: int) -> SlotRow:
    return SlotRow(
        slot=slot,
        coded=wording.percent(slot.coded, products),
        without=f"{slot.enriched - slot.coded:,}",
        waiting=f"{products - slot.enriched:,}",
    )


def _bins(postings: Mapping[str, int]) -> tuple[Bin, ...]:
    """Return how many codes have 1, 2 to 3, 4 to 7, ... products."""
    counted = Counter(count.bit_length() for count in postings.values())
    fullest = max(counted.values(), default=1)
    return tuple(
        Bin(
            products=_range(2 ** (bits - 1), 2**bits - 1),
            codes=f"{counted[bits]:,}",
            percent=wording.percent(counted[bits], len(postings)),
            share=100 * counted[bits] / fullest,
        )
        for bits in range(1, max(counted, default=0) + 1)
    )


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _heaviest(postings: Mapping[str, int], products: int) -> tuple[CountedCode, ...]:
    ordered = sorted(postings.items(), key=lambda pair: (-pair[1], pair[0]))[:_LISTED]
    return tuple(
        CountedCode(
            label=label,
            page=urls.code_url(label),
            products=f"{count:,}",
            percent=wording.percent(count, products),
            share=100 * count / ordered[0][1],
        )
        for label, count in ordered
    )


def _drift(drift: Drift) -> DriftRow:
    return DriftRow(
        drift=drift,
        differing=wording.percent(drift.differing, drift.sampled),
        overlap=f"{100 * drift.overlap:.0f} %",
    )

"""The view of the page on all codes: coverage, products per code, drift between models.

A slot is the part of the index that stores the codes of one model (:mod:`gram_es.index.slots`).
Searches use the codes of the live slot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gram_es.inspection.code_stats import CodeStats, Drift, SlotStats
from query_api import wording
from query_api.pages import urls
from query_api.pages.views.code import CodeCount

_TOO_FREQUENT: Final = 0.1  # of all products; a code on more of them is of little use
_MAX_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class SlotRow:
    """The coverage of a slot.

    ``with_codes`` is the share of products that have codes in the slot. The slot's model assigned
    no code to ``without_codes`` products, and has not processed ``not_enriched`` products yet. If
    a count is 0, it is given as ``None``.
    """

    slot: SlotStats
    with_codes: str
    without_codes: str | None
    not_enriched: str | None


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of the histogram of products per code.

    ``products`` is the range of the bin. ``codes`` is the number of codes in the bin, and
    ``percent`` is their share of all codes. ``bar_percent`` is the length of the bin's bar, from 0
    to 100.
    """

    products: str
    codes: str
    percent: str
    bar_percent: float


@dataclass(frozen=True, slots=True)
class DriftRow:
    """The differences between the codes of the live slot and those of another slot.

    ``differing`` is the share of products whose codes differ. ``overlap`` compares the codes that a
    product has in the two slots: it is the mean share of these codes that are in both slots.
    """

    drift: Drift
    differing: str
    overlap: str


@dataclass(frozen=True, slots=True)
class CodeStatsView:
    """The contents of the page on all codes.

    ``products_without_codes`` are a few products without codes, each with its title and URL.
    ``too_frequent`` is the number of codes that occur in more than a tenth of all products.
    ``single`` is the number of codes that occur in only one product, and ``single_percent`` is
    their share of all codes. ``single_examples`` are a few such codes, each with its URL.
    """

    stats: CodeStats
    slots: tuple[SlotRow, ...]
    products_without_codes: tuple[tuple[str, str], ...]
    bins: tuple[Bin, ...]
    most_frequent: tuple[CodeCount, ...]
    too_frequent: int
    single: int
    single_percent: str
    single_examples: tuple[tuple[str, str], ...]
    drifts: tuple[DriftRow, ...]


def code_stats_view(stats: CodeStats) -> CodeStatsView:
    """Return the contents of the page for ``stats``."""
    postings = stats.postings
    limit = _TOO_FREQUENT * stats.products
    single = [label for label, count in postings.items() if count == 1]
    return CodeStatsView(
        stats=stats,
        slots=tuple(_slot_row(slot, stats.products) for slot in stats.slots),
        products_without_codes=tuple(
            (product.title, urls.product_url(product.id))
            for product in stats.products_without_codes
        ),
        bins=_bins(postings),
        most_frequent=_most_frequent(postings, stats.products),
        too_frequent=sum(count > limit for count in postings.values()),
        single=len(single),
        single_percent=wording.percent(len(single), len(postings)),
        single_examples=tuple((label, urls.code_url(label)) for label in single[:_MAX_LISTED]),
        drifts=tuple(_drift_row(drift) for drift in stats.drifts),
    )


def _slot_row(slot: SlotStats, products: int) -> SlotRow:
    without_codes, not_enriched = slot.enriched - slot.coded, products - slot.enriched
    return SlotRow(
        slot=slot,
        with_codes=wording.percent(slot.coded, products),
        without_codes=wording.products(without_codes) if without_codes else None,
        not_enriched=wording.products(not_enriched) if not_enriched else None,
    )


def _bins(postings: Mapping[str, int]) -> tuple[Bin, ...]:
    """Return how many codes have 1, 2 to 3, 4 to 7, ... products."""
    codes_by_bits = Counter(count.bit_length() for count in postings.values())
    largest = max(codes_by_bits.values(), default=1)
    return tuple(
        Bin(
            products=_range(2 ** (bits - 1), 2**bits - 1),
            codes=f"{codes_by_bits[bits]:,}",
            percent=wording.percent(codes_by_bits[bits], len(postings)),
            bar_percent=100 * codes_by_bits[bits] / largest,
        )
        for bits in range(1, max(codes_by_bits, default=0) + 1)
    )


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _most_frequent(postings: Mapping[str, int], products: int) -> tuple[CodeCount, ...]:
    counts = sorted(postings.items(), key=lambda pair: (-pair[1], pair[0]))[:_MAX_LISTED]
    return tuple(
        CodeCount(
            label=label,
            code_url=urls.code_url(label),
            products=f"{count:,}",
            percent=wording.percent(count, products),
            bar_percent=100 * count / counts[0][1],
        )
        for label, count in counts
    )


def _drift_row(drift: Drift) -> DriftRow:
    return DriftRow(
        drift=drift,
        differing=wording.percent(drift.differing, drift.sampled),
        overlap=f"{100 * drift.overlap:.0f} %",
    )

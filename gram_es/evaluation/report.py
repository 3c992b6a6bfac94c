"""The table of an evaluation, for people and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gram_es.evaluation.bootstrap import Difference

MEASURES = ("R@10", "R@100", "R@500", "nDCG@10", "MRR@10")


@dataclass(frozen=True, slots=True)
class Row:
    """One system: mean measures, wall time a query by stage (``{stage: {p50, p95}}``, ms).

    ``took_ms`` is empty where no time was taken. ``by_class`` is the mean nDCG@10 of each class of
    queries, where classes were given. ``against_bm25`` is by measure.
    """

    system: str
    measures: dict[str, float]
    took_ms: dict[str, dict[str, float]]
    by_class: dict[str, float]
    against_bm25: dict[str, Difference]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What ``system`` gains over ``other``, by measure."""

    system: str
    other: str
    differences: dict[str, Difference]


@dataclass(frozen=True, slots=True)
class Report:
    """An evaluation: what was measured on what.

    ``judgments_left_out`` name products that the feed does not have.
    ``new_word_share`` is the share of product codes with a word that the product's own text lacks.
    ``comparisons`` are of one system with others, for people.
    """

    products: int
    queries: int
    judgments_left_out: int
    codes_a_product: float
    new_word_share: float
    enriched_per_s: float
    model: str
    rows: Sequence[Row]
    comparisons: Sequence[Comparison]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for ``json.dumps``, without the comparisons."""
        values = asdict(self)
        del values["comparisons"]
        return values

    def to_text(self) -> str:
        """Return the table with its headline, then the differences with their intervals."""
        head = (
            f"{self.products:,} products, {self.queries:,} queries, model {self.model[:12]}; "
            f"{self.codes_a_product:.1f} codes a product, {self.new_word_share:.0%} of them with "
            f"a word that its text lacks; {self.enriched_per_s:.0f} products/s enriched"
        )
        if self.judgments_left_out:
            head += (
                f"; {self.judgments_left_out:,} judgments left out, the feed lacks their products"
            )
        columns = "".join(f"{name:>9}" for name in MEASURES)
        lines = [f"{'system':<20}{columns}{'p50 ms':>9}{'p95 ms':>9}"]
        for row in self.rows:
            figures = "".join(f"{row.measures[name]:>9.3f}" for name in MEASURES)
            lines.append(f"{row.system:<20}{figures}{_times(row)}")
        return "\n".join([head, "", *lines, *self._differences(), *self._classes()])

    def _differences(self) -> list[str]:
        """Return two lines a comparison: the differences, and their intervals beneath."""
        if not self.comparisons:
            return []
        columns = "".join(f"{name:>16}" for name in MEASURES)
        lines = ["", f"{self.comparisons[0].system:<20}{columns}"]
        for comparison in self.comparisons:
            found = [comparison.differences[name] for name in MEASURES]
            gains = "".join(f"{_signed(d.difference):>16}" for d in found)
            intervals = "".join(f"{f'[{_signed(d.low)}, {_signed(d.high)}]':>16}" for d in found)
            lines += [f"{f'against {comparison.other}':<20}{gains}", f"{'':<20}{intervals}"]
        return [*lines, "in brackets: 95 % intervals, paired bootstrap over queries"]

    def _classes(self) -> list[str]:
        names = list(self.rows[0].by_class)
        if not names:
            return []
        width = max(12, *(len(name) + 2 for name in names))
        lines = ["", f"{'nDCG@10 by class':<20}" + "".join(f"{name:>{width}}" for name in names)]
        for row in self.rows:
            figures = "".join(f"{row.by_class[name]:>{width}.3f}" for name in names)
            lines.append(f"{row.system:<20}{figures}")
        return lines


def _times(row: Row) -> str:
    total = row.took_ms.get("total")
    return f"{total['p50']:>9.1f}{total['p95']:>9.1f}" if total else f"{'-':>9}{'-':>9}"


def _signed(value: float) -> str:
    """Return ``value`` as +.063 or -.063."""
    return f"{value:+z.3f}".replace("0.", ".", 1)

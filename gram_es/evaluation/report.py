"""The report of an evaluation, as a text table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from gram_es.evaluation.bootstrap import Difference
from gram_es.evaluation.truth import TruthMeasures

MEASURES = ("R@10", "R@100", "R@500", "nDCG@10", "MRR@10")

_NAME_WIDTH = 20  # characters; a longer name of an ablation makes its column wider


@dataclass(frozen=True, slots=True)
class SystemRow:
    """The measures and times of one system.

    ``measures`` are means over queries. ``took_ms`` contains, by stage, the percentiles ``p50``
    and ``p95`` of a query's wall time in ms; it is empty if no time was measured. ``by_class`` is
    the mean nDCG@10 of each class of queries; it is empty if no classes were given.
    ``against_bm25`` contains, by measure, the difference from plain BM25.
    """

    system: str
    measures: dict[str, float]
    took_ms: dict[str, dict[str, float]]
    by_class: dict[str, float]
    against_bm25: dict[str, Difference]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences ``system - other`` of two systems, by measure."""

    system: str
    other: str
    differences: dict[str, Difference]


@dataclass(frozen=True, slots=True)
class Report:
    """The result of an evaluation.

    ``judgments_left_out`` counts judgments of products that the feed does not contain.
    ``new_word_share`` is the share of product codes with a word that the product's own text does
    not contain. ``code_precision`` is the result of
    :func:`~gram_es.evaluation.code_precision.code_precision`. ``truth`` counts false codes among
    the inferred codes of a sample of products. ``comparisons`` compare one system with the others;
    they are in :meth:`to_text` only. ``absent`` gives, by its name, why a peer was not measured.
    """

    products: int
    queries: int
    judgments_left_out: int
    codes_per_product: float
    new_word_share: float
    code_precision: float
    truth: TruthMeasures
    enriched_per_s: float
    model: str
    rows: Sequence[SystemRow]
    comparisons: Sequence[Comparison]
    absent: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return values for ``json.dumps``, without the comparisons."""
        values = asdict(self)
        del values["comparisons"]
        return values

    def to_text(self) -> str:
        """Return a summary, the table of systems, and the differences with their intervals."""
        summary = (
            f"{self.products:,} products, {self.queries:,} queries, model {self.model[:12]}; "
            f"{self.codes_per_product:.1f} codes per product, {self.new_word_share:.0%} of them "
            "with a word that the product's text lacks; "
            f"{self.enriched_per_s:.0f} products/s enriched"
        )
        if self.judgments_left_out:
            summary += (
                f"; {self.judgments_left_out:,} judgments left out, because the feed lacks their "
                "products"
            )
        columns = "".join(f"{name:>9}" for name in MEASURES)
        lines = [f"{self._name('system')}{columns}{'p50 ms':>9}{'p95 ms':>9}"]
        for row in self.rows:
            figures = "".join(f"{row.measures[name]:>9.3f}" for name in MEASURES)
            lines.append(f"{self._name(row.system)}{figures}{_times(row)}")
        lines += [f"{self._name(f'{system}  ')}{reason}" for system, reason in self.absent.items()]
        return "\n".join(
            [summary, self._codes(), "", *lines, *self._differences(), *self._classes()]
        )

    def _codes(self) -> str:
        """Return a sentence about the truth of product codes and the aim of query codes."""
        truth = self.truth
        return (
            f"of {truth.inferred:,} inferred codes, {truth.false_share:.1%} are false and "
            f"{truth.foreign_share:.1%} name another brand; {truth.removed_share:.1%} of the true "
            f"ones are left out; of the products that the codes of a query reach, "
            f"{self.code_precision:.0%} are relevant"
        )

    def _differences(self) -> list[str]:
        """Return a heading and, for each comparison, a line of differences and one of intervals."""
        if not self.comparisons:
            return []
        columns = "".join(f"{name:>16}" for name in MEASURES)
        lines = ["", f"{self._name('difference from')}{columns}"]
        for comparison in self.comparisons:
            differences = [comparison.differences[name] for name in MEASURES]
            means = "".join(f"{_signed(d.difference):>16}" for d in differences)
            intervals = (f"[{_signed(d.low)}, {_signed(d.high)}]" for d in differences)
            lines.append(f"{self._name(comparison.other)}{means}")
            lines.append(self._name("") + "".join(f"{interval:>16}" for interval in intervals))
        footnote = (
            f"{self.comparisons[0].system} less the other system; in brackets: 95 % intervals, "
            "paired bootstrap over queries"
        )
        return [*lines, footnote]

    def _classes(self) -> list[str]:
        names = list(self.rows[0].by_class)
        if not names:
            return []
        width = max(12, *(len(name) + 2 for name in names))
        lines = ["", self._name("nDCG@10 by class") + "".join(f"{n:>{width}}" for n in names)]
        for row in self.rows:
            figures = "".join(f"{row.by_class[name]:>{width}.3f}" for name in names)
            lines.append(f"{self._name(row.system)}{figures}")
        return lines

    def _name(self, name: str) -> str:
        """Return ``name``, padded to the width of the first column of all tables."""
        longest = max(len(row.system) for row in self.rows)
        return f"{name:<{max(_NAME_WIDTH, longest)}}"


def _times(row: SystemRow) -> str:
    total = row.took_ms.get("total")
    return f"{total['p50']:>9.1f}{total['p95']:>9.1f}" if total else f"{'-':>9}{'-':>9}"


def _signed(value: float) -> str:
    """Return ``value`` with its sign and three decimals, for example +.063 or -.063."""
    return f"{value:+z.3f}".replace("0.", ".", 1)

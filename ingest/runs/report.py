"""What is told of a run: one line, the rows that are not in the index, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gram_es.index.names import LEDGER
from ingest.runs.outcomes import Fate
from ingest.runs.run_store import DONE, Run, Runs, Totals

SHOWN_ROWS = 20


@dataclass(frozen=True)
class Report:
    """A run, its sums, and the first rows of it that are not in the index."""

    run: Run
    totals: Totals
    refused: tuple[Mapping[str, Any], ...]
    failed: tuple[Mapping[str, Any], ...]
    undeleted: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, runs: Runs, run: Run) -> Report:
        """Read what there is to tell of a run now."""
        totals = runs.totals(run.number)
        return cls(
            run=run,
            totals=totals,
            refused=tuple(runs.rows_not_indexed(run.number, Fate.REFUSED, SHOWN_ROWS)),
            failed=tuple(runs.rows_not_indexed(run.number, Fate.FAILED, SHOWN_ROWS)),
            undeleted=tuple(runs.rows_not_indexed(run.number, Fate.UNDELETED, SHOWN_ROWS)),
        )

    @property
    def is_clean(self) -> bool:
        """The file was whole, no row failed, no delete was held; rows may have been refused."""
        counts = self.totals.counts
        return self.run.fault is None and not (self.run.held or counts.failed or counts.undeleted)

    @property
    def state(self) -> str:
        """How far the run is, and what was wrong with its feed."""
        if self.run.fault:
            return f"{self.run.state}, broken feed"
        return f"{self.run.state}, deletes held" if self.run.held else self.run.state

    @property
    def seconds(self) -> float:
        """From the run's start to the end of its last batch so far."""
        end = self.totals.last_finished_at or datetime.now(UTC)
        return max((end - self.run.started_at).total_seconds(), 0.001)

    def line(self) -> str:
        """Return the closing line, or how far the run is."""
        counts = self.totals.counts
        line = f"run {self.run.number}: {counts}"
        if self.run.state != DONE:
            more = "" if self.run.batches else " or more"
            under_way = max(self.run.batches - self.totals.batches_done, 0)
            return f"{line} so far; {under_way}{more} batches are under way"
        speed = counts.rows / self.seconds
        return f"{line} in {self.seconds:,.1f} s ({speed:,.0f} products/s)"

    def complaints(self) -> Iterator[str]:
        """Yield a line for the broken file and for each row that is not in the index."""
        if self.run.fault:
            yield self.run.fault
        if self.run.held:
            yield self._held()
        for fate, rows in self._left().items():
            yield from (f"{fate}: {_place(row)}: {row['reason']}" for row in rows)
            more = getattr(self.totals.counts, fate) - len(rows)
            if more > 0:
                noun = "products" if fate is Fate.UNDELETED else "rows"
                where = f"run:{self.run.number} and counts.{fate} > 0"
                yield f"{fate}: {more:,} more {noun}; all are kept in {LEDGER} ({where})"
        if self.totals.counts.failed:
            again = f"gram-es ingest replay {self.run.number}"
            yield f"once what ailed the failed rows is mended, feed them again with {again}"

    def _left(self) -> dict[Fate, tuple[Mapping[str, Any], ...]]:
        return {
            Fate.REFUSED: self.refused,
            Fate.FAILED: self.failed,
            Fate.UNDELETED: self.undeleted,
        }

    def _held(self) -> str:
        run = self.run
        return (
            f"nothing was deleted: the feed no longer lists {run.held:,} of the {run.stocked:,}"
            f" products of {run.source}, a larger share than GRAM_ES_MOST_DELETED allows; if that"
            " is right, let it through with gram-es ingest run FEED --allow-deletes"
        )

    def to_json(self) -> dict[str, Any]:
        """Return all of it; times are ISO 8601."""
        run = self.run
        return {
            "run": run.number,
            "source": run.source,
            "state": run.state,
            "model": run.model,
            "started_at": run.started_at.isoformat(),
            "seconds": round(self.seconds, 3),
            "products_per_s": round(self.totals.counts.rows / self.seconds, 1),
            "batches": run.batches,
            "batches_done": self.totals.batches_done,
            **self.totals.counts.to_json(),
            "partial": run.partial,
            "held": run.held,
            "fault": run.fault,
            "refused_rows": list(self.refused),
            "failed_rows": list(self.failed),
            "undeleted_products": list(self.undeleted),
        }


def _place(row: Mapping[str, Any]) -> str:
    """Say where a row stands and whose it is, as far as either is known."""
    product = f"id {row['product']['id']}" if "product" in row else ""
    if "row" not in row:
        return product
    return f"row {row['row']}, line {row['line']}{f' ({product})' if product else ''}"

"""The report of a run: a summary line, the rows that are not in the index, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gram_es.index.names import LEDGER
from ingest.runs.outcomes import Outcome
from ingest.runs.run_store import DONE, Run, RunStore, RunTotals

SHOWN_ROWS = 20
_SHOWN_RUNS = 3


@dataclass(frozen=True)
class RunReport:
    """A run, its totals, and the first rows and products that have a problem.

    ``unknown_runs`` are the runs that superseded rows of this run, although the ledger does not
    contain them.
    """

    run: Run
    totals: RunTotals
    rejected: tuple[Mapping[str, Any], ...]
    failed: tuple[Mapping[str, Any], ...]
    delete_failed: tuple[Mapping[str, Any], ...]
    unknown_runs: tuple[int, ...] = ()

    @classmethod
    def of(cls, runs: RunStore, run: Run) -> RunReport:
        """Read the report of a run from the ledger."""

        def first(outcome: Outcome) -> tuple[Mapping[str, Any], ...]:
            return tuple(runs.rows_not_indexed(run.number, outcome, SHOWN_ROWS))

        totals = runs.totals(run.number)
        is_superseded = totals.counts.superseded > 0
        return cls(
            run=run,
            totals=totals,
            rejected=first(Outcome.REJECTED),
            failed=first(Outcome.FAILED),
            delete_failed=first(Outcome.DELETE_FAILED),
            unknown_runs=runs.unknown_newer_runs(run.number) if is_superseded else (),
        )

    @property
    def is_clean(self) -> bool:
        """Whether the whole feed was read, no row or delete failed, and no delete was withheld.

        A run with rejected rows can be clean. A run is not clean if the ledger lacks some of its
        batches, or a run that superseded its rows.
        """
        counts = self.totals.counts
        return self.run.fault is None and not (
            self.run.withheld_deletes
            or counts.failed
            or counts.delete_failed
            or self.missing_batches
            or self.unknown_runs
        )

    @property
    def missing_batches(self) -> int:
        """The number of batches of the run that the ledger does not contain."""
        return max(self.run.batches - self.totals.batches_stored, 0)

    @property
    def state(self) -> str:
        """The state of the run, and what is wrong with the run as a whole."""
        if self.run.fault:
            return f"{self.run.state}, broken feed"
        if self.missing_batches:
            return f"{self.run.state}, batches missing"
        if self.unknown_runs:
            return f"{self.run.state}, superseded by unknown runs"
        if self.run.withheld_deletes:
            return f"{self.run.state}, deletes withheld"
        return self.run.state

    @property
    def seconds(self) -> float:
        """The seconds from the start to the end of the last finished batch; without one, to now."""
        end = self.totals.last_finished_at or datetime.now(UTC)
        return max((end - self.run.started_at).total_seconds(), 0.001)

    def summary_line(self) -> str:
        """Return a line with the counts and the speed.

        If the run is not done, the line contains the number of open batches instead of the speed.
        """
        counts = self.totals.counts
        line = f"run {self.run.number}: {counts}"
        if self.run.state != DONE:
            or_more = "" if self.run.batches else " or more"
            open_batches = max(self.run.batches - self.totals.batches_done, 0)
            return f"{line} so far; {open_batches}{or_more} batches are open"
        speed = counts.rows / self.seconds
        return f"{line} in {self.seconds:,.1f} s ({speed:,.0f} products/s)"

    def problem_lines(self) -> Iterator[str]:
        """Yield a line for each problem of the whole run, and for each row with a problem."""
        if self.run.fault:
            yield self.run.fault
        if self.missing_batches:
            yield self._missing_message()
        if self.unknown_runs:
            yield self._unknown_message()
        if self.run.withheld_deletes:
            yield self._withheld_message()
        for outcome, rows in self._rows_by_outcome().items():
            yield from (f"{outcome}: {_place(row)}: {row['reason']}" for row in rows)
            more = getattr(self.totals.counts, outcome) - len(rows)
            if more > 0:
                noun = "products" if outcome is Outcome.DELETE_FAILED else "rows"
                query = f"run:{self.run.number} and counts.{outcome} > 0"
                yield f"{outcome}: {more:,} more {noun}; all are stored in {LEDGER} ({query})"
        if self.totals.counts.failed:
            command = f"gram-es ingest replay {self.run.number}"
            yield f"after fixing the cause, replay the failed rows with {command}"

    def _rows_by_outcome(self) -> dict[Outcome, tuple[Mapping[str, Any], ...]]:
        return {
            Outcome.REJECTED: self.rejected,
            Outcome.FAILED: self.failed,
            Outcome.DELETE_FAILED: self.delete_failed,
        }

    def _withheld_message(self) -> str:
        run = self.run
        return (
            f"nothing was deleted: the feed no longer lists {run.withheld_deletes:,} of the"
            f" {run.products_before:,} products of {run.source}, a larger share than"
            " GRAM_ES_MOST_DELETED allows; if these products are to be deleted, run"
            " gram-es ingest FEED --allow-deletes"
        )

    def _missing_message(self) -> str:
        return (
            f"{self.missing_batches:,} of {self.run.batches:,} batches of run {self.run.number} are"
            f" missing in {LEDGER}: it was deleted or restored; ingest the same feed again, which"
            " resumes the run and reads the missing rows again"
        )

    def _unknown_message(self) -> str:
        noun = "run" if len(self.unknown_runs) == 1 else "runs"
        return (
            f"{self.totals.counts.superseded:,} rows were superseded by {noun}"
            f" {_shortened(self.unknown_runs)}, which {LEDGER} does not contain: the ledger was"
            " lost, or the products were restored from a snapshot; ingest the feed again, and its"
            " run gets a greater number"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON object; times are ISO 8601."""
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
            "withheld_deletes": run.withheld_deletes,
            "fault": run.fault,
            "missing_batches": self.missing_batches,
            "unknown_runs": list(self.unknown_runs),
            "rejected_rows": list(self.rejected),
            "failed_rows": list(self.failed),
            "delete_failed_products": list(self.delete_failed),
        }


def _shortened(runs: Sequence[int]) -> str:
    more = f" and {len(runs) - _SHOWN_RUNS} more" if len(runs) > _SHOWN_RUNS else ""
    return f"{', '.join(map(str, runs[:_SHOWN_RUNS]))}{more}"


def _place(row: Mapping[str, Any]) -> str:
    """Return the row's number, line and product id as text; omit what the ledger does not have."""
    product = f"id {row['product']['id']}" if "product" in row else ""
    if "row" not in row:
        return product
    return f"row {row['row']}, line {row['line']}{f' ({product})' if product else ''}"

"""The status of runs: follow one until it is done, or show the last ones in a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ingest.progress_bar import ProgressBar
from ingest.runs.ledger_errors import LostLedgerError
from ingest.runs.report import RunReport
from ingest.runs.run_store import DONE, READING, Run, RunStore

_POLL_S = 1.0
_TEXT_COLUMNS = ("source", "state")
_OUTCOME_COLUMNS = (
    *("created", "updated", "unchanged", "superseded"),
    *("rejected", "failed", "deleted"),
)
_COLUMNS = ("run", *_TEXT_COLUMNS, "rows", *_OUTCOME_COLUMNS, "seconds")


def follow_run(
    runs: RunStore, run: Run, bar: ProgressBar, *, pause: Callable[[float], None] = time.sleep
) -> Run:
    """Show the progress of a run on a bar until it is done, and return it.

    :raises ClusterUnavailableError: if Elasticsearch does not answer.
    :raises LostLedgerError: if the ledger lacks batches of the run.
    """
    shown = 0
    while True:
        run = runs.close_if_done(runs.find(run.number) or run)
        totals = runs.totals(run.number)
        rows = totals.counts.rows
        if run.state != READING and totals.batches_stored < run.batches:
            raise LostLedgerError(
                f"the ledger has {totals.batches_stored} of {run.batches} batches of run"
                f" {run.number}: it was deleted or restored; ingest the same feed again, which"
                " resumes the run"
            )
        if run.rows:
            bar.rows_expected(run.rows)
        bar.rows_done(rows - shown)
        if run.state == DONE:
            return run
        shown = rows
        pause(_POLL_S)


def run_table(reports: Sequence[RunReport]) -> list[str]:
    """Return a header and a line per run, in aligned columns; numbers are aligned right."""
    lines = [_COLUMNS, *map(_cells, reports)]
    columns = [_aligned(column) for column in zip(*lines, strict=True)]
    return ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]


def _cells(report: RunReport) -> tuple[str, ...]:
    run, counts = report.run, report.totals.counts
    updated = counts.updated + counts.reused_codes
    numbers = (counts.rows, counts.created, updated, counts.unchanged, counts.superseded)
    others = (counts.rejected, counts.failed, counts.deleted)
    cells = [f"{number:,}" for number in (*numbers, *others)]
    return (str(run.number), run.source, report.state, *cells, f"{report.seconds:,.1f}")


def _aligned(column: Sequence[str]) -> list[str]:
    is_text, width = column[0] in _TEXT_COLUMNS, max(map(len, column))
    return [cell.ljust(width) if is_text else cell.rjust(width) for cell in column]

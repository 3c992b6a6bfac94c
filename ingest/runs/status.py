"""Watching runs: one until it is done, or the last ones side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ingest.progress_bar import ProgressBar
from ingest.runs.report import Report
from ingest.runs.run_store import DONE, Run, Runs

_LOOK_S = 1.0
_FATES = ("new", "changed", "unchanged", "superseded", "refused", "failed", "deleted")
_TEXTS = ("source", "state")
_COLUMNS = ("run", *_TEXTS, "rows", *_FATES, "seconds")


def watch(
    runs: Runs, run: Run, bar: ProgressBar, *, pause: Callable[[float], None] = time.sleep
) -> Run:
    """Show how a run goes on until it is done, and return it.

    :raises ClusterUnavailableError: if Elasticsearch stays away.
    """
    shown = 0
    while True:
        run = runs.closed(runs.find(run.number) or run)
        rows = runs.totals(run.number).counts.rows
        if run.rows:
            bar.rows_expected(run.rows)
        bar.rows_done(rows - shown)
        if run.state == DONE:
            return run
        shown = rows
        pause(_LOOK_S)


def table(reports: Sequence[Report]) -> list[str]:
    """Return a line a run under a line of names, in columns; numbers stand to the right."""
    lines = [_COLUMNS, *map(_cells, reports)]
    columns = [_aligned(column) for column in zip(*lines, strict=True)]
    return ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]


def _cells(report: Report) -> tuple[str, ...]:
    run, counts = report.run, report.totals.counts
    changed = counts.changed + counts.reused
    numbers = (counts.rows, counts.new, changed, counts.unchanged, counts.superseded)
    others = (counts.refused, counts.failed, counts.deleted)
    written = [f"{number:,}" for number in (*numbers, *others)]
    return (str(run.number), run.source, report.state, *written, f"{report.seconds:,.1f}")


def _aligned(column: Sequence[str]) -> list[str]:
    width = max(map(len, column))
    return [cell.ljust(width) if column[0] in _TEXTS else cell.rjust(width) for cell in column]

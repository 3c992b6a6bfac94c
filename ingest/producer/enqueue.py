"""The producer: cuts a feed into batches and queues them, never far ahead of the workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from gram_es.errors import ClusterUnavailableError
from ingest.feeds import FileFault, RefusedRow, Row
from ingest.runs.batch import Batch, cut
from ingest.runs.batch_store import DONE, Ledger
from ingest.runs.resend import Follower, Watcher
from ingest.runs.run_store import READ, Run
from ingest.worker.pipeline import Origin

_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


def produce(
    feed: Iterable[Row | RefusedRow | FileFault],
    run: Run,
    *,
    ledger: Ledger,
    follower: Follower,
    watcher: Watcher,
    batches_ahead: int,
    pause: Callable[[float], None] = time.sleep,
) -> Run:
    """Write the batches of a feed to the ledger, queue them, and return the run as read.

    A batch that stands in the ledger already, from before a crash, is not written again.

    :raises ClusterUnavailableError: if Elasticsearch stays away for a minute.
    """
    rows = batches = 0
    faults: list[str] = []
    for piece in cut(feed, run.batch_size):
        if isinstance(piece, FileFault):
            faults.append(str(piece))
            continue
        state = _add_patiently(ledger, run, piece, pause)
        rows, batches = rows + piece.size, batches + 1
        watcher.rows_read(rows)
        if state == DONE:
            watcher.rows_done(piece.size)
        else:
            follower.add(piece.number, piece.size)
            follower.wait(at_most=batches_ahead - 1)
    return replace(run, state=READ, rows=rows, batches=batches, fault="; ".join(faults) or None)


def _add_patiently(ledger: Ledger, run: Run, batch: Batch, pause: Callable[[float], None]) -> str:
    origin = Origin(run.source, run.number, run.overlaps)
    for seconds in _PAUSES_S:
        try:
            return ledger.add(origin, batch)
        except ClusterUnavailableError:
            pause(seconds)
    return ledger.add(origin, batch)

"""Enqueue a feed: split it into batches and send them, never far ahead of the workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from gram_es.errors import ClusterUnavailableError
from ingest.feeds import FileFault, RejectedRow, Row
from ingest.runs.batch import Batch, split_into_batches
from ingest.runs.batch_document import DONE, StoredBatch
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import Origin
from ingest.runs.resend import ProgressListener, Resender
from ingest.runs.run_store import READ, Run

_RETRY_DELAYS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


def enqueue_feed(
    feed: Iterable[Row | RejectedRow | FileFault],
    run: Run,
    *,
    ledger: BatchStore,
    resender: Resender,
    listener: ProgressListener,
    max_queued_batches: int,
    pause: Callable[[float], None] = time.sleep,
) -> Run:
    """Write the batches of a feed to the ledger, send them, and return the run in state ``read``.

    If the run is resumed, batches that the ledger already contains are not written again.

    :param max_queued_batches: reading the feed pauses while this many batches are not done.
    :raises ClusterUnavailableError: if Elasticsearch does not answer for a minute.
    """
    rows = batches = 0
    faults: list[str] = []
    origin = Origin(run.source, run.number, run.overlaps)
    for item in split_into_batches(feed, run.batch_size):
        if isinstance(item, FileFault):
            faults.append(str(item))
            continue
        for stored in add_batch(ledger, origin, replace(item, number=batches + 1), pause):
            rows, batches = rows + stored.size, batches + 1
            listener.rows_read(rows)
            if stored.state == DONE:
                listener.rows_done(stored.size)
            else:
                resender.add(batches, stored.size)
                resender.wait(at_most=max_queued_batches - 1)
    return replace(run, state=READ, rows=rows, batches=batches, fault="; ".join(faults) or None)


def add_batch(
    ledger: BatchStore,
    origin: Origin,
    batch: Batch,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[StoredBatch]:
    """Write a batch to the ledger, and yield what the ledger has under each number from its own on.

    If the server rejects the batch as too large, its rows become several batches. A run that is
    resumed finds the same ones again.

    :raises ClusterUnavailableError: if Elasticsearch does not answer for a minute.
    """
    while True:
        stored = _add_with_retries(ledger, origin, batch, pause)
        yield stored
        if stored.size == batch.size:
            return
        _, batch = batch.parted(stored.size)


def _add_with_retries(
    ledger: BatchStore, origin: Origin, batch: Batch, pause: Callable[[float], None]
) -> StoredBatch:
    for seconds in _RETRY_DELAYS_S:
        try:
            return ledger.add(origin, batch)
        except ClusterUnavailableError:
            pause(seconds)
    return ledger.add(origin, batch)

"""Follow the batches of a run until they are done, and resend overdue batches.

If a worker is killed, no broker redelivers its message in reasonable time. Sending a batch twice is
harmless: only one worker at a time can lease it. A lease that its worker does not renew is revoked,
judged by the monotonic clock of this process alone: the clocks of the hosts may differ by hours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from gram_es.errors import ClusterUnavailableError
from gram_es.index.names import LEDGER
from ingest.runs.batch_document import DONE, LEASED, BatchState
from ingest.runs.batch_store import BatchStore
from ingest.runs.ledger_errors import LostLedgerError

NO_WORKER_AFTER_S = 30.0
_POLL_S = 0.25
_MAX_POLL_S = 1.0
_OVERTAKEN_GRACE_S = 10.0


class ProgressListener(Protocol):
    """The interface of an object that receives the progress of a run."""

    def rows_read(self, rows: int) -> None:
        """Receive the number of rows read from the feed so far."""

    def rows_done(self, rows: int) -> None:
        """Receive the number of rows that were processed since the last call."""

    def stalled(self, seconds: float) -> None:
        """Receive the time for which no worker has leased a batch."""


@dataclass
class _SentBatch:
    """What this process knows of a sent batch that is not done; times are monotonic seconds."""

    rows: int
    sent_at: float
    send_count: int = 1
    deliveries: int = 0
    lease: BatchState | None = None
    lease_seen_at: float = 0.0


class Resender:
    """Follows the batches of one run, and resends overdue batches.

    :param send: puts the batch with a given number on the queue.
    """

    def __init__(
        self,
        ledger: BatchStore,
        run: int,
        send: Callable[[int], None],
        listener: ProgressListener,
        *,
        lease_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._send = send
        self._listener = listener
        self._lease_s = lease_s
        self._clock = clock
        self._sent: dict[int, _SentBatch] = {}
        self._last_progress_at = clock()
        self._last_warning_after_s = 0.0
        self._latest_leased_sent_at = self._last_poll_at = float("-inf")

    def __len__(self) -> int:
        """Return the number of batches that are not done."""
        return len(self._sent)

    def add(self, number: int, rows: int) -> None:
        """Send a batch and follow it."""
        if not self._sent:
            self._last_progress_at = self._clock()
        self._sent[number] = _SentBatch(rows, self._clock())
        self._send(number)

    def track(self, number: int) -> None:
        """Follow a batch that another process sent."""
        if not self._sent:
            self._last_progress_at = self._clock()
        self._sent.setdefault(number, _SentBatch(0, self._clock()))

    def poll(self) -> None:
        """Read the states of the batches, resend overdue ones, and report to the listener.

        A call within a quarter of a second after the last poll does nothing. If many batches are
        not done, it does nothing within a second: a poll refreshes the ledger. A call while
        Elasticsearch is unavailable does nothing either; the next call tries again.

        :raises LostLedgerError: if the ledger no longer contains some of the batches, which are not
            followed any longer.
        """
        interval_s = min(max(_POLL_S, len(self._sent) / 16), _MAX_POLL_S)
        if not self._sent or self._clock() - self._last_poll_at < interval_s:
            return
        self._last_poll_at = self._clock()
        try:
            states = self._ledger.states(self._run, self._sent)
        except ClusterUnavailableError:
            return
        missing = self._sent.keys() - {state.number for state in states}
        for state in states:
            self._record_state(state)
        for number in missing:
            del self._sent[number]
        for number, sent in self._sent.items():
            if self._is_overdue(sent) and self._has_no_lease(sent):
                sent.send_count += 1
                sent.sent_at = self._clock()
                sent.lease = None
                self._send(number)
        self._report_stall()
        if missing:
            raise LostLedgerError(self._missing_message(missing))

    def _has_no_lease(self, sent: _SentBatch) -> bool:
        """Revoke the lease of an overdue batch; return whether no worker has a lease of it."""
        if sent.lease is None:
            return True
        try:
            return self._ledger.revoke_lease(self._run, sent.lease)
        except ClusterUnavailableError:
            return False

    def _missing_message(self, missing: Collection[int]) -> str:
        return (
            f"{len(missing)} batches of run {self._run} (the first is {min(missing)}) are no longer"
            f" in {LEDGER}: it was deleted or restored during the run; run the same command again"
            " to read their rows again"
        )

    def _record_state(self, state: BatchState) -> None:
        sent = self._sent[state.number]
        if state.deliveries > sent.deliveries or state.state == DONE:
            self._last_progress_at, self._last_warning_after_s = self._clock(), 0.0
            self._latest_leased_sent_at = max(self._latest_leased_sent_at, sent.sent_at)
        sent.deliveries = state.deliveries
        if state.state != LEASED:
            sent.lease = None
        elif sent.lease is None or state.version != sent.lease.version:
            sent.lease, sent.lease_seen_at = state, self._clock()
        if state.state == DONE:
            del self._sent[state.number]
            self._listener.rows_done(sent.rows)

    def _is_overdue(self, sent: _SentBatch) -> bool:
        """Return whether a batch is to be resent.

        A batch is overdue if its lease was not renewed in time, if a worker leased a batch that was
        sent later, or if no worker takes any batch. In the last case the time until the next resend
        doubles each time.
        """
        now = self._clock()
        if sent.lease is not None:
            lease_s = self._lease_s if sent.lease.lease_s is None else sent.lease.lease_s
            return now - sent.lease_seen_at > lease_s + 1
        if sent.sent_at < self._latest_leased_sent_at:
            return now - sent.sent_at > _OVERTAKEN_GRACE_S * sent.send_count
        timeout_s = self._lease_s * float(2 ** (sent.send_count - 1))
        return now - max(sent.sent_at, self._last_progress_at) > timeout_s

    def _report_stall(self) -> None:
        if not self._sent or any(sent.lease is not None for sent in self._sent.values()):
            return
        idle_s = self._clock() - self._last_progress_at
        if idle_s >= max(NO_WORKER_AFTER_S, 2 * self._last_warning_after_s):
            self._last_warning_after_s = idle_s
            self._listener.stalled(idle_s)

    def wait(self, at_most: int = 0) -> None:
        """Poll until at most ``at_most`` batches are not done."""
        self.poll()
        while len(self._sent) > at_most:
            time.sleep(_POLL_S)
            self.poll()

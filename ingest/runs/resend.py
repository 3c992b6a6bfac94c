"""Following the batches of a run to their end.

What stays away is sent again: a message that a killed worker had taken comes back from no broker
in good time. Sending twice does no harm, a batch is worked on once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gram_es.errors import ClusterUnavailableError
from ingest.runs.batch_store import DONE, QUEUED, BatchState, Ledger

NO_WORKER_AFTER_S = 30.0
_POLL_S = 0.25
_OVERTAKEN_GRACE_S = 10.0


class Watcher(Protocol):
    """Who wants to know how a run goes on."""

    def rows_read(self, rows: int) -> None:
        """So many rows of the feed have been read."""

    def rows_done(self, rows: int) -> None:
        """So many more rows have a fate."""

    def stalled(self, seconds: float) -> None:
        """No worker has taken a batch for so long."""


@dataclass
class _Sent:
    """A batch on its way, as this process sees it; times are monotonic seconds."""

    rows: int
    sent_at: float
    sendings: int = 1
    deliveries: int = 0
    lease_until: str | None = None
    delivered_at: float | None = None


class Follower:
    """The batches of one run that are sent and not done."""

    def __init__(
        self,
        ledger: Ledger,
        run: int,
        send: Callable[[int], None],
        watcher: Watcher,
        *,
        lease_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._send = send
        self._watcher = watcher
        self._lease_s = lease_s
        self._clock = clock
        self._sent: dict[int, _Sent] = {}
        self._alive_at = clock()
        self._warned_after_s = 0.0
        self._newest_taken = self._looked_at = float("-inf")

    def __len__(self) -> int:
        return len(self._sent)

    def add(self, number: int, rows: int) -> None:
        """Send a batch and follow it."""
        if not self._sent:
            self._alive_at = self._clock()
        self._sent[number] = _Sent(rows, self._clock())
        self._send(number)

    def adopt(self, number: int) -> None:
        """Follow a batch that another process has sent."""
        if not self._sent:
            self._alive_at = self._clock()
        self._sent.setdefault(number, _Sent(0, self._clock()))

    def look(self) -> None:
        """Read how the batches are, send again what is overdue, and tell the watcher."""
        if not self._sent or self._clock() - self._looked_at < _POLL_S:
            return
        self._looked_at = self._clock()
        try:
            states = self._ledger.states(self._run, self._sent)
        except ClusterUnavailableError:
            return  # looked at again in a moment; the workers wait for it, too
        for state in states:
            self._note(state)
        for number, sent in self._sent.items():
            if self._is_overdue(sent):
                sent.sendings += 1
                sent.sent_at = self._clock()
                sent.delivered_at = None
                self._send(number)
        self._complain()

    def _note(self, state: BatchState) -> None:
        sent = self._sent[state.number]
        if state.deliveries > sent.deliveries or state.state == DONE:
            self._alive_at, self._warned_after_s = self._clock(), 0.0
            self._newest_taken = max(self._newest_taken, sent.sent_at)
        if (state.deliveries, state.lease_until) != (sent.deliveries, sent.lease_until):
            sent.deliveries, sent.lease_until = state.deliveries, state.lease_until
            sent.delivered_at = self._clock()
        if state.state == QUEUED:
            sent.delivered_at = None
        if state.state == DONE:
            del self._sent[state.number]
            self._watcher.rows_done(sent.rows)

    def _is_overdue(self, sent: _Sent) -> bool:
        """Tell a lease that ran out, a message that others overtook, a queue that nobody reads."""
        patience = self._lease_s * float(2 ** (sent.sendings - 1))
        now = self._clock()
        if sent.delivered_at is not None:
            return now - sent.delivered_at > self._lease_s + 1
        if sent.sent_at < self._newest_taken:
            return now - sent.sent_at > _OVERTAKEN_GRACE_S * sent.sendings
        return now - max(sent.sent_at, self._alive_at) > patience

    def _complain(self) -> None:
        if not self._sent or any(sent.delivered_at is not None for sent in self._sent.values()):
            return
        silence = self._clock() - self._alive_at
        if silence >= max(NO_WORKER_AFTER_S, 2 * self._warned_after_s):
            self._warned_after_s = silence
            self._watcher.stalled(silence)

    def wait(self, at_most: int = 0) -> None:
        """Return when no more than so many batches are on their way."""
        self.look()
        while len(self._sent) > at_most:
            time.sleep(_POLL_S)
            self.look()

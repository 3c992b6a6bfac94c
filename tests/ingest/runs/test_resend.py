"""The resender with a fake clock and a fake ledger."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from gram_es.errors import ClusterUnavailableError
from ingest.runs.batch_document import DONE, LEASED, QUEUED, BatchState
from ingest.runs.batch_store import BatchStore
from ingest.runs.ledger_errors import LostLedgerError
from ingest.runs.resend import Resender

LEASE_S = 60.0


@dataclass
class FakeLedger:
    """A ledger, a clock, a queue and a listener in one object."""

    now: float = 1_000.0
    states_of: dict[int, BatchState] = field(default_factory=dict)
    is_unavailable: bool = False
    sent: list[int] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    stalls: list[float] = field(default_factory=list)
    revoked: list[int] = field(default_factory=list)

    def states(self, _run: int, numbers: Collection[int]) -> list[BatchState]:
        if self.is_unavailable:
            raise ClusterUnavailableError("unavailable")
        return [self.states_of[number] for number in numbers if number in self.states_of]

    def rows_read(self, rows: int) -> None: ...

    def rows_done(self, rows: int) -> None:
        self.finished.append(rows)

    def stalled(self, seconds: float) -> None:
        self.stalls.append(seconds)

    def put(
        self,
        number: int,
        state: str,
        deliveries: int = 1,
        *,
        writes: int = 1,
        lease_s: float | None = LEASE_S,
    ) -> None:
        self.states_of[number] = BatchState(number, state, deliveries, (writes, 1), lease_s)

    def revoke_lease(self, _run: int, seen: BatchState) -> bool:
        if self.states_of[seen.number] != seen:
            return False
        seq_no, term = seen.version
        self.states_of[seen.number] = replace(seen, state=QUEUED, version=(seq_no + 1, term))
        self.revoked.append(seen.number)
        return True

    def poll_for(self, resender: Resender, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.now += 1
            resender.poll()


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def resender(ledger: FakeLedger) -> Resender:
    store, clock = cast(BatchStore, ledger), lambda: ledger.now
    return Resender(store, 1, ledger.sent.append, ledger, lease_s=LEASE_S, clock=clock)


def test_a_batch_is_sent_once_and_reported_when_it_is_done(
    ledger: FakeLedger, resender: Resender
) -> None:
    resender.add(1, rows=200)
    ledger.put(1, LEASED)
    ledger.poll_for(resender, 30)
    ledger.put(1, DONE)
    ledger.poll_for(resender, 1)

    assert (ledger.sent, ledger.finished, ledger.stalls, len(resender)) == ([1], [200], [], 0)


def test_the_ledger_is_read_less_often_while_many_batches_are_not_done(
    ledger: FakeLedger, resender: Resender
) -> None:
    for number in range(1, 6):
        resender.add(number, rows=1)
        ledger.put(number, DONE if number > 1 else LEASED)
    resender.poll()
    assert len(resender) == 1

    ledger.now += 0.25  # with one batch left, the next poll comes soon
    ledger.put(1, DONE)
    resender.poll()
    assert len(resender) == 0

    for number in range(6, 22):
        resender.add(number, rows=1)
        ledger.put(number, DONE)
    ledger.now += 0.75
    resender.poll()
    assert len(resender) == 16

    ledger.now += 0.25
    resender.poll()
    assert len(resender) == 0


def test_a_lease_that_is_not_renewed_is_revoked_and_its_batch_resent(
    ledger: FakeLedger, resender: Resender
) -> None:
    resender.add(1, rows=200)
    ledger.put(1, LEASED)
    ledger.poll_for(resender, LEASE_S)
    assert (ledger.sent, ledger.revoked) == ([1], [])

    ledger.poll_for(resender, 3)

    assert (ledger.sent, ledger.revoked) == ([1, 1], [1])


def test_a_lease_lasts_as_long_as_its_worker_was_told(
    ledger: FakeLedger, resender: Resender
) -> None:
    resender.add(1, rows=200)
    ledger.put(1, LEASED, lease_s=3 * LEASE_S)
    ledger.poll_for(resender, 3 * LEASE_S)
    assert ledger.sent == [1]

    ledger.poll_for(resender, 3)

    assert ledger.sent == [1, 1]


def test_batches_that_the_ledger_lost_are_an_error_and_not_followed(
    ledger: FakeLedger, resender: Resender
) -> None:
    for number in (1, 2, 3):
        resender.add(number, rows=200)
        ledger.put(number, QUEUED, 0)
    ledger.poll_for(resender, 1)
    for number in (2, 3):
        del ledger.states_of[number]

    with pytest.raises(
        LostLedgerError, match=r"^2 batches of run 1 \(the first is 2\) are no longer"
    ):
        ledger.poll_for(resender, 1)

    assert len(resender) == 1


def test_a_batch_whose_lease_is_renewed_is_not_resent(
    ledger: FakeLedger, resender: Resender
) -> None:
    resender.add(1, rows=200)
    for minute in range(5):
        ledger.put(1, LEASED, writes=minute + 1)
        ledger.poll_for(resender, LEASE_S)

    assert ledger.sent == [1]


def test_a_batch_that_another_process_sent_is_resent_when_it_is_overdue(
    ledger: FakeLedger, resender: Resender
) -> None:
    resender.track(1)
    ledger.put(1, LEASED)
    ledger.poll_for(resender, LEASE_S)
    assert ledger.sent == []

    resender.track(1)
    ledger.poll_for(resender, 3)

    assert ledger.sent == [1]


def test_a_batch_that_a_later_one_overtook_is_resent(
    ledger: FakeLedger, resender: Resender
) -> None:
    for number in (1, 2):
        resender.add(number, rows=200)
        ledger.put(number, QUEUED, 0)
        ledger.now += 0.1
    ledger.put(2, DONE)

    ledger.poll_for(resender, 12)

    assert ledger.sent == [1, 2, 1]


def test_batches_that_wait_for_a_slow_one_are_not_resent(
    ledger: FakeLedger, resender: Resender
) -> None:
    for number in (1, 2, 3):
        resender.add(number, rows=200)
        ledger.put(number, QUEUED, 0)
        ledger.now += 0.1
    for number in (1, 2):
        ledger.put(number, LEASED)
        ledger.poll_for(resender, 50)
        ledger.put(number, DONE)
        ledger.poll_for(resender, 1)

    assert ledger.sent == [1, 2, 3]
    assert ledger.stalls == []


def test_a_queue_that_nobody_reads_is_reported_at_doubling_intervals(
    ledger: FakeLedger, resender: Resender
) -> None:
    resender.add(1, rows=200)
    ledger.put(1, QUEUED, 0)

    ledger.poll_for(resender, 250)

    assert ledger.stalls == [30, 60, 120, 240]
    assert ledger.sent == [1, 1, 1]  # after 60 s, and after 120 s more


def test_polling_continues_after_the_cluster_was_unavailable(
    ledger: FakeLedger, resender: Resender
) -> None:
    resender.add(1, rows=200)
    ledger.is_unavailable = True
    ledger.poll_for(resender, 5)
    ledger.is_unavailable = False
    ledger.put(1, DONE)
    ledger.poll_for(resender, 1)

    assert ledger.finished == [200]

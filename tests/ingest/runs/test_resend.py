"""The follower with a clock that the test turns and a ledger that the test writes."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import cast

import pytest

from gram_es.errors import ClusterUnavailableError
from ingest.runs.batch_store import DONE, QUEUED, TAKEN, BatchState, Ledger
from ingest.runs.resend import Follower

LEASE_S = 60.0


@dataclass
class Scene:
    now: float = 1_000.0
    states_of: dict[int, BatchState] = field(default_factory=dict)
    is_away: bool = False
    sent: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    stalls: list[float] = field(default_factory=list)

    def states(self, _run: int, numbers: Collection[int]) -> list[BatchState]:
        if self.is_away:
            raise ClusterUnavailableError("away")
        return [self.states_of[number] for number in numbers if number in self.states_of]

    def rows_read(self, rows: int) -> None: ...

    def rows_done(self, rows: int) -> None:
        self.done.append(rows)

    def stalled(self, seconds: float) -> None:
        self.stalls.append(seconds)

    def put(
        self, number: int, state: str, deliveries: int = 1, lease_until: str | None = None
    ) -> None:
        self.states_of[number] = BatchState(number, state, deliveries, lease_until)

    def let_pass(self, follower: Follower, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.now += 1
            follower.look()


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def follower(scene: Scene) -> Follower:
    ledger = cast(Ledger, scene)
    clock = lambda: scene.now  # noqa: E731
    return Follower(ledger, 1, scene.sent.append, scene, lease_s=LEASE_S, clock=clock)


def test_a_batch_is_sent_once_and_told_when_it_is_done(scene: Scene, follower: Follower) -> None:
    follower.add(1, rows=200)
    scene.put(1, TAKEN)
    scene.let_pass(follower, 30)
    scene.put(1, DONE)
    scene.let_pass(follower, 1)

    assert (scene.sent, scene.done, scene.stalls, len(follower)) == ([1], [200], [], 0)


def test_a_batch_whose_lease_ran_out_is_sent_again(scene: Scene, follower: Follower) -> None:
    follower.add(1, rows=200)
    scene.put(1, TAKEN)
    scene.let_pass(follower, LEASE_S)
    assert scene.sent == [1]

    scene.let_pass(follower, 3)

    assert scene.sent == [1, 1]


def test_a_batch_whose_lease_is_prolonged_is_not_sent_again(
    scene: Scene, follower: Follower
) -> None:
    follower.add(1, rows=200)
    for minute in range(5):
        scene.put(1, TAKEN, lease_until=f"12:0{minute}")
        scene.let_pass(follower, LEASE_S)

    assert scene.sent == [1]


def test_a_batch_that_another_process_sent_is_sent_again_once_it_is_overdue(
    scene: Scene, follower: Follower
) -> None:
    follower.adopt(1)
    scene.put(1, TAKEN)
    scene.let_pass(follower, LEASE_S)
    assert scene.sent == []

    follower.adopt(1)
    scene.let_pass(follower, 3)

    assert scene.sent == [1]


def test_a_message_that_later_ones_overtook_is_sent_again(scene: Scene, follower: Follower) -> None:
    for number in (1, 2):
        follower.add(number, rows=200)
        scene.put(number, QUEUED, 0)
        scene.now += 0.1
    scene.put(2, DONE)

    scene.let_pass(follower, 12)

    assert scene.sent == [1, 2, 1]


def test_batches_that_wait_behind_a_slow_one_are_not_sent_again(
    scene: Scene, follower: Follower
) -> None:
    for number in (1, 2, 3):
        follower.add(number, rows=200)
        scene.put(number, QUEUED, 0)
        scene.now += 0.1
    for number in (1, 2):
        scene.put(number, TAKEN)
        scene.let_pass(follower, 50)
        scene.put(number, DONE)
        scene.let_pass(follower, 1)

    assert scene.sent == [1, 2, 3]
    assert scene.stalls == []


def test_a_queue_that_nobody_reads_is_told_ever_less_often(
    scene: Scene, follower: Follower
) -> None:
    follower.add(1, rows=200)
    scene.put(1, QUEUED, 0)

    scene.let_pass(follower, 250)

    assert scene.stalls == [30, 60, 120, 240]
    assert scene.sent == [1, 1, 1]  # after 60 s, and after 120 s more


def test_a_cluster_that_is_away_is_waited_for(scene: Scene, follower: Follower) -> None:
    follower.add(1, rows=200)
    scene.is_away = True
    scene.let_pass(follower, 5)
    scene.is_away = False
    scene.put(1, DONE)
    scene.let_pass(follower, 1)

    assert scene.done == [200]

"""Heartbeats: every worker writes its name and models to the cluster while it runs.

Heartbeats show which workers are alive: the filesystem broker does not know its workers, and
Celery's remote control is off. The heartbeats are in the state index, which workers can access
anyway.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType

from elasticsearch import Elasticsearch

from gram_es.background import PeriodicTask, logged_errors
from gram_es.index.state_store import State, delete_state, read_states, write_state

BATCH_WORKER = "worker"
QUERY_WORKER = "query-worker"
HEARTBEAT_INTERVAL_S = 10.0
HEARTBEAT_TIMEOUT = timedelta(seconds=45)
_OBSERVATION_S = HEARTBEAT_INTERVAL_S + 3.0
_FORGET_AFTER = timedelta(hours=1)
_ON_FAILURE = "heartbeat lost"


@dataclass(frozen=True)
class WorkerStatus:
    """A worker, its models, and the time since its last heartbeat.

    ``models`` gives, by a model's fingerprint, the folder of the model. ``was_observed`` is true if
    a heartbeat was written while this process waited for it.
    """

    name: str
    models: Mapping[str, str]
    last_seen_ago: timedelta = timedelta()
    was_observed: bool = False

    @property
    def is_recent(self) -> bool:
        """Whether the last heartbeat is at most :data:`HEARTBEAT_TIMEOUT` old, by both clocks."""
        return abs(self.last_seen_ago) <= HEARTBEAT_TIMEOUT

    @property
    def is_alive(self) -> bool:
        """Whether the last heartbeat is recent, or was observed."""
        return self.was_observed or self.is_recent


class Heartbeat:
    """A context manager that writes a worker's status every ten seconds and deletes it at the end.

    If the cluster does not answer, heartbeats are lost; the worker continues.
    """

    def __init__(
        self,
        client: Elasticsearch,
        index: str,
        status: WorkerStatus,
        *,
        kind: str = BATCH_WORKER,
        interval_s: float = HEARTBEAT_INTERVAL_S,
    ) -> None:
        self._client = client
        self._prefix = _key(index, kind)
        self._status = status
        self._task = PeriodicTask(
            self._write_status, name="heartbeat", interval_s=interval_s, on_failure=_ON_FAILURE
        )

    def __enter__(self) -> Heartbeat:
        with logged_errors(_ON_FAILURE):
            self._forget_dead_workers()
        self._task.run_once()
        self._task.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._task.stop()
        self._task.join()
        with logged_errors(_ON_FAILURE):
            delete_state(self._client, self._key)

    @property
    def _key(self) -> str:
        return f"{self._prefix}{self._status.name}"

    def _write_status(self) -> None:
        value = {"name": self._status.name, "models": dict(self._status.models)}
        write_state(self._client, self._key, value)

    def _forget_dead_workers(self) -> None:
        for state in read_states(self._client, self._prefix):
            if _since_last_heartbeat(state) > _FORGET_AFTER:
                delete_state(self._client, state.key)


def read_worker_statuses(
    client: Elasticsearch, index: str, *, kind: str = BATCH_WORKER
) -> Sequence[WorkerStatus]:
    """Return the status of each worker of an index that had a heartbeat in the last hour.

    A worker deletes its status when it exits, but not if it is killed.
    """
    statuses = [_read_worker_status(state) for state in read_states(client, _key(index, kind))]
    return [status for status in statuses if status.last_seen_ago <= _FORGET_AFTER]


def observe_worker_statuses(
    client: Elasticsearch, index: str, *, kind: str = BATCH_WORKER
) -> Sequence[WorkerStatus]:
    """Return the status of each worker; do not rely on the clocks of their hosts.

    If a heartbeat is not recent by this clock, wait for the next one: a worker whose clock is wrong
    is alive all the same. The status of a worker that wrote none is returned only if it had a
    heartbeat in the last hour.
    """
    key = _key(index, kind)
    before = {state.key: state for state in read_states(client, key)}
    if all(_read_worker_status(state).is_recent for state in before.values()):
        return [_read_worker_status(state) for state in before.values()]
    time.sleep(_OBSERVATION_S)
    statuses = [
        replace(_read_worker_status(state), was_observed=_is_new(state, before.get(state.key)))
        for state in read_states(client, key)
    ]
    return [
        status
        for status in statuses
        if status.was_observed or abs(status.last_seen_ago) <= _FORGET_AFTER
    ]


def _is_new(state: State, earlier: State | None) -> bool:
    return earlier is None or state.at != earlier.at


def is_worker_alive_here(client: Elasticsearch, index: str, *, kind: str = BATCH_WORKER) -> bool:
    """Return whether a worker of an index is alive on this host."""
    here = f"{socket.gethostname()}:"
    statuses = read_worker_statuses(client, index, kind=kind)
    return any(status.is_alive and status.name.startswith(here) for status in statuses)


def _read_worker_status(state: State) -> WorkerStatus:
    value = state.value
    return WorkerStatus(value["name"], value["models"], _since_last_heartbeat(state))


def _since_last_heartbeat(state: State) -> timedelta:
    """Return the age of a heartbeat; it is negative if the clock of its host is ahead of ours."""
    return datetime.now(UTC) - state.at


def _key(index: str, kind: str = BATCH_WORKER) -> str:
    return f"{kind}/{index}/"

"""A worker's sign of life: who it is and which model it has, told to the cluster while it works.

The workers have no remote control, and the filesystem broker knows nothing of them; the side index
that they all write to anyway does.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType

from elasticsearch import Elasticsearch

from gram_es.background import PeriodicTask, logged_errors
from gram_es.index.state_store import State, forget_state, read_states, write_state

INTERVAL_S = 10.0
SILENT_AFTER = timedelta(seconds=45)
_FORGOTTEN_AFTER = timedelta(hours=1)
_ON_FAILURE = "heartbeat lost"


@dataclass(frozen=True)
class WorkerSign:
    """A worker as it described itself: the folders of its models by their fingerprints.

    ``silent`` is how long ago its last sign was.
    """

    name: str
    models: Mapping[str, str]
    silent: timedelta = timedelta()

    @property
    def is_alive(self) -> bool:
        """It gave its last sign no longer ago than a few intervals."""
        return self.silent <= SILENT_AFTER


def worker_name() -> str:
    """Return the name of this process among the workers: its host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Heartbeat:
    """Gives a sign every ten seconds within its block, and takes it back at the end.

    A cluster that does not answer costs signs, never the worker.
    """

    def __init__(
        self, client: Elasticsearch, index: str, sign: WorkerSign, *, interval_s: float = INTERVAL_S
    ) -> None:
        self._client = client
        self._index = index
        self._sign = sign
        self._task = PeriodicTask(
            self._write, name="heartbeat", interval_s=interval_s, on_failure=_ON_FAILURE
        )

    def __enter__(self) -> Heartbeat:
        with logged_errors(_ON_FAILURE):
            self._forget_the_dead()
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
            self._take_back()

    def _write(self) -> None:
        told = {"name": self._sign.name, "models": dict(self._sign.models)}
        write_state(self._client, _key(self._index, self._sign.name), told)

    def _take_back(self) -> None:
        forget_state(self._client, _key(self._index, self._sign.name))

    def _forget_the_dead(self) -> None:
        for state in read_states(self._client, _key(self._index)):
            if _silence(state) > _FORGOTTEN_AFTER:
                forget_state(self._client, state.key)


def read_signs(client: Elasticsearch, index: str) -> Sequence[WorkerSign]:
    """Return the workers of an index that gave a sign within the last hour and did not end."""
    signs = [_read_sign(state) for state in read_states(client, _key(index))]
    return [sign for sign in signs if sign.silent <= _FORGOTTEN_AFTER]


def lives_here(client: Elasticsearch, index: str) -> bool:
    """Tell whether a worker of an index is alive on this host."""
    here = f"{socket.gethostname()}:"
    return any(sign.is_alive and sign.name.startswith(here) for sign in read_signs(client, index))


def _read_sign(state: State) -> WorkerSign:
    return WorkerSign(state.value["name"], state.value["models"], _silence(state))


def _silence(state: State) -> timedelta:
    return max(datetime.now(UTC) - state.at, timedelta())


def _key(index: str, name: str = "") -> str:
    return f"worker/{index}/{name}"

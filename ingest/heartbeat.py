"""A worker's sign of life: who it is and which model it has, told to the cluster while it works.

The workers have no remote control, and the filesystem broker knows nothing of them; the side index
that they all write to anyway does.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType

from elasticsearch import Elasticsearch

from gram_es.errors import ClusterError
from gram_es.index.state import State, forget_state, read_states, write_state

logger = logging.getLogger(__name__)

BEAT_S = 10.0
SILENT_AFTER = timedelta(seconds=45)
_FORGOTTEN_AFTER = timedelta(hours=1)


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
        """It gave its last sign no longer ago than a few beats."""
        return self.silent <= SILENT_AFTER


def worker_name() -> str:
    """Return the name of this process among the workers: its host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Heartbeat:
    """Gives a sign every ten seconds within its block, and takes it back at the end.

    A cluster that does not answer costs signs, never the worker.
    """

    def __init__(
        self, client: Elasticsearch, index: str, sign: WorkerSign, *, beat_s: float = BEAT_S
    ) -> None:
        self._client = client
        self._index = index
        self._sign = sign
        self._beat_s = beat_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._try(self._forget_the_dead)
        self._try(self._beat)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._try(self._take_back)

    def _go_on(self) -> None:
        while not self._ended.wait(self._beat_s):
            self._try(self._beat)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except ClusterError as error:
            logger.warning("no sign of life: %s", error)

    def _beat(self) -> None:
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


def _read_sign(state: State) -> WorkerSign:
    return WorkerSign(state.value["name"], state.value["models"], _silence(state))


def _silence(state: State) -> timedelta:
    return max(datetime.now(UTC) - state.at, timedelta())


def _key(index: str, name: str = "") -> str:
    return f"worker/{index}/{name}"

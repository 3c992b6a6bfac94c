"""Let only one process at a time migrate, roll back or prune an index.

The lock is a document in the side index ``gram-es-state``. Its owner writes the document again
every few seconds. A process that sees the same version of the document for longer than that takes
the lock over: its owner was killed. No clock is compared with another one.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from gram_es.background import PeriodicTask, logged_errors
from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.names import STATE

logger = logging.getLogger(__name__)

_RENEW_S = 3.0
_EXPIRE_S = 15.0
_POLL_S = 0.5
_ABSENT: Mapping[str, Any] = {"op_type": "create"}


class MigrationLock:
    """The right to change the slots and indices behind an alias, for one ``with`` block.

    :param index: the read alias.
    :raises CatalogueIndexError: on entry, if another process has the lock. If that process was
        killed, the entry first waits until its lock has expired.
    """

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index
        self._key = f"migration:{index}"
        self._token = uuid.uuid4().hex
        self._version = _ABSENT
        self._mutex = threading.Lock()
        self._renewal = PeriodicTask(
            self.renew,
            name="migration-lock",
            interval_s=_RENEW_S,
            on_failure=f"cannot renew the lock on {index}",
        )

    def __enter__(self) -> MigrationLock:
        self._acquire()
        self._renewal.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._renewal.stop()
        self._renewal.join()
        with logged_errors("the lock is left to expire"), cluster_errors("release the lock"):
            self._client.options(ignore_status=(404, 409)).delete(
                index=STATE, id=self._key, **self._version
            )

    def renew(self) -> None:
        """Write the lock's document again.

        :raises CatalogueIndexError: if another process has taken the lock over, because this one
            did not renew it in time.
        """
        with self._mutex:
            if not self._write():
                raise CatalogueIndexError(
                    f"another process has begun to migrate {self._index} or to roll it back, "
                    "because this one did not respond for a while; see the result of the other one "
                    "with gram-es index status"
                )

    def _acquire(self) -> None:
        first, began_at = None, time.monotonic()
        while not self._write():
            other = self._read()
            if other is None:  # its owner has just released it
                self._version = _ABSENT
                continue
            if first is None:
                first = _version_of(other)
                logger.warning("waiting to see whether %s still runs", _owner(other))
            elif _version_of(other) != first:
                raise CatalogueIndexError(
                    f"{_owner(other)} is migrating {self._index}, rolling it back or pruning it; "
                    "run the command again when that process has ended"
                )
            if time.monotonic() - began_at > _EXPIRE_S:
                self._version = first
            time.sleep(_POLL_S)

    def _write(self) -> bool:
        """Write the document unless another process has written it; return whether it is ours.

        If the answer to a request was lost, the client has sent it again. The conflict then comes
        from the first one, which has written the document.
        """
        owner = {"owner": f"{socket.gethostname()}:{os.getpid()}", "token": self._token}
        document = {"key": self._key, "at": _now(), "value": owner}
        with cluster_errors(f"lock {self._index} for this command"):
            try:
                answer: Any = self._client.index(
                    index=STATE, id=self._key, document=document, **self._version
                )
            except ConflictError:
                answer = self._read()
                if answer is None or answer["_source"]["value"]["token"] != self._token:
                    return False
        self._version = _version_of(answer)
        return True

    def _read(self) -> Any:
        with cluster_errors(f"read the lock on {self._index}"):
            try:
                return self._client.get(index=STATE, id=self._key)
            except NotFoundError:
                return None


def _version_of(answer: Any) -> Mapping[str, Any]:
    return {"if_seq_no": answer["_seq_no"], "if_primary_term": answer["_primary_term"]}


def _owner(document: Any) -> str:
    owner = document["_source"]["value"]["owner"]
    return f"the process {owner}, which last worked at {document['_source']['at']},"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

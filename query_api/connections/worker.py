"""A worker process of gunicorn that serves connections with waitress.

gunicorn starts, replaces and stops the processes. Its own workers that run threads give each
connection a thread before the request has arrived, so that a few slow clients take all of them.
waitress reads requests and sends responses in one loop for all connections.
"""

from __future__ import annotations

import logging
import os
from time import monotonic
from types import FrameType
from typing import Any, Final

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.task import ThreadedTaskDispatcher

from query_api.connections.listener import Listener

_LOOP_S: Final = 1.0
_DRAIN_LOOP_S: Final = 0.1
_LINGER_S: Final = 1.0  # a client may just be sending a request on an open connection


class ConnectionWorker(Worker):  # type: ignore[misc]  # gunicorn carries no types
    """Runs the app for connections within ``app.limits``, with ``cfg.threads`` threads."""

    def run(self) -> None:
        """Serve until SIGTERM, or until the parent process ends; then finish what has begun."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # the metrics count rejections
        self._loop: dict[int, Any] = {}
        threads = ThreadedTaskDispatcher()
        threads.set_thread_count(self.cfg.threads)
        self._listeners = [
            Listener(self.wsgi, each.sock, threads, self.app.limits, self._loop)
            for each in self.sockets
        ]
        while self.alive and self.ppid == os.getppid():
            self._run_loop(_LOOP_S)
        self._drain()
        threads.shutdown()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop after the requests in progress."""
        super().handle_exit(sig, frame)
        for listener in getattr(self, "_listeners", ()):
            listener.pull_trigger()  # end the wait for events

    def _drain(self) -> None:
        """Accept no more connections, and wait until the others end.

        gunicorn kills the process if that takes longer than ``graceful_timeout``.
        """
        for listener in self._listeners:
            listener.accepting = False
        linger_until = monotonic() + _LINGER_S
        while any(listener.active_channels for listener in self._listeners):
            if monotonic() >= linger_until:
                for listener in self._listeners:
                    listener.close_connections(lambda each: not each.total_outbufs_len)
            self._run_loop(_DRAIN_LOOP_S)

    def _run_loop(self, timeout_s: float) -> None:
        self.notify()
        wasyncore.loop(timeout=timeout_s, use_poll=True, map=self._loop, count=1)

"""Serve the application with worker processes, each with a pool of threads.

gunicorn manages the processes; :mod:`query_api.connections` serves the connections of each.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from gram_es.errors import SettingsError
from query_api.connections.limits import ConnectionLimits
from query_api.http.admission import OTHER_THREADS

_BOOT_TIMEOUT_S: Final = 300  # gunicorn kills a worker that takes longer to load its model
_SHUTDOWN_TIMEOUT_S: Final = 10
_MULTIPROCESS_DIR: Final = "PROMETHEUS_MULTIPROC_DIR"
# Threads for requests that are rejected while the queues are full, and for health checks.
_SPARE_THREADS: Final = 4
_DEFAULT_LIMITS: Final = ConnectionLimits()


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; port 0 selects a free port.

    :raises SettingsError: if the address is in use or does not belong to this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(
            f"cannot listen on {host}:{port}: {reason}; choose another --host or --port "
            "(0 selects a free port)"
        ) from None
    return bound


@contextmanager
def metrics_folder() -> Iterator[None]:
    """Provide the folder through which the worker processes share their metrics.

    The ``with`` block must begin before any process imports :mod:`query_api.http.metrics`. The
    process that starts the workers must never import that module. The folder is removed at the end
    of the block. If ``PROMETHEUS_MULTIPROC_DIR`` already names a folder, that folder is used and
    kept.
    """
    if os.environ.get(_MULTIPROCESS_DIR):
        yield
        return
    owner, folder = os.getpid(), tempfile.mkdtemp(prefix="gram-es-metrics-")
    os.environ[_MULTIPROCESS_DIR] = folder
    try:
        yield
    finally:
        if os.getpid() == owner:  # worker processes also reach this line when they end
            shutil.rmtree(folder, ignore_errors=True)


def run(
    bound: socket.socket,
    open_app: Callable[[], Flask],
    *,
    threads: int,
    workers: int = 1,
    limits: ConnectionLimits = _DEFAULT_LIMITS,
    on_starting: Callable[[], None] | None = None,
) -> None:
    """Serve the application until SIGTERM or SIGINT, then exit with status 0.

    The address is printed as soon as the first worker process is ready.

    :param bound: the socket to listen on, from :func:`bind`.
    :param open_app: creates the application. Each worker process calls it, so that each process
        starts the threads of the model itself.
    :param threads: the number of threads of each process, one for each admitted search. Threads
        for the other queues and a few spare ones are added.
    :param workers: the number of worker processes.
    :param limits: the limits that each process sets to connections.
    :param on_starting: called once, before the worker processes start and after gunicorn has
        configured its log.
    """
    threads += OTHER_THREADS + _SPARE_THREADS
    options: dict[str, Any] = {"threads": threads, "workers": workers}
    if on_starting is not None:
        options["on_starting"] = lambda _: on_starting()
    _Server(bound, open_app, limits, options).run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    def __init__(
        self,
        bound: socket.socket,
        open_app: Callable[[], Flask],
        limits: ConnectionLimits,
        options: Mapping[str, Any],
    ) -> None:
        self.limits = limits  # read by ConnectionWorker
        self._bound = bound
        self._open_app = open_app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"fd://{self._bound.detach()}",
            "worker_class": "query_api.connections.worker.ConnectionWorker",
            "timeout": _BOOT_TIMEOUT_S,
            "graceful_timeout": _SHUTDOWN_TIMEOUT_S,
            "loglevel": "warning",
            "post_worker_init": _print_address,
            "child_exit": _remove_gauges,
            "control_socket_disable": True,
            **self._options,
        }
        for name, value in options.items():
            if name in self.cfg.settings:  # older versions of gunicorn have no control socket
                self.cfg.set(name, value)

    def load(self) -> Flask:
        app = self._open_app()
        # The application and its models live as long as the process. Without the freeze, the
        # garbage collector scanned their objects for 0.3 s every few seconds.
        gc.collect()
        gc.freeze()
        return app


def _print_address(worker: Any) -> None:
    if worker.age > 1:  # the first worker has printed it
        return
    host, port = worker.sockets[0].getsockname()[:2]
    click.echo(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")


def _remove_gauges(_: Any, worker: Any) -> None:
    """Remove an ended worker process's gauges from the metrics."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

"""Serve the application with gunicorn: several processes, in each a thread for every request."""

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
from query_api.http.admission import MAX_CONCURRENT_INSPECTIONS, MAX_WAITING_INSPECTIONS

_BOOT_TIMEOUT_S: Final = 300  # gunicorn would kill a worker that takes longer to load its model
_SHUTDOWN_TIMEOUT_S: Final = 10
_MULTIPROCESS_DIR: Final = "PROMETHEUS_MULTIPROC_DIR"
# For inspections, for rejections while the queue is full, and for health checks.
_SPARE_THREADS: Final = MAX_CONCURRENT_INSPECTIONS + MAX_WAITING_INSPECTIONS + 4
# The largest value that gunicorn allows; a query of 512 characters may take 6 kB.
_MAX_REQUEST_LINE_BYTES: Final = 8_190


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
    """Provide the folder through which the processes share their metrics; remove it afterwards.

    Enter it before :mod:`query_api.http.metrics` is imported; the starting process must not import
    that module.
    """
    if os.environ.get(_MULTIPROCESS_DIR):
        yield
        return
    owner, folder = os.getpid(), tempfile.mkdtemp(prefix="gram-es-metrics-")
    os.environ[_MULTIPROCESS_DIR] = folder
    try:
        yield
    finally:
        if os.getpid() == owner:  # worker processes run this too when they end
            shutil.rmtree(folder, ignore_errors=True)


def run(
    bound: socket.socket,
    open_app: Callable[[], Flask],
    *,
    threads: int,
    workers: int = 1,
    on_starting: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then exit with status 0; print the address once it answers.

    :param open_app: called in each worker process, so that each starts the model's threads itself.
    :param on_starting: called once before, after gunicorn has configured its log.
    """
    options: dict[str, Any] = {"threads": threads + _SPARE_THREADS, "workers": workers}
    if on_starting is not None:
        options["on_starting"] = lambda _: on_starting()
    _Server(bound, open_app, options).run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    def __init__(
        self, bound: socket.socket, open_app: Callable[[], Flask], options: Mapping[str, Any]
    ) -> None:
        self._bound = bound
        self._open_app = open_app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"fd://{self._bound.detach()}",
            "worker_class": "gthread",
            "limit_request_line": _MAX_REQUEST_LINE_BYTES,
            "timeout": _BOOT_TIMEOUT_S,
            "graceful_timeout": _SHUTDOWN_TIMEOUT_S,
            "loglevel": "warning",
            "post_worker_init": _print_address,
            "child_exit": _remove_gauges,
            "control_socket_disable": True,
            **self._options,
        }
        for name, value in options.items():
            if name in self.cfg.settings:  # older versions have no control socket
                self.cfg.set(name, value)

    def load(self) -> Flask:
        app = self._open_app()
        # These objects live as long as the process. Scanning them for garbage took 0.3 s every few
        # seconds.
        gc.collect()
        gc.freeze()
        return app


def _print_address(worker: Any) -> None:
    if worker.age > 1:  # the first worker has printed it
        return
    host, port = worker.sockets[0].getsockname()[:2]
    click.echo(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")


def _remove_gauges(_: Any, worker: Any) -> None:
    """Remove the gauges of an ended process from the metrics."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

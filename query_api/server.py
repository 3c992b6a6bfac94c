"""Serve the application with gunicorn: processes, and a thread for each request in them."""

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
from query_api.http.admission import INSPECTIONS_AT_ONCE, INSPECTIONS_WAITING

# loading a large model must not look like a hung worker
_BOOT_S: Final = 300
_LAST_REQUESTS_S: Final = 10
_METRICS: Final = "PROMETHEUS_MULTIPROC_DIR"
# For inspections, for rejections while the queue is full, and for the state of the service.
_SPARE_THREADS: Final = INSPECTIONS_AT_ONCE + INSPECTIONS_WAITING + 4
_LONGEST_REQUEST_LINE: Final = 8_190  # gunicorn's most; a query of 512 letters may take 6 kB


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; port 0 takes a free one.

    :raises SettingsError: when the address is taken or is not of this machine.
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
            "(0 takes a free port)"
        ) from None
    return bound


@contextmanager
def metrics_folder() -> Iterator[None]:
    """Provide the folder in which the processes merge their metrics, and remove it afterwards.

    It must be there before :mod:`query_api.http.metrics` is imported, in the processes only.
    """
    if os.environ.get(_METRICS):
        yield
        return
    owner, folder = os.getpid(), tempfile.mkdtemp(prefix="gram-es-metrics-")
    os.environ[_METRICS] = folder
    try:
        yield
    finally:
        if os.getpid() == owner:  # a serving process that ends comes by here too
            shutil.rmtree(folder, ignore_errors=True)


def run(
    bound: socket.socket,
    open_app: Callable[[], Flask],
    *,
    threads: int,
    workers: int = 1,
    on_starting: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then end the process with status 0.

    ``open_app`` is called in each serving process, after the fork, so that the model's threads are
    its own. ``on_starting`` is called before, when gunicorn has set up its log. The address is
    printed once requests are answered.
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
            "limit_request_line": _LONGEST_REQUEST_LINE,
            "timeout": _BOOT_S,
            "graceful_timeout": _LAST_REQUESTS_S,
            "loglevel": "warning",
            "post_worker_init": _announce,
            "child_exit": _forget,
            "control_socket_disable": True,
            **self._options,
        }
        for name, value in options.items():
            if name in self.cfg.settings:  # older gunicorns have no control socket
                self.cfg.set(name, value)

    def load(self) -> Flask:
        app = self._open_app()
        # What is there by now stays. Looking through it for garbage took 0.3 s every few seconds.
        gc.collect()
        gc.freeze()
        return app


def _announce(worker: Any) -> None:
    if worker.age > 1:  # a process that takes over from one that died
        return
    host, port = worker.sockets[0].getsockname()[:2]
    click.echo(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")


def _forget(_: Any, worker: Any) -> None:
    """Remove the gauges of an ended process from the metrics."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

"""Fixtures: the real server in processes of its own, with a searcher that needs no cluster."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

STUB_SERVER = Path(__file__).with_name("stub_server.py")


@dataclass(frozen=True)
class Server:
    """A running server: its main process and its address."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rpartition(":")[2])

    def get(self, path: str) -> requests.Response:
        return requests.get(self.address + path, timeout=10)

    def connect(self, sent: bytes = b"", *, receive_bytes: int | None = None) -> socket.socket:
        """Return a connection on which ``sent`` has been sent, perhaps with a small window."""
        connection = socket.socket()
        if receive_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(sent)
        return connection


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server with the options of ``stub_server.main``."""
    with ExitStack() as stack:

        def start(**options: float) -> Server:
            process = subprocess.Popen(
                [sys.executable, str(STUB_SERVER), json.dumps(options)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            assert process.stdout is not None
            return Server(process, process.stdout.readline().strip())

        yield start

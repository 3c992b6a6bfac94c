"""A connection: reads requests, sends responses, and measures how long its client takes."""

from __future__ import annotations

import json
import socket
import struct
from math import inf
from time import monotonic
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from query_api.connections.limits import IDLE_S
from query_api.connections.request_parser import RequestParser
from query_api.http.addresses import client_network

_HEADERS: Final = (
    ("Content-Type", "application/problem+json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)
_NO_LINGER: Final = struct.pack("ii", 1, 0)  # on, for 0 seconds


class ProblemTask(ErrorTask):  # type: ignore[misc]  # waitress carries no types
    """Responds with problem details (RFC 9457) to a request that could not be read."""

    def execute(self) -> None:
        """Write the response, and close the connection after it."""
        error = self.request.error
        problem = {
            "type": "about:blank",
            "title": error.reason,
            "status": error.code,
            "detail": f"the request cannot be read: {error.body}",
        }
        body = json.dumps(problem).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(_HEADERS)
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):  # type: ignore[misc]  # waitress carries no types
    """A connection whose client must finish each step of a request in time.

    The steps are: send the head, send the body, take the response. Each has ``client_s`` seconds
    in all, however often bytes arrive. A thread is used only between the second and the third.
    The next request is read after the third: otherwise the responses to many requests that were
    sent at once would pile up, and a thread would wait until the client has taken them.

    ``network`` is the network of the client's address.
    """

    parser_class = RequestParser
    error_task_class = ProblemTask

    def __init__(
        self,
        server: Any,
        sock: socket.socket,
        addr: tuple[Any, ...],
        adj: Any,
        map: Any = None,  # noqa: A002  # waitress passes it by this name
    ) -> None:
        self.network = client_network(str(addr[0]))
        self.step_began = monotonic()  # infinity while the application works on a request
        self._has_served = False
        self._discards_input = False
        self._unread = b""  # of the next requests
        super().__init__(server, sock, addr, adj, map=map)

    @property
    def waits_for_client(self) -> bool:
        """Return whether the client must act next, so that the connection may be closed."""
        return not self.requests and self.step_began < inf

    def is_overdue(self, client_s: float) -> bool:
        """Return whether the client has taken too long for the current step."""
        is_idle = self._has_served and self.request is None and not self.total_outbufs_len
        allowed_s = IDLE_S if is_idle and not self._discards_input else client_s
        return self.waits_for_client and monotonic() - self.step_began > allowed_s

    def readable(self) -> bool:
        """Return whether the loop should read from the client; take what has been read already."""
        if self._unread and self.connected and super().readable():
            unread, self._unread = self._unread, b""
            self.received(unread)
        return self.connected and (self._discards_input or super().readable())

    def writable(self) -> bool:
        """Return whether the loop should send to the client or close the connection."""
        return self.connected and not self._discards_input and bool(super().writable())

    def received(self, data: bytes) -> bool:
        """Take bytes of the client; start the clock of the next step when one ends."""
        if self.request is None:
            data = data.lstrip()  # blank lines between requests do not begin one
        before = (self.request, self._has_head)
        is_accepted = bool(super().received(data))
        for request in self.requests[-1:]:
            self._unread = request.unread
        if (self.request, self._has_head) != before and (self._has_served or self._has_head):
            self.step_began = monotonic()
        return is_accepted

    def service(self) -> None:
        """Let the application respond to a request; runs in a thread of the application."""
        self.step_began = inf
        super().service()
        self._has_served = True
        self.step_began = monotonic()

    def handle_write(self) -> None:
        """Send what the socket takes; after the last response, wait until the client closes.

        If the socket were closed while bytes of the client are unread, the client could lose the
        response.
        """
        had_output = self.total_outbufs_len
        if self.close_when_flushed and not self.will_close:
            self._flush_exception(self._flush_some)
            if self.connected and not self.total_outbufs_len and not self.will_close:
                self._discard_input()
        else:
            super().handle_write()
        if had_output and not self.total_outbufs_len:
            self.step_began = monotonic()

    def abandon(self) -> None:
        """Close the connection, and drop what the client has not taken of a response."""
        if self.total_outbufs_len:  # otherwise the kernel would go on to keep it for the client
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.handle_close()

    @property
    def _has_head(self) -> bool:
        return self.request is not None and bool(self.request.headers_finished)

    def _discard_input(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:  # the client has closed the connection
            self.handle_close()
        self._discards_input = True

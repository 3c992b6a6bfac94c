"""The listening socket of a process; closes connections whose clients are too slow."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from query_api.connections.connection import Connection
from query_api.connections.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES, ConnectionLimits

_CHECK_INTERVAL_S: Final = 0.5
_ADJUSTMENTS: Final = {
    "ident": "gram-es",
    "max_request_header_size": MAX_HEAD_BYTES,
    "max_request_body_size": MAX_BODY_BYTES,
    "connection_limit": 1 << 20,  # this class has its own
    "log_socket_errors": False,
    "clear_untrusted_proxy_headers": False,  # the application trusts none of them
}
# The kernel would keep up to 4 MB of responses for a client that does not read them.
_SEND_BUFFER: Final = (socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 18)


class Listener(TcpWSGIServer):  # type: ignore[misc]  # waitress carries no types
    """Accepts connections of one socket and passes complete requests to the dispatcher's threads.

    :param application: the WSGI application.
    :param bound: the listening socket; other processes may accept from it, too.
    :param loop: the objects of the loop by file descriptor; changed in place.
    """

    channel_class = Connection

    def __init__(
        self,
        application: Callable[..., Any],
        bound: socket.socket,
        dispatcher: ThreadedTaskDispatcher,
        limits: ConnectionLimits,
        loop: dict[int, Any],
    ) -> None:
        self._client_s = limits.client_s
        self._max_connections = limits.allowed_connections
        self._next_check = 0.0
        adjustments = Adjustments(**_ADJUSTMENTS)
        adjustments.socket_options = [*Adjustments.socket_options, _SEND_BUFFER]
        super().__init__(
            application,
            map=loop,
            _sock=bound,
            dispatcher=dispatcher,
            adj=adjustments,
            sockinfo=(bound.family, bound.type, bound.proto, bound.getsockname()),
            bind_socket=False,
        )

    def readable(self) -> bool:
        """Return whether to accept a connection; make room for it.

        The loop asks before it waits for events. No connection may be closed while it handles
        them: a new connection could get the file descriptor, and then the events, of the old one.
        """
        if monotonic() >= self._next_check:
            self._next_check = monotonic() + _CHECK_INTERVAL_S
            self.close_connections(lambda connection: connection.is_overdue(self._client_s))
        return bool(super().readable()) and self._has_room()

    def maintenance(self, _: float) -> None:
        """Do nothing: waitress calls this by the clock of the host, which may be set back."""

    def close_connections(self, selects: Callable[[Connection], bool]) -> None:
        """Close the selected connections among those that wait for their clients."""
        for connection in list(self.active_channels.values()):
            if connection.waits_for_client and selects(connection):
                connection.abandon()

    def _has_room(self) -> bool:
        if len(self.active_channels) >= self._max_connections:
            self._close_one()
        return len(self.active_channels) < self._max_connections

    def _close_one(self) -> None:
        """Close the connection that waits longest in the network that has most of them."""
        waiting = [each for each in self.active_channels.values() if each.waits_for_client]
        counts = Counter(each.network for each in waiting)
        if waiting:
            max(waiting, key=lambda each: (counts[each.network], -each.step_began)).abandon()

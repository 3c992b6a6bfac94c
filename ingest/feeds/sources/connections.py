"""HTTP connections that end at a deadline and, unless allowed, never lead to private addresses."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

from ingest.feeds.sources.access import Access


class PrivateAddressError(OSError):
    """A host name leads to an address that is not public; the message is the address."""


class Deadline:
    """A time after which all connections are shut, whatever the server still sends.

    The timeout of a socket starts again with each byte, so a server that sends one byte a second
    would hold a reader for ever.
    """

    def __init__(self) -> None:
        self.has_passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def watch(self, connection: socket.socket) -> None:
        """Shut ``connection`` at the deadline."""
        with self._lock:
            # A duplicate, because TLS takes the descriptor out of the socket that it wraps.
            self._sockets.append(connection.dup())
        if self.has_passed:
            self._shut()

    @contextmanager
    def of(self, seconds: float) -> Iterator[None]:
        """Let the deadline pass ``seconds`` after entry; on exit nothing is watched any more."""
        timer = threading.Timer(seconds, self._pass)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            for connection in self._sockets:
                connection.close()

    def _pass(self) -> None:
        self.has_passed = True
        self._shut()

    def _shut(self) -> None:
        with self._lock:
            for connection in self._sockets:
                with contextlib.suppress(OSError):  # it has ended already
                    connection.shutdown(socket.SHUT_RDWR)


class _Connection(HTTPConnection):
    """A connection that, unless allowed, rejects private addresses before and after it connects.

    The DNS record of a host may change between the two checks. A connection to a proxy is not
    checked: the proxy is often in the private network, and connects to the host itself.
    """

    def __init__(self, *args: Any, deadline: Deadline, allow_private: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline = deadline
        self._allow_private = allow_private or self.proxy is not None

    def _new_conn(self) -> socket.socket:
        if not self._allow_private:
            for *_, address in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
                _check_public(str(address[0]))
        connection = super()._new_conn()
        try:
            if not self._allow_private:
                _check_public(str(connection.getpeername()[0]))
        except PrivateAddressError:
            connection.close()
            raise
        self._deadline.watch(connection)
        return connection


class _SecureConnection(_Connection, HTTPSConnection):
    pass


# What Python calls global although it leads into private networks: addresses that carry an IPv4
# address, which a gateway unpacks (NAT64, 6to4, Teredo), site-local addresses, and multicast.
_NOT_PUBLIC = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/96", "2002::/16", "2001::/32", "fec0::/10"))
)


def _check_public(text: str) -> None:
    address = ipaddress.ip_address(text.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or address
    is_inside = any(inner in network for network in _NOT_PUBLIC if network.version == inner.version)
    if not inner.is_global or inner.is_multicast or is_inside:
        raise PrivateAddressError(text)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class FeedAdapter(HTTPAdapter):
    """An adapter for requests whose connections, also those of redirects, end at ``deadline``.

    :param access: whether to allow private addresses and plain http.
    """

    def __init__(self, deadline: Deadline, access: Access) -> None:
        options: dict[str, Any] = {"deadline": deadline, "allow_private": access.private_addresses}
        self._pools: dict[str, Any] = {"https": partial(_SecurePool, **options)}
        if access.plain_http:
            self._pools["http"] = partial(_Pool, **options)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pools of connections through a proxy."""
        return self._watch(super().proxy_manager_for(*args, **kwargs))

    def _watch(self, manager: PoolManager) -> PoolManager:
        manager.pool_classes_by_scheme = self._pools
        return manager

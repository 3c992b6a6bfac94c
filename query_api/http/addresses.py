"""The networks of client addresses: one client often has many addresses of one network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_IPV6_PREFIX: Final = 64  # the smallest network that providers assign to one customer
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")  # IPv4 addresses behind NAT64


def client_network(address: str) -> str:
    """Return the network of a client: an IPv4 address itself, or the /64 of an IPv6 address.

    Limits count the addresses of such a network as one client. Text that is not an address, such as
    that of a Unix socket, is returned as it is.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if embedded := _embedded_ipv4(parsed):
        return str(embedded)
    return str(ip_network((int(parsed), _IPV6_PREFIX), strict=False))


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    if IPv6Address(int(address)) in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped

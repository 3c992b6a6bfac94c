"""The hosts from which pages may show pictures of products."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from gram_es.records import Product

_HTTPS_PORT: Final = 443
_NAME: Final = re.compile(r"[a-z0-9._-]+")  # browsers take a backslash for the end of the host


@dataclass(frozen=True, slots=True)
class ImageHosts:
    """A set of hosts, such as ``cdn.example.com`` or ``*.example.com``, perhaps with a port.

    ``*.`` stands for one or more labels, as in a Content-Security-Policy. Other hosts could record
    who looks at which product, so no picture is loaded from them.
    """

    hosts: tuple[str, ...] = ()

    @property
    def sources(self) -> str:
        """Return the hosts as sources of a Content-Security-Policy."""
        return " ".join(f"https://{host}" for host in self.hosts)

    def picture(self, product: Product) -> str | None:
        """Return the address of the product's picture; ``None`` if it must not be loaded.

        The picture must come over HTTPS, because pages are often served over HTTPS, too.
        """
        link = product.image_link
        host = _host_of(link) if link else None
        return link if host and any(_matches(host, pattern) for pattern in self.hosts) else None


NO_HOSTS: Final = ImageHosts()


def _host_of(link: str) -> str | None:
    """Return the host of an HTTPS address, with its port unless it is the usual one."""
    try:
        parts = urlsplit(link)
        name = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port or _HTTPS_PORT
    except ValueError:  # no address, or no valid host or port
        return None
    if parts.scheme != "https" or not _NAME.fullmatch(name) or parts.username is not None:
        return None
    return name if port == _HTTPS_PORT else f"{name}:{port}"


def _matches(host: str, pattern: str) -> bool:
    suffix = pattern.removesuffix(f":{_HTTPS_PORT}")
    if suffix.startswith("*."):
        return host.endswith(suffix.removeprefix("*"))
    return host == suffix

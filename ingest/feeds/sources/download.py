"""The download of a feed from a URL, limited in size, in time and to public addresses.

The server's validators (ETag, Last-Modified) are stored next to the last copy, so that the server
does not send an unchanged feed again.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from filelock import FileLock
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from gram_es.errors import FeedError

_CHUNK_BYTES = 1 << 18
_CONNECT_S, _READ_S = 10.0, 60.0
_REDIRECTS = 5
_HEADER_BY_CONDITION = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}


class _PrivateAddressError(OSError):
    pass


class _PublicConnection(HTTPSConnection):
    """A connection that rejects private addresses, both before and after it connects.

    The DNS record of a host may change between the two checks.
    """

    def _new_conn(self) -> socket.socket:
        for *_, address in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
            _check_public(str(address[0]))
        connection = super()._new_conn()
        try:
            _check_public(str(connection.getpeername()[0]))
        except _PrivateAddressError:
            connection.close()
            raise
        return connection


def _check_public(address: str) -> None:
    if not ipaddress.ip_address(address.partition("%")[0]).is_global:
        raise _PrivateAddressError(address)


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicAdapter(HTTPAdapter):
    """An adapter that connects to public addresses only, redirects included."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}


def is_url(feed: str) -> bool:
    """Return whether a feed is given by an http or https URL."""
    return urlsplit(feed).scheme in ("http", "https")


def download(
    url: str, folder: Path, *, max_bytes: int, timeout_s: float, allow_private: bool = False
) -> Path:
    """Download a feed into ``folder`` unless the copy there is current; return the copy's path.

    :param allow_private: whether to allow private addresses and plain http.
    :raises FeedError: if the feed cannot be downloaded completely within the limits.
    """
    if urlsplit(url).scheme != "https" and not allow_private:
        raise FeedError(f"{url} is not https; set GRAM_ES_FEED_PRIVATE=true to read it anyway")
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / hashlib.sha256(url.encode()).hexdigest()[:24]
    with FileLock(copy.with_suffix(".lock")):
        try:
            _fetch(url, copy, max_bytes=max_bytes, timeout_s=timeout_s, allow_private=allow_private)
        # A malformed host name raises UnicodeError.
        except (requests.RequestException, OSError, UnicodeError) as error:
            raise FeedError(f"the feed {url} cannot be downloaded: {_reason(error)}") from None
    return copy


def _fetch(url: str, copy: Path, *, max_bytes: int, timeout_s: float, allow_private: bool) -> None:
    started, validators_path = time.monotonic(), copy.with_suffix(".json")
    headers = _read_validators(validators_path) if copy.exists() else {}
    with requests.Session() as session:
        session.trust_env = allow_private  # a proxy could connect to a private address
        session.max_redirects = _REDIRECTS
        if not allow_private:
            session.adapters.clear()
            session.mount("https://", _PublicAdapter())
        response = session.get(url, headers=headers, stream=True, timeout=(_CONNECT_S, _READ_S))
        with response:
            if response.status_code == requests.codes.not_modified:
                return
            response.raise_for_status()
            partial = copy.with_suffix(".part")
            size = 0
            with partial.open("wb") as file:
                for chunk in response.iter_content(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > max_bytes:
                        raise FeedError(
                            f"the feed {url} is larger than {max_bytes:,} bytes; raise "
                            "GRAM_ES_FEED_BYTES to read it"
                        )
                    if time.monotonic() - started > timeout_s:
                        raise FeedError(
                            f"the feed {url} took longer than {timeout_s:.0f} s; raise "
                            "GRAM_ES_FEED_SECONDS to wait longer"
                        )
                    file.write(chunk)
            partial.replace(copy)
            validators = {
                condition: response.headers[header]
                for condition, header in _HEADER_BY_CONDITION.items()
                if header in response.headers
            }
            validators_path.write_text(json.dumps(validators), encoding="utf-8")


def _read_validators(path: Path) -> dict[str, str]:
    try:
        validators: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return validators


def _reason(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _PrivateAddressError):
            return (
                f"it leads to the private address {cause}, which is rejected; set "
                "GRAM_ES_FEED_PRIVATE=true to allow private addresses"
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, requests.HTTPError):
        return f"the server answers {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server does not answer in time"
    return str(error).splitlines()[0][:200]

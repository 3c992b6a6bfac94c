"""A feed from an https address: bounded in size and time, and never from a private network.

The server's validators (ETag, Last-Modified) are kept beside the last copy, so that a feed that did
not change is not sent again.
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


class _PrivateAddressError(OSError):
    pass


class _PublicConnection(HTTPSConnection):
    """A connection that looks before and behind: a name may point anywhere, at any moment."""

    def _new_conn(self) -> socket.socket:
        for *_, place in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
            _check_public(str(place[0]))
        reached = super()._new_conn()
        try:
            _check_public(str(reached.getpeername()[0]))
        except _PrivateAddressError:
            reached.close()
            raise
        return reached


def _check_public(address: str) -> None:
    if not ipaddress.ip_address(address.partition("%")[0]).is_global:
        raise _PrivateAddressError(address)


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicAdapter(HTTPAdapter):
    """Reaches public addresses alone, redirects included."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}


def is_address(feed: str) -> bool:
    """Tell whether a feed is named by an address of the web."""
    return urlsplit(feed).scheme in ("http", "https")


def download(
    url: str, folder: Path, *, most_bytes: int, within_s: float, private: bool = False
) -> Path:
    """Return the path of the feed's newest copy, kept in ``folder``.

    :param private: lets private addresses and plain http be asked too.
    :raises FeedError: if it cannot be had whole, within the limits.
    """
    if urlsplit(url).scheme != "https" and not private:
        raise FeedError(
            f"{url} is not https; set GRAM_ES_FEED_PRIVATE=true to read it all the same"
        )
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / hashlib.sha256(url.encode()).hexdigest()[:24]
    with FileLock(copy.with_suffix(".lock")):
        try:
            _fetch(url, copy, most_bytes=most_bytes, within_s=within_s, private=private)
        except (requests.RequestException, OSError, UnicodeError) as error:  # the last of a name
            raise FeedError(f"the feed {url} cannot be had: {_reason(error)}") from None
    return copy


def _fetch(url: str, copy: Path, *, most_bytes: int, within_s: float, private: bool) -> None:
    began, told = time.monotonic(), copy.with_suffix(".json")
    headers = _validators(told) if copy.exists() else {}
    with requests.Session() as session:
        session.trust_env = private  # a proxy would reach what we must not
        session.max_redirects = _REDIRECTS
        if not private:
            session.adapters.clear()
            session.mount("https://", _PublicAdapter())
        answer = session.get(url, headers=headers, stream=True, timeout=(_CONNECT_S, _READ_S))
        with answer:
            if answer.status_code == requests.codes.not_modified:
                return
            answer.raise_for_status()
            draft = copy.with_suffix(".part")
            size = 0
            with draft.open("wb") as file:
                for chunk in answer.iter_content(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > most_bytes:
                        raise FeedError(
                            f"the feed {url} is larger than {most_bytes:,} bytes; raise "
                            "GRAM_ES_FEED_BYTES to read it"
                        )
                    if time.monotonic() - began > within_s:
                        raise FeedError(
                            f"the feed {url} took longer than {within_s:.0f} s; raise "
                            "GRAM_ES_FEED_SECONDS to wait longer"
                        )
                    file.write(chunk)
            draft.replace(copy)
            kept = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
            found = {
                ask: answer.headers[name] for ask, name in kept.items() if name in answer.headers
            }
            told.write_text(json.dumps(found), encoding="utf-8")


def _validators(told: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(told.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _reason(error: Exception) -> str:
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, _PrivateAddressError):
            return (
                f"it leads to the private address {at}, which is refused; set "
                "GRAM_ES_FEED_PRIVATE=true if it is yours"
            )
        at = at.__cause__ or at.__context__
    if isinstance(error, requests.HTTPError):
        return f"the server answers {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server does not answer in time"
    return str(error).splitlines()[0][:200]

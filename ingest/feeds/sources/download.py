"""The download of a feed from a URL, limited in size, in time and to public addresses.

The server's validators (ETag, Last-Modified) are stored next to the last copy, so that the server
does not send an unchanged feed again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import requests
from filelock import FileLock
from requests.utils import get_environ_proxies, get_netrc_auth

from gram_es.errors import FeedError
from ingest.feeds.sources.access import PUBLIC_ONLY, Access
from ingest.feeds.sources.connections import Deadline, FeedAdapter, PrivateAddressError

_CHUNK_BYTES = 1 << 18
_CONNECT_S, _READ_S = 10.0, 60.0
_REDIRECTS = 5
_HEADER_BY_CONDITION = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}


def is_url(feed: str) -> bool:
    """Return whether a feed is given by an http or https URL."""
    return urlsplit(feed).scheme in ("http", "https")


def download(
    url: str, folder: Path, *, max_bytes: int, timeout_s: float, access: Access = PUBLIC_ONLY
) -> Path:
    """Download a feed into ``folder`` unless the copy there is current; return the copy's path.

    :param access: what the download may do beyond reading from public addresses over https.
    :raises FeedError: if the feed cannot be downloaded completely within the limits.
    """
    if urlsplit(url).scheme != "https" and not access.plain_http:
        raise FeedError(
            f"{shown_url(url)} is not https; set GRAM_ES_FEED_HTTP=true to read it anyway"
        )
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / hashlib.sha256(url.encode()).hexdigest()[:24]
    with FileLock(copy.with_suffix(".lock")):
        try:
            _fetch(url, copy, max_bytes=max_bytes, timeout_s=timeout_s, access=access)
        # A malformed host name raises UnicodeError.
        except (requests.RequestException, OSError, UnicodeError) as error:
            raise FeedError(
                f"the feed {shown_url(url)} cannot be downloaded: {_reason(error)}"
            ) from None
    return copy


def shown_url(url: str) -> str:
    """Return a URL as messages may show it: without user, password, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def shown_feed(feed: str) -> str:
    """Return the path or the URL of a feed as messages may show it."""
    return shown_url(feed) if is_url(feed) else feed


def _fetch(url: str, copy: Path, *, max_bytes: int, timeout_s: float, access: Access) -> None:
    deadline = Deadline()
    try:
        with deadline.of(timeout_s), _session(url, deadline, access) as session:
            _store(session, url, copy, max_bytes=max_bytes, deadline=deadline)
    except (requests.RequestException, OSError):
        if not deadline.has_passed:
            raise
    if deadline.has_passed:
        raise FeedError(
            f"the feed {shown_url(url)} took longer than {timeout_s:g} s; raise "
            "GRAM_ES_FEED_SECONDS to wait longer"
        )


def _session(url: str, deadline: Deadline, access: Access) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # the environment may name proxies, and passwords for redirects
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
    if access.proxies:
        session.proxies.update(get_environ_proxies(url))
    if access.netrc:
        session.auth = get_netrc_auth(url)  # requests does not send it to the host of a redirect
    session.max_redirects = _REDIRECTS
    session.adapters.clear()
    for scheme in ("https://", "http://") if access.plain_http else ("https://",):
        session.mount(scheme, FeedAdapter(deadline, access))
    return session


def _store(
    session: requests.Session, url: str, copy: Path, *, max_bytes: int, deadline: Deadline
) -> None:
    """Download a feed into ``copy`` unless the server says that it has not changed."""
    validators_path = copy.with_suffix(".json")
    headers = _read_validators(validators_path) if copy.exists() else {}
    response = session.get(url, headers=headers, stream=True, timeout=(_CONNECT_S, _READ_S))
    with response:
        if response.status_code == requests.codes.not_modified:
            return
        response.raise_for_status()
        partial = copy.with_suffix(".part")
        _write(response, partial, max_bytes=max_bytes)
        if deadline.has_passed:  # a connection that was shut may look like the end of the feed
            return
        partial.replace(copy)
        validators = {
            condition: response.headers[header]
            for condition, header in _HEADER_BY_CONDITION.items()
            if header in response.headers
        }
        validators_path.write_text(json.dumps(validators), encoding="utf-8")


def _write(response: requests.Response, path: Path, *, max_bytes: int) -> None:
    size = 0
    with path.open("wb") as file:
        for chunk in response.iter_content(_CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise FeedError(
                    f"the feed {shown_url(response.url)} is larger than {max_bytes:,} bytes; raise "
                    "GRAM_ES_FEED_BYTES to read it"
                )
            file.write(chunk)


def _read_validators(path: Path) -> dict[str, str]:
    try:
        validators: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return validators


def _reason(error: Exception) -> str:
    """Return why a download failed, without the URL, which may contain a password or a token."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, PrivateAddressError):
            return (
                f"it leads to the private address {cause}, which is rejected; set "
                "GRAM_ES_FEED_PRIVATE=true to allow private addresses"
            )
    if isinstance(error, requests.HTTPError):
        return f"the server answers {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server does not answer in time"
    if isinstance(error, requests.TooManyRedirects):
        return f"the server redirects more than {_REDIRECTS} times"
    told = (cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror)
    return next(told, None) or f"{type(causes[-1]).__name__}; check the address"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

"""Connect to Elasticsearch and convert the client's exceptions to ``ClusterError``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from elastic_transport import ConnectionTimeout, TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import BulkIndexError

from gram_es.cluster.node.node import LocalNode
from gram_es.cluster.transport import open_client
from gram_es.errors import ClusterError, ClusterUnavailableError, SettingsError
from gram_es.settings import Settings

# HTTP statuses of an overloaded or restarting cluster: a retry may succeed.
RETRYABLE_STATUSES = frozenset({429, 502, 503, 504})
TOO_LARGE = 413  # HTTP: Content Too Large
_MAX_CONNECTIONS = 300  # above a service's number of threads: none waits for another
_DISK_FULL = "read-only-allow-delete block"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def connect(settings: Settings) -> Elasticsearch:
    """Return a client for the cluster at ``ELASTICSEARCH_URL``.

    If this setting is missing, the client is for the running local node. No request is sent yet.
    The client retries a request if the connection fails or the cluster is overloaded (HTTP 429, 502
    to 504), but not after a timeout.

    :raises ClusterError: if no URL is set and no local node runs.
    :raises SettingsError: if the URL, the key or the CA file cannot be used.
    """
    key = settings.elasticsearch_api_key
    ca_file = settings.elasticsearch_ca_file
    if ca_file is not None and not ca_file.is_file():
        raise SettingsError(f"ELASTICSEARCH_CA_FILE={ca_file}: there is no such file")
    trust: dict[str, Any] = {} if ca_file is None else {"ca_certs": str(ca_file)}
    url = _with_port(settings.elasticsearch_url or _local_url(settings))
    try:
        return open_client(
            url,
            **trust,
            api_key=key.get_secret_value() if key else None,
            request_timeout=settings.elasticsearch_timeout_s,
            retry_on_status=sorted(RETRYABLE_STATUSES),
            max_retries=3,
            connections_per_node=_MAX_CONNECTIONS,
        )
    except ValueError as error:
        raise SettingsError(
            f"ELASTICSEARCH_URL={without_password(url)} with its key and CA file "
            f"cannot be used: {error}"
        ) from None


def _local_url(settings: Settings) -> str:
    status = LocalNode.of(settings).status()
    if status.url is None:
        raise ClusterError(
            "no Elasticsearch: set ELASTICSEARCH_URL to your cluster, "
            "or start the local one with gram-es node start"
        )
    return status.url


def _with_port(url: str) -> str:
    """Return ``url`` with a port; if it has none, add the default port of its scheme.

    Elasticsearch's client requires a port in the URL.

    :raises SettingsError: if ``url`` cannot be parsed, has no host, or is neither HTTP nor HTTPS.
    """
    parts, port = _parse_url(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise SettingsError(
            f"ELASTICSEARCH_URL={without_password(url)} is not the URL of a cluster; "
            "write it as https://search.example.com:9200"
        )
    if port is None:
        parts = parts._replace(netloc=f"{parts.netloc.rstrip(':')}:{_DEFAULT_PORTS[parts.scheme]}")
    return parts.geturl()


def _parse_url(url: str) -> tuple[SplitResult, int | None]:
    """Return a URL's parts and its port.

    :raises SettingsError: if the URL cannot be parsed. The message does not quote the URL, because
        any part of it may belong to a password.
    """
    with suppress(ValueError):
        parts = urlsplit(url)
        if "@" not in parts.path + parts.query + parts.fragment:
            return parts, parts.port
    raise SettingsError(
        "ELASTICSEARCH_URL cannot be parsed; write it as https://search.example.com:9200, "
        "with / : ? # @ % in a password as %2F %3A %3F %23 %40 %25"
    )


def without_password(url: str) -> str:
    """Return ``url`` without its user name and password, so that it can be printed."""
    scheme, separator, rest = url.rpartition("://")
    return scheme + separator + rest.rpartition("@")[2]


@contextmanager
def cluster_errors(action: str) -> Iterator[None]:
    """Convert the exceptions of Elasticsearch's client in the ``with`` block to ``ClusterError``.

    :param action: what the block does, worded to follow "cannot", such as ``read the live codes``.
    :raises ClusterUnavailableError: if the cluster did not answer or is overloaded.
    :raises ClusterError: if the cluster rejected a request.
    """
    try:
        yield
    except BulkIndexError as error:
        raise ClusterError(f"cannot {action}: {_failed_items(error)}") from error
    except ApiError as error:
        raise _api_failure(action, error) from error
    except TransportError as error:
        raise ClusterUnavailableError(f"cannot {action}: {_connection_failure(error)}") from error


def _api_failure(action: str, error: ApiError) -> ClusterError:
    reason = error_reason(error)
    if _DISK_FULL in reason:
        return ClusterUnavailableError(
            f"cannot {action}: a disk of Elasticsearch is full ({error.status_code}: {reason}); "
            "free disk space, then try again"
        )
    if error.status_code in RETRYABLE_STATUSES:
        return ClusterUnavailableError(
            f"cannot {action}: Elasticsearch is overloaded or restarting "
            f"({error.status_code}: {reason}); try again later"
        )
    if error.status_code == 401:
        reason = (
            "Elasticsearch rejected the credentials (401); set or correct ELASTICSEARCH_API_KEY"
        )
    elif error.status_code == 403:
        reason = (
            f"not allowed (403: {reason}); give the role of ELASTICSEARCH_API_KEY "
            "the privileges listed in mappings/roles"
        )
    elif error.status_code == TOO_LARGE:
        reason = (
            "the request is larger than the server accepts (413); raise http.max_content_length in "
            "elasticsearch.yml, or the limit of the proxy in front of Elasticsearch"
        )
    elif not isinstance(error.body, dict):
        reason = (
            f"the server at this URL is not Elasticsearch ({error.status_code}); "
            "check ELASTICSEARCH_URL"
        )
    else:
        reason = f"Elasticsearch answered {error.status_code}: {reason}"
    return ClusterError(f"cannot {action}: {reason}")


def error_reason(error: ApiError) -> str:
    """Return the root cause in Elasticsearch's answer, or else the client's message."""
    cause = error.body.get("error") if isinstance(error.body, dict) else None
    if not isinstance(cause, dict):
        return str(cause or error.message)
    roots = cause.get("root_cause") or [cause]
    return str(roots[0].get("reason") or cause.get("reason") or error.message)


def _connection_failure(error: TransportError) -> str:
    if isinstance(error, TlsError):
        return (
            f"no secure connection to Elasticsearch ({error.message}); "
            "set ELASTICSEARCH_CA_FILE to the authority that signed its certificate, "
            "or correct the scheme of ELASTICSEARCH_URL"
        )
    if isinstance(error, ConnectionTimeout):
        return (
            f"Elasticsearch did not answer in time ({error.message}); "
            "try again, or raise GRAM_ES_ELASTICSEARCH_TIMEOUT (for a search GRAM_ES_DEADLINE_MS)"
        )
    return (
        f"Elasticsearch does not answer ({error.message}); "
        "check ELASTICSEARCH_URL, or start the local node with gram-es node start"
    )


def _failed_items(error: BulkIndexError) -> str:
    items = [next(iter(item.values())) for item in error.errors]
    shown = "; ".join(f"{item.get('_id')}: {item.get('error')}" for item in items[:3])
    return f"{len(items)} documents failed ({shown[:600]})"

"""The Celery application: its broker, its queues, and how a batch is sent."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from celery.loaders.app import AppLoader
from kombu.connection import Connection, ConnectionPool, PooledConnection
from kombu.exceptions import OperationalError
from kombu.utils.url import parse_url

from gram_es.errors import GramError, SettingsError
from gram_es.settings import Settings
from ingest.broker.folder import make_folders
from ingest.broker.message import BATCHES, ENRICH_BATCH

_POLLING_INTERVAL_S = 0.1
_CONNECT_S = 5
# Publishing is retried for a minute, the time that a broker may need to restart.
_PUBLISH_RETRY_POLICY = {
    "max_retries": 12,
    "interval_start": 0.2,
    "interval_step": 1,
    "interval_max": 6,
}
_FILESYSTEM = "filesystem://"
_NO_HOST = f"{_FILESYSTEM}localhost"  # kombu warns of a URL without a host
# Transports that receive only messages of batches, by the scheme of the broker's URL.
_TRANSPORTS = {
    "filesystem": "ingest.broker.folder:Transport",
    "redis": "ingest.broker.redis:Transport",
    "rediss": "ingest.broker.redis:TlsTransport",
    "sentinel": "ingest.broker.redis:SentinelTransport",
    "amqp": "ingest.broker.amqp:Transport",
    "amqps": "ingest.broker.amqp:TlsTransport",
}


class BrokerError(GramError):
    """The broker did not answer."""

    retryable = True


_NO_BROKER = (
    "GRAM_ES_BROKER_URL is not the URL of a broker that gram-es supports; write it as"
    " redis://:PASSWORD@HOST:6379/0 or amqp://USER:PASSWORD@HOST:5672//,"
    " with / : @ % in a password as %2F %3A %40 %25"
)

_UNCHECKED = (
    "GRAM_ES_BROKER_URL has the option {}, with which the broker's certificate is not checked;"
    " remove it, write rediss:// or amqps:// for TLS, and name the authority of a private"
    " certificate by ssl_ca_certs=FILE"
)
# Options of a URL, as kombu reads them, with the only value that checks the certificate.
_CHECKED = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}


class _OwnTransports(Connection):
    """A connection that uses the transports of gram-es, also for the next of several URLs.

    Its URI names a transport by its scheme, not by its class.
    """

    resolve_aliases = {  # noqa: RUF012
        **Connection.resolve_aliases,
        **{transport: scheme for scheme, transport in _TRANSPORTS.items()},
    }

    def _init_params(  # type: ignore[override]
        self, *, transport: str, **others: Any
    ) -> None:
        own = _TRANSPORTS.get(transport, transport)
        super()._init_params(transport=own, **others)  # type: ignore[no-untyped-call]


class _PooledConnection(_OwnTransports, PooledConnection):
    """A connection of a pool, which sends messages."""


class _Pool(ConnectionPool):
    def new(self) -> _PooledConnection:
        """Return a connection like that of the pool."""
        options = dict(self.connection._info(resolve=False))
        return _PooledConnection(self, **options)  # type: ignore[no-untyped-call]


class _Connection(_OwnTransports):
    """A connection, or the model of those in its pool."""

    def Pool(self, limit: int | None = None, **options: Any) -> _Pool:  # noqa: N802
        """Return a pool of such connections."""
        return _Pool(self, limit, **options)  # type: ignore[no-untyped-call]


class _Amqp(AMQP):  # type: ignore[misc]
    Connection = _Connection


class _Loader(AppLoader):  # type: ignore[misc]
    """A loader that does not import the module that ``CELERY_CONFIG_MODULE`` names."""

    def read_configuration(self, env: str = "") -> dict[str, Any]:  # noqa: ARG002
        """Return no configuration."""
        return {}


class _App(Celery):  # type: ignore[misc]
    """An application that ignores the environment variables ``CELERY_*``.

    Celery would prefer ``CELERY_BROKER_URL`` to the URL in its configuration. The variable may
    belong to another application of the same machine or container.
    """

    backend_cls = "disabled://"

    def __init__(self, settings: Settings) -> None:
        super().__init__("gram-es", amqp=_Amqp, loader=_Loader, set_as_current=False)
        self._url = _NO_HOST if broker_folder(settings) else settings.broker_url
        self._options: dict[str, Any] = {}
        if self._url.startswith("rediss:"):
            self._options["ssl"] = {"ssl_cert_reqs": ssl.CERT_REQUIRED}

    def _connection(self, url: str, **options: Any) -> Any:  # noqa: ARG002
        return super()._connection(self._url, **{**options, **self._options})


def make_celery(settings: Settings, kind: str = BATCHES) -> Celery:
    """Return an application for the broker of ``settings``, without connecting to it.

    ``kind`` is that of the messages which it sends and receives: each has a queue of its own.

    Messages are JSON and are acknowledged before the task runs. If a worker dies, its batches are
    resent from the ledger, the index that stores batches and their results. A later
    acknowledgement, after the task, would fail if the broker restarted during the task. With Redis
    the worker would then receive no further message. There is no result backend: the ledger has
    the results.

    :raises SettingsError: if the broker's URL is invalid or has an option with which certificates
        are not checked, or if its library is not installed.
    """
    if not _has_transport(settings.broker_url):
        raise SettingsError(_NO_BROKER)
    app = _App(settings)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        enable_utc=True,
        timezone="UTC",
        task_ignore_result=True,
        task_default_queue=queue_name(settings, kind),
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_publish_retry_policy=_PUBLISH_RETRY_POLICY,
        **_transport_options(settings),
    )
    _check_url(app)
    for url in settings.broker_url.split(";"):
        _check_tls(url)
    return app


def queue_name(settings: Settings, kind: str = BATCHES) -> str:
    """Return the name of the queue of an index for one kind of messages.

    Each index has a queue of its own, so that indices with the same broker do not share workers.
    """
    return f"{kind}.{settings.index}"


def send_batch(app: Celery, run: int, batch: int) -> None:
    """Put a batch on the queue; the message contains only the numbers of run and batch.

    :raises BrokerError: if the broker does not answer for a minute, or its disk is full.
    """
    try:
        app.send_task(ENRICH_BATCH, args=(run, batch))
    except OperationalError as error:
        raise BrokerError(
            f"{not_sent_message(app, error)}, then run the command again to resume"
        ) from None


def check_broker(app: Celery) -> None:
    """Connect to the broker and disconnect again.

    :raises BrokerError: if the broker does not answer or rejects the credentials.
    """
    try:
        with app.connection() as connection:
            connection.ensure_connection(max_retries=1, timeout=_CONNECT_S)
    except OperationalError as error:
        raise BrokerError(_no_answer_message(app, error)) from None


def not_sent_message(app: Celery, error: Exception) -> str:
    """Return why the broker takes no message, and what to do about it."""
    cause = error.__cause__
    folder = app.conf.broker_transport_options.get("data_folder_out")
    if folder is None or not isinstance(cause, OSError):
        return _no_answer_message(app, error)
    reason = (cause.strerror or str(cause)).lower()
    return (
        f"the folder {folder} of the broker takes no message ({reason}); free disk space, or set"
        " GRAM_ES_CACHE_DIR to a folder on another disk"
    )


def _no_answer_message(app: Celery, error: Exception) -> str:
    uri = app.connection().as_uri()
    return f"the broker {uri} does not answer ({error}); check GRAM_ES_BROKER_URL"


def _check_url(app: Celery) -> None:
    """Reject a URL that kombu cannot parse: kombu's own message would show parts of a password.

    :raises SettingsError: with the name of the variable, never its value.
    """
    try:
        app.connection().as_uri()
    except ImportError as error:
        raise SettingsError(
            f"the library for GRAM_ES_BROKER_URL is not installed ({error.name}); "
            "for Redis: pip install 'gram-es[redis]'"
        ) from None
    except (ValueError, LookupError, TypeError):
        raise SettingsError(_NO_BROKER) from None


def _check_tls(url: str) -> None:
    """Reject a URL with an option that switches off the check of the broker's certificate.

    :raises SettingsError: with the name of the option.
    """
    try:
        given = parse_url(url).get("ssl", {})
    except (ValueError, LookupError, TypeError):
        raise SettingsError(_NO_BROKER) from None
    if not isinstance(given, dict):
        raise SettingsError(_UNCHECKED.format("ssl"))
    for option, value in _CHECKED.items():
        if given.get(option, value) != value:
            raise SettingsError(_UNCHECKED.format(option))


def _has_transport(urls: str) -> bool:
    """Return whether the URLs, several if the broker fails over, have one scheme of gram-es."""
    [scheme, *others] = {url.partition("://")[0] for url in urls.split(";")}
    return not others and scheme in _TRANSPORTS


def broker_folder(settings: Settings) -> Path | None:
    """Return the folder of the filesystem broker, or ``None`` if the broker is a server."""
    return settings.cache_dir / "broker" if settings.broker_url.startswith(_FILESYSTEM) else None


def _transport_options(settings: Settings) -> dict[str, Any]:
    """Return the options of the broker's transport.

    :raises BrokerError: if the broker's folder cannot be created.
    """
    folder = broker_folder(settings)
    if folder is None:
        return {}
    try:
        folders = make_folders(folder)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BrokerError(
            f"the folder {folder} of the broker cannot be created ({reason}); free disk space, or"
            " set GRAM_ES_CACHE_DIR to a folder that this user may write to"
        ) from None
    return {
        "broker_transport_options": {
            **folders,
            "polling_interval": _POLLING_INTERVAL_S,
        },
    }

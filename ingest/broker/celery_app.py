"""The Celery application: which broker, which queue, which habits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from gram_es.errors import GramError, SettingsError
from gram_es.settings import Settings
from ingest.broker.folder import make_folders

ENRICH_BATCH = "ingest.enrich_batch"

_POLLING_INTERVAL_S = 0.1
_CONNECT_S = 5
# A message is tried again for a minute: as long as a broker may take to start anew.
_PATIENCE = {"max_retries": 12, "interval_start": 0.2, "interval_step": 1, "interval_max": 6}
_FILESYSTEM = "filesystem://"
_NO_HOST = f"{_FILESYSTEM}localhost"  # kombu warns of a URL without a host


class BrokerError(GramError):
    """The broker did not answer."""

    retryable = True


def make_celery(settings: Settings) -> Celery:
    """Return an application that talks to the broker of ``settings``; nothing is connected yet.

    Messages are JSON and acknowledged before the task: what a dead worker had taken the ledger
    sends again. An acknowledgement after the task fails if the broker started anew meanwhile, and
    with Redis the worker then takes no message any more. There is no result backend: the ledger
    tells what became of a batch.

    :raises SettingsError: if the broker's URL cannot be read.
    """
    app = Celery("gram-es", set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        enable_utc=True,
        timezone="UTC",
        task_ignore_result=True,
        task_default_queue=queue_name(settings),
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_publish_retry_policy=_PATIENCE,
        **_broker(settings),
    )
    _check_url(app)
    return app


def queue_name(settings: Settings) -> str:
    """Return the queue of an index: catalogues that share a broker do not share workers."""
    return f"enrich.{settings.index}"


def send_batch(app: Celery, run: int, batch: int) -> None:
    """Put a batch that stands in the ledger on the queue: the message holds these numbers only.

    :raises BrokerError: if the broker does not answer for a minute.
    """
    try:
        app.send_task(ENRICH_BATCH, args=(run, batch))
    except OperationalError as error:
        raise BrokerError(
            f"{_silence(app, error)}, then run the command again: it goes on where it was"
        ) from None


def check_broker(app: Celery) -> None:
    """Connect to the broker once, and leave it.

    :raises BrokerError: if it does not answer, or does not know the user.
    """
    try:
        with app.connection() as connection:
            connection.ensure_connection(max_retries=1, timeout=_CONNECT_S)
    except OperationalError as error:
        raise BrokerError(_silence(app, error)) from None


def _silence(app: Celery, error: OperationalError) -> str:
    uri = app.connection().as_uri()
    return f"the broker {uri} does not answer ({error}); check GRAM_ES_BROKER_URL"


def _check_url(app: Celery) -> None:
    """Refuse a URL that kombu cannot read: its own words would show parts of a password.

    :raises SettingsError: naming the variable, never the value.
    """
    try:
        app.connection().as_uri()
    except ImportError as error:
        raise SettingsError(
            f"GRAM_ES_BROKER_URL names a broker whose library is not installed ({error.name}); "
            "for Redis: pip install 'gram-es[redis]'"
        ) from None
    except (ValueError, LookupError):
        raise SettingsError(
            "GRAM_ES_BROKER_URL is no URL of a broker; write it as redis://:PASSWORD@HOST:6379/0 "
            "or amqp://USER:PASSWORD@HOST:5672//, with / : @ % in a password as %2F %3A %40 %25"
        ) from None


def broker_folder(settings: Settings) -> Path | None:
    """Return the folder that is the broker, or ``None`` if a server is."""
    return settings.cache_dir / "broker" if settings.broker_url.startswith(_FILESYSTEM) else None


def _broker(settings: Settings) -> dict[str, Any]:
    folder = broker_folder(settings)
    if folder is None:
        return {"broker_url": settings.broker_url}
    return {
        "broker_url": _NO_HOST,
        "broker_transport": "ingest.broker.folder:Transport",
        "broker_transport_options": {
            **make_folders(folder),
            "store_processed": True,
            "polling_interval": _POLLING_INTERVAL_S,
        },
    }

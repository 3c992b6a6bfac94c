"""The check of the path from a new query to a language model: workers for queries, their queue."""

from __future__ import annotations

from collections.abc import Iterator

from gram_es.index.lifecycle import live_index
from gram_es.settings import Settings
from ingest.broker.celery_app import broker_folder
from ingest.broker.message import MAX_QUEUED_QUERIES
from ingest.broker.query_queue import QueryQueue
from ingest.doctor.findings import Finding, Site, ok, warning
from ingest.doctor.queue_checks import worker_finding
from ingest.worker.heartbeat import QUERY_WORKER, observe_worker_statuses


def queries(site: Site) -> Iterator[Finding]:
    """Check that a worker answers the queries for a language model, and that there are enough.

    Without such a worker the service sends queries in vain, and drops them once the queue is full.
    """
    settings = site.settings
    command = f"gram-es worker --queries --language-model {settings.language_model or 'SOURCE'}"
    statuses = observe_worker_statuses(site.client, settings.index, kind=QUERY_WORKER)
    live = live_index(site.client, settings.index)
    for status in statuses:
        yield worker_finding(status, live, command=command)
    waiting = _waiting(settings)
    is_used = bool(settings.queries_per_minute or settings.language_model or waiting)
    if not any(status.is_alive for status in statuses):
        if not is_used:
            yield ok("no query is sent to a language model")
            return
        yield warning(
            f"no worker for queries of {settings.index} is alive, and {waiting:,} queries wait",
            f"start one: {command}; or set GRAM_ES_QUERIES_PER_MINUTE=0 for the service",
        )
    elif waiting >= MAX_QUEUED_QUERIES:
        yield warning(
            f"the queue is full: {waiting:,} queries wait for a language model, and the service "
            "drops new ones",
            f"start more workers: {command}; or set a lower GRAM_ES_QUERIES_PER_MINUTE",
        )
    else:
        yield ok(f"{waiting:,} queries wait for a language model")


def _waiting(settings: Settings) -> int:
    """Return how many queries wait; a broker folder is not created to count them.

    :raises BrokerError: if the broker does not answer.
    """
    folder = broker_folder(settings)
    return 0 if folder is not None and not folder.exists() else QueryQueue(settings).size()

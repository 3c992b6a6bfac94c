"""Checks of the path from a feed to the index: broker, workers, waiting batches, dead letters."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.index.names import DEAD, LEDGER
from ingest.broker.celery_app import BrokerError, broker_folder, check_broker, make_celery
from ingest.doctor.findings import (
    Finding,
    Level,
    Site,
    failure,
    finding_from_error,
    live_fingerprint,
    ok,
    short,
    warning,
)
from ingest.runs.batch_document import LEASED, QUEUED
from ingest.worker.heartbeat import WorkerStatus, observe_worker_statuses

_START = "gram-es worker --model DIR"
_MAX_WAIT = timedelta(minutes=15)


def broker(site: Site) -> Iterator[Finding]:
    """Check that the broker answers or, if the broker is a folder, that it can be written to."""
    folder = broker_folder(site.settings)
    if folder is None:
        app = make_celery(site.settings)
        try:
            check_broker(app)
        except BrokerError as error:
            yield finding_from_error(Level.FAILURE, error)
        else:
            yield ok(f"{app.connection().as_uri()} answers")
    elif not folder.exists():
        yield ok(f"no queue in {folder} yet; the first ingest or worker creates it")
    elif not os.access(folder / "queue", os.W_OK | os.X_OK):
        yield failure(
            f"{folder}/queue cannot be written to",
            "run ingest and workers as the owner of the folder, or set GRAM_ES_CACHE_DIR",
        )
    else:
        yield ok(f"{folder} accepts messages, from this machine only")
        if rejected := sum(1 for _ in (folder / "rejected").glob("*")):
            yield warning(
                f"{rejected:,} messages of no batch are set aside in {folder / 'rejected'}",
                "find out what wrote them to the queue, then delete them",
            )


def workers(site: Site) -> Iterator[Finding]:
    """Check that a worker is alive, and that every worker has the live model."""
    statuses = observe_worker_statuses(site.client, site.settings.index)
    live = live_index(site.client, site.settings.index)
    for status in statuses:
        yield worker_finding(status, live, command="gram-es worker")
    if not any(status.is_alive for status in statuses):
        yield warning(f"no worker of {site.settings.index} is alive", f"start one: {_START}")


def worker_finding(status: WorkerStatus, live: LiveIndex, *, command: str) -> Finding:
    """Return whether a worker is alive and has the live model.

    :param command: the command that starts such a worker, without its models.
    """
    name = f"{status.name} with {', '.join(map(short, status.models))}"
    if not status.is_alive:
        minutes = status.last_seen_ago.total_seconds() / 60
        models = " ".join(f"--model {folder}" for folder in status.models.values())
        return warning(
            f"{name}: heartbeat lost {minutes:,.0f} min ago, without a shutdown",
            f"read its log, then restart it: {command} {models}",
        )
    if live_fingerprint(live) not in status.models:
        return failure(
            f"{name} is alive, but the live codes of {live.index} come from "
            f"{short(live_fingerprint(live))}",
            "restart it with that model, or make its model live with gram-es index migrate",
        )
    return ok(f"{name} is alive") if status.is_recent else _wrong_clock(name, status)


def _wrong_clock(name: str, status: WorkerStatus) -> Finding:
    minutes = status.last_seen_ago.total_seconds() / 60
    direction = "behind" if minutes > 0 else "ahead of"
    return warning(
        f"{name} is alive, but its clock is {abs(minutes):,.0f} min {direction} this one",
        "synchronise both clocks with NTP (timedatectl status)",
    )


def backlog(site: Site) -> Iterator[Finding]:
    """Check that no batch has waited for a worker for more than 15 minutes.

    A batch waits if it is queued, or if the worker that has its lease wrote no heartbeat lately.
    """
    now = datetime.now(UTC)
    statuses = observe_worker_statuses(site.client, site.settings.index)
    alive = [status.name for status in statuses if status.is_alive]
    leased_in_vain = {
        "bool": {"filter": {"term": {"state": LEASED}}, "must_not": {"terms": {"worker": alive}}}
    }
    waiting = {
        "filter": {"term": {"index": site.settings.index}},
        "should": [{"term": {"state": QUEUED}}, leased_in_vain],
        "minimum_should_match": 1,
    }
    answer = site.client.search(
        index=LEDGER,
        query={"bool": waiting},
        size=0,
        track_total_hits=True,
        aggs={"oldest": {"min": {"field": "queued_at"}}},
    )
    batches = answer["hits"]["total"]["value"]
    if not batches:
        yield ok("no batch is waiting")
        return
    oldest = datetime.fromtimestamp(answer["aggregations"]["oldest"]["value"] / 1000, UTC)
    waited = max(now - oldest, timedelta())
    message = f"{batches:,} batches wait, the oldest for {waited.total_seconds() / 60:,.0f} min"
    if not alive:
        yield failure(f"{message}, and no worker is alive", f"start one: {_START}")
    elif waited > _MAX_WAIT:
        yield warning(
            message,
            "start more workers; if no batch is processed, run the same gram-es ingest FEED --wait "
            "again, which resumes its run and resends lost batches",
        )
    else:
        yield ok(message)


def dead_letters(site: Site) -> Iterator[Finding]:
    """Check for dead letters: failed rows whose products are missing from the index or outdated."""
    answer = site.client.search(
        index=DEAD,
        query={"term": {"index": site.settings.index}},
        size=0,
        aggs={"runs": {"terms": {"field": "failed_in", "size": 20, "order": {"_key": "desc"}}}},
    )
    runs = answer["aggregations"]["runs"]["buckets"]
    for run in runs:
        yield warning(
            f"{run['doc_count']:,} rows of run {run['key']} failed and are not indexed",
            f"see the errors with gram-es ingest status {run['key']}; after fixing the cause, "
            f"replay the rows with gram-es ingest replay {run['key']}",
        )
    if not runs:
        yield ok("there are no dead letters")

"""Checks of the way from a feed to the index: broker, workers, what waits, what failed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gram_es.index.lifecycle import live_index
from gram_es.index.names import DEAD, LEDGER
from ingest.broker.celery_app import BrokerError, broker_folder, check_broker, make_celery
from ingest.doctor.findings import (
    Finding,
    Level,
    Site,
    failure,
    live_fingerprint,
    ok,
    short,
    told,
    warning,
)
from ingest.runs.batch_store import QUEUED, TAKEN
from ingest.worker.heartbeat import read_signs

_START = "gram-es worker --model DIR"
_LONG = timedelta(minutes=15)


def broker(site: Site) -> Iterator[Finding]:
    """Check that the queue takes messages."""
    folder = broker_folder(site.settings)
    if folder is None:
        app = make_celery(site.settings)
        try:
            check_broker(app)
        except BrokerError as error:
            yield told(Level.FAILURE, error)
        else:
            yield ok(f"{app.connection().as_uri()} answers")
    elif not folder.exists():
        yield ok(f"no queue in {folder} yet; the first ingest or worker makes it")
    elif not os.access(folder / "queue", os.W_OK | os.X_OK):
        yield failure(
            f"{folder}/queue cannot be written to",
            "let ingest and workers run as its owner, or set GRAM_ES_CACHE_DIR",
        )
    else:
        yield ok(f"{folder} takes messages, on this machine")


def workers(site: Site) -> Iterator[Finding]:
    """Check that workers are alive, and have the model whose codes are live."""
    signs = read_signs(site.client, site.settings.index)
    live = live_index(site.client, site.settings.index)
    held = live_fingerprint(live)
    for sign in signs:
        who = f"{sign.name} with {', '.join(map(short, sign.models))}"
        start = f"gram-es worker {' '.join(f'--model {f}' for f in sign.models.values())}"
        if not sign.is_alive:
            silent = f"{sign.silent.total_seconds() / 60:,.0f} min"
            yield warning(
                f"{who} has been silent for {silent} and did not end in peace",
                f"see its log, and start it again: {start}",
            )
        elif held not in sign.models:
            yield failure(
                f"{who} lives, but the live codes of {live.index} are those of {short(held)}",
                "start it with that model, or make its model live with gram-es index migrate",
            )
        else:
            yield ok(f"{who} lives")
    if not any(sign.is_alive for sign in signs):
        yield warning(f"no worker of {site.settings.index} is alive", f"start one: {_START}")


def backlog(site: Site) -> Iterator[Finding]:
    """Check that no batch waits for longer than workers should take."""
    now = datetime.now(UTC)
    of_index = {"term": {"index": site.settings.index}}
    waiting = {"bool": {"filter": [of_index, {"term": {"state": QUEUED}}]}}
    dropped = {
        "bool": {
            "filter": [
                of_index,
                {"term": {"state": TAKEN}},
                {"range": {"lease_until": {"lt": now.isoformat()}}},
            ]
        }
    }
    answer = site.client.search(
        index=LEDGER,
        query={"bool": {"should": [waiting, dropped]}},
        size=0,
        track_total_hits=True,
        aggs={"oldest": {"min": {"field": "queued_at"}}},
    )
    batches = answer["hits"]["total"]["value"]
    if not batches:
        yield ok("no batch waits")
        return
    oldest = datetime.fromtimestamp(answer["aggregations"]["oldest"]["value"] / 1000, UTC)
    waited = max(now - oldest, timedelta())
    found = f"{batches:,} batches wait, the oldest for {waited.total_seconds() / 60:,.0f} min"
    if not any(sign.is_alive for sign in read_signs(site.client, site.settings.index)):
        yield failure(f"{found}, and no worker is alive", f"start one: {_START}")
    elif waited > _LONG:
        yield warning(
            found,
            "start more workers; if none of them moves, run the same gram-es ingest FEED --wait "
            "again: it goes on with its run and sends lost batches anew",
        )
    else:
        yield ok(found)


def dead_letters(site: Site) -> Iterator[Finding]:
    """Check for rows that failed and did not come in since: products that the index lacks."""
    answer = site.client.search(
        index=DEAD,
        query={"term": {"index": site.settings.index}},
        size=0,
        aggs={"runs": {"terms": {"field": "failed_in", "size": 20, "order": {"_key": "desc"}}}},
    )
    runs = answer["aggregations"]["runs"]["buckets"]
    for run in runs:
        yield warning(
            f"{run['doc_count']:,} rows of run {run['key']} failed and are not in",
            f"see why: gram-es ingest status {run['key']}; once that is mended, feed them again: "
            f"gram-es ingest replay {run['key']}",
        )
    if not runs:
        yield ok("no row waits to be fed again")

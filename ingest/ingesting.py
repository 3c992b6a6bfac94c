"""One ingest from end to end, as the command runs it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.client import cluster_errors
from gram_es.index.lifecycle import live_index
from gram_es.settings import Settings
from ingest.celery_app import send_batch
from ingest.feeds import Feed, open_feed
from ingest.follower import Follower
from ingest.ledger import Ledger
from ingest.producer import produce
from ingest.progress import ProgressBar
from ingest.runs import Run, Runs


def ingest_feed(
    client: Elasticsearch, app: Celery, settings: Settings, feed: Feed, *, source: str, wait: bool
) -> Run:
    """Queue a feed's rows and return the run; with ``wait`` only when each row has its fate.

    A run of the same feed that was cut short is gone on with.

    :raises FeedError: if nothing of the feed can be read.
    :raises CatalogueIndexError: if the index is not installed.
    """
    feed.format_name()  # what is no feed begins no run
    runs = Runs(client, settings.index)
    run = runs.begin(_wanted(client, settings, feed, source))
    ledger = Ledger(client, settings.index, lease_s=settings.lease_s)

    with ProgressBar() as bar:
        send = partial(send_batch, app, run.number)
        follower = Follower(ledger, run.number, send, bar, lease_s=settings.lease_s)
        read = produce(
            open_feed(feed, bar.file_read),
            run,
            ledger=ledger,
            follower=follower,
            watcher=bar,
            batches_ahead=settings.batches_ahead,
        )
        runs.save(read)
        if not wait:
            return read
        follower.wait()
    done = runs.closed(read)
    runs.save(done)
    with cluster_errors(f"make the rows of run {run.number} searchable"):
        client.indices.refresh(index=settings.index)
    return done


def _wanted(client: Elasticsearch, settings: Settings, feed: Feed, source: str) -> Run:
    live = live_index(client, settings.index)
    if live.live_slot is None:
        raise CatalogueIndexError(
            f"{live.index} has no slot for a model's codes; make one with"
            " gram-es index install --model DIR"
        )
    return Run(
        number=0,
        source=source,
        target=live.index,
        feed_hash=feed.content_hash(),
        batch_size=settings.batch_size,
        model=live.slots[live.live_slot].fingerprint,
        started_at=datetime.now(UTC),
    )

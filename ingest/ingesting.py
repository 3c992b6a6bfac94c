"""One ingest from end to end, as the command runs it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.client import cluster_errors
from gram_es.index.lifecycle import live_index
from gram_es.settings import Settings
from ingest.celery_app import send_batch
from ingest.feeds import check_feed, open_feed
from ingest.feeds.source import content_hash
from ingest.follower import Follower
from ingest.ledger import Ledger
from ingest.listed import Listed
from ingest.producer import produce
from ingest.progress import ProgressBar
from ingest.runs import Run, Runs
from ingest.unlisted import Stock, plan_deletes


@dataclass(frozen=True)
class Wish:
    """How a feed is to be ingested.

    A ``partial`` feed deletes nothing; with ``allow_deletes`` a full one deletes any number.
    """

    source: str
    wait: bool = False
    partial: bool = False
    allow_deletes: bool = False


def ingest_feed(
    client: Elasticsearch, app: Celery, settings: Settings, path: Path, wish: Wish
) -> Run:
    """Queue a feed's rows and return the run; if it is to wait, only when each row has its fate.

    A run of the same feed that was cut short is gone on with.

    :raises FeedError: if nothing of the feed can be read.
    :raises CatalogueIndexError: if the index is not installed.
    """
    check_feed(path)  # what is no feed begins no run
    runs = Runs(client, settings.index)
    stock = Stock(client, settings.index, wish.source)
    run = runs.begin(_wanted(client, settings, path, wish, stock))
    ledger = Ledger(client, settings.index, lease_s=settings.lease_s)

    with ProgressBar() as bar:
        send = partial(send_batch, app, run.number)
        follower = Follower(ledger, run.number, send, bar, lease_s=settings.lease_s)
        listed = Listed()
        read = produce(
            listed.noting(open_feed(path, bar.file_read)),
            run,
            ledger=ledger,
            follower=follower,
            watcher=bar,
            batches_ahead=settings.batches_ahead,
        )
        of_rows = read.batches
        if run.is_planned:
            read = replace(read, batches=run.batches)
        elif read.lists_all:
            most = None if wish.allow_deletes else settings.most_deleted
            read = plan_deletes(read, listed, stock, ledger, most=most)
        runs.save(read)
        for number in range(of_rows + 1, read.batches + 1):
            follower.add(number, rows=0)
            follower.wait(at_most=settings.batches_ahead - 1)
        if not wish.wait:
            return read
        follower.wait()
    done = runs.closed(read)
    runs.save(done)
    with cluster_errors(f"make the rows of run {run.number} searchable"):
        client.indices.refresh(index=settings.index)
    return done


def _wanted(client: Elasticsearch, settings: Settings, path: Path, wish: Wish, stock: Stock) -> Run:
    live = live_index(client, settings.index)
    if live.live_slot is None:
        raise CatalogueIndexError(
            f"{live.index} has no slot for a model's codes; make one with"
            " gram-es index install --model DIR"
        )
    return Run(
        number=0,
        source=wish.source,
        target=live.index,
        feed_hash=content_hash(path),
        batch_size=settings.batch_size,
        model=live.slots[live.live_slot].fingerprint,
        started_at=datetime.now(UTC),
        partial=wish.partial,
        stocked=stock.count(),
    )

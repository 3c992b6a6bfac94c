"""One ingest from end to end, as the command runs it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.settings import Settings
from ingest.feeds import Feed, open_feed
from ingest.producer.deletes import Listed, Stock, plan_deletes
from ingest.producer.enqueue import produce
from ingest.producer.runner import Runner
from ingest.runs.dead_letters import DeadLetters
from ingest.runs.run_store import Run


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
    client: Elasticsearch, app: Celery, settings: Settings, feed: Feed, wish: Wish
) -> Run:
    """Queue a feed's rows and return the run; if it is to wait, only when each row has its fate.

    A run of the same feed that was cut short is gone on with.

    :raises FeedError: if nothing of the feed can be read.
    :raises CatalogueIndexError: if the index is not installed.
    """
    feed.format_name()  # what is no feed begins no run
    runner = Runner(client, app, settings)
    run = runner.begin(wish.source, feed.content_hash(), partial=wish.partial)
    listed = Listed()
    with runner.follow(run) as (follower, bar):
        read = produce(
            listed.noting(open_feed(feed, bar.file_read)),
            run,
            ledger=runner.ledger,
            follower=follower,
            watcher=bar,
            batches_ahead=settings.batches_ahead,
        )
        first = read.batches + 1
        if run.is_planned:
            read = replace(read, batches=run.batches)
        elif read.lists_all:
            stock = Stock(client, settings.index, wish.source)
            most = None if wish.allow_deletes else settings.most_deleted
            read = plan_deletes(read, listed, stock, runner.ledger, most=most)
            if not read.held:
                DeadLetters(client, settings.index).drop_unlisted(wish.source, listed)
        runner.runs.save(read)
        runner.send(follower, dict.fromkeys(range(first, read.batches + 1), 0))
        if not wish.wait:
            return read
        follower.wait()
    return runner.close(read)

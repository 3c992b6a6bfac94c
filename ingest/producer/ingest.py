"""Ingest a feed: the steps of ``gram-es ingest``, from the first row to the deletes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.settings import Settings
from ingest.feeds import Feed, open_feed
from ingest.producer.deletes import ListedIds, SourceProducts, plan_deletes
from ingest.producer.enqueue import enqueue_feed
from ingest.producer.runner import Runner
from ingest.runs.dead_letters import DeadLetters
from ingest.runs.run_store import Run


@dataclass(frozen=True)
class IngestOptions:
    """The options of an ingest.

    ``source`` is the name under which the feed's products are stored. A ``partial`` feed deletes
    nothing. With ``allow_deletes`` a full feed may delete any number of products. With ``wait`` the
    ingest ends only when every row has been processed.
    """

    source: str
    wait: bool = False
    partial: bool = False
    allow_deletes: bool = False


def ingest_feed(
    client: Elasticsearch, app: Celery, settings: Settings, feed: Feed, options: IngestOptions
) -> Run:
    """Enqueue the rows of a feed, wait for the workers if the options say so, and return the run.

    Ingesting the same feed again resumes an interrupted run.

    :raises FeedError: if nothing of the feed can be read.
    :raises CatalogueIndexError: if the index is not installed.
    """
    feed.format_name()  # raises before a run begins
    runner = Runner(client, app, settings)
    run = runner.begin(options.source, feed.content_hash(), partial=options.partial)
    listed = ListedIds()
    with runner.follow(run) as (resender, bar):
        read = enqueue_feed(
            listed.recording(open_feed(feed, bar.file_read)),
            run,
            ledger=runner.ledger,
            resender=resender,
            listener=bar,
            max_queued_batches=settings.max_queued_batches,
        )
        first_delete = read.batches + 1
        if run.has_all_batches:
            read = replace(read, batches=run.batches)
        elif read.lists_all_products:
            source_products = SourceProducts(client, settings.index, options.source)
            max_share = None if options.allow_deletes else settings.max_deleted_share
            read = plan_deletes(read, listed, source_products, runner.ledger, max_share=max_share)
            if not read.withheld_deletes:
                letters = DeadLetters(client, settings.index)
                letters.delete_unlisted(options.source, listed.missing)
        runner.runs.save(read)
        runner.send(resender, dict.fromkeys(range(first_delete, read.batches + 1), 0))
        if not options.wait:
            return read
        resender.wait()
    return runner.close(read)

"""The one task: it enriches and indexes a batch that the ledger holds."""

from __future__ import annotations

import logging

from celery import Celery
from celery.platforms import EX_FAILURE
from celery.worker import state

from gram_es.errors import ClusterUnavailableError
from ingest.broker.celery_app import ENRICH_BATCH, send_batch
from ingest.worker.batch_job import Workbench
from ingest.worker.models import ModelDoesNotFitError

logger = logging.getLogger(__name__)


def register_tasks(app: Celery, bench: Workbench) -> None:
    """Give ``app`` the task ``enrich_batch(run, batch)``; its message holds these numbers only.

    Running it twice is the same as once. It is put off as long as Elasticsearch stays away. A
    model that no longer fits the index stops the worker, and the batch goes back to the queue.
    """

    def enrich_batch(run: int, batch: int) -> None:
        try:
            bench.enrich(run, batch)
        except ModelDoesNotFitError as error:
            logger.error("the worker stops: %s", error)
            state.should_stop = EX_FAILURE
            send_batch(app, run, batch)

    app.task(
        enrich_batch,
        name=ENRICH_BATCH,
        autoretry_for=(ClusterUnavailableError,),
        retry_backoff=True,
        retry_backoff_max=30,
        max_retries=None,
    )

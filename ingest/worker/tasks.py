"""The Celery task: enrich and index one batch of the ledger."""

from __future__ import annotations

import logging

from celery import Celery
from celery.platforms import EX_FAILURE
from celery.worker import state

from gram_es.errors import ClusterUnavailableError
from ingest.broker.celery_app import send_batch
from ingest.broker.message import ENRICH_BATCH
from ingest.runs.ledger_errors import LostLedgerError
from ingest.worker.batch_job import BatchJob
from ingest.worker.models import ModelMismatchError

logger = logging.getLogger(__name__)


def register_tasks(app: Celery, job: BatchJob) -> None:
    """Add the task ``enrich_batch(run, batch)`` to ``app``.

    The message of a task contains only the run's number and the batch's number. Running the task
    twice has the same effect as once. It is retried until Elasticsearch is available. If none of
    the worker's models is live any more, the worker stops, and the batch is sent again.
    """

    def enrich_batch(run: int, batch: int) -> None:
        try:
            job.enrich(run, batch)
        except LostLedgerError as error:
            logger.error("batch %d-%d: %s", run, batch, error)
        except ModelMismatchError as error:
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

"""The one task: it enriches and indexes a batch that the ledger holds."""

from __future__ import annotations

import logging
import os
import signal

from celery import Celery
from celery.exceptions import Reject
from celery.platforms import EX_FAILURE
from celery.worker import state

from gram_es.errors import ClusterUnavailableError
from ingest.celery_app import ENRICH_BATCH
from ingest.workbench import ModelDoesNotFitError, Workbench

logger = logging.getLogger(__name__)


def register_tasks(app: Celery, bench: Workbench) -> None:
    """Give ``app`` the task ``enrich_batch(run, batch)``; its message holds these numbers only.

    Running it twice is the same as once. It is put off as long as Elasticsearch stays away. A
    model that no longer fits the index stops the worker, and the batch goes back to the queue.
    """
    worker_pid = os.getpid()

    def enrich_batch(run: int, batch: int) -> None:
        try:
            bench.enrich(run, batch)
        except ModelDoesNotFitError as error:
            logger.error("the worker stops: %s", error)
            _stop_worker(worker_pid)
            raise Reject(str(error), requeue=True) from None

    app.task(
        enrich_batch,
        name=ENRICH_BATCH,
        autoretry_for=(ClusterUnavailableError,),
        retry_backoff=True,
        retry_backoff_max=30,
        max_retries=30,
    )


def _stop_worker(pid: int) -> None:
    """Let the worker end after this task: with a failure where the task runs in its own process."""
    if os.getpid() == pid:
        state.should_stop = EX_FAILURE
    else:
        os.kill(pid, signal.SIGTERM)

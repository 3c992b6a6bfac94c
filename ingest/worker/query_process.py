"""The worker process that answers queries with a language model."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from celery import Celery
from celery.platforms import EX_FAILURE
from celery.worker import state

from gram_es.background import PeriodicTask
from gram_es.cluster.client import connect
from gram_es.errors import ClusterUnavailableError
from gram_es.settings import Settings
from ingest.broker.celery_app import make_celery
from ingest.broker.message import ANSWER_QUERY, QUERIES
from ingest.broker.query_queue import AskedQuery
from ingest.broker.tracing import start_tracing
from ingest.runs.batch_store import worker_name
from ingest.worker.heartbeat import QUERY_WORKER, Heartbeat, WorkerStatus
from ingest.worker.models import ModelMismatchError
from ingest.worker.process import configure_logging, make_worker
from ingest.worker.query_job import QueryJob

logger = logging.getLogger(__name__)

_CLEANING_INTERVAL_S = 3600.0
_MAX_RETRIES = 5


def run_query_worker(settings: Settings, model_dirs: Sequence[Path]) -> int:
    """Run a worker that answers queries until SIGTERM or Ctrl-C, and return its exit code.

    It answers one query at a time: a query and the codes near it already fill a batch of the
    language model.

    :raises SettingsError: if the settings give no language model.
    :raises ModelError: if a model cannot be loaded, or if the worker does not have the live model.
    :raises CatalogueIndexError: if the index is not installed.
    """
    configure_logging()
    start_tracing(settings, "gram-es-query-worker")
    job = QueryJob(settings, model_dirs)
    job.load()
    app = make_celery(settings, QUERIES)
    _register_task(app, job)
    worker = make_worker(app)
    status = WorkerStatus(worker_name(), job.model_folders)
    with connect(settings) as client:
        cleaning = PeriodicTask(
            job.delete_old_answers,
            name="old-answers",
            interval_s=_CLEANING_INTERVAL_S,
            on_failure="cannot delete old answers to queries",
            run_immediately=True,
        )
        with Heartbeat(client, settings.index, status, kind=QUERY_WORKER), cleaning:
            worker.start()
    return int(worker.exitcode or 0)


def _register_task(app: Celery, job: QueryJob) -> None:
    """Add the task ``answer_query(typed, corrected, model)`` to ``app``.

    Running it twice has the same effect as once. A query that the worker had received when it was
    killed is lost; it is resent when a shopper asks it again.
    """

    def answer_query(typed: str, corrected: str, model: str) -> None:
        try:
            job.answer(AskedQuery(typed, corrected, model))
        except ModelMismatchError as error:
            logger.error("the worker stops: %s", error)
            state.should_stop = EX_FAILURE

    app.task(
        answer_query,
        name=ANSWER_QUERY,
        autoretry_for=(ClusterUnavailableError,),
        retry_backoff=True,
        retry_backoff_max=30,
        max_retries=_MAX_RETRIES,
    )

"""The worker process, and the pool that starts several of them."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from celery import Celery, signals
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning

from gram_es.background import PeriodicTask
from gram_es.cluster.client import connect
from gram_es.settings import Settings
from ingest.broker.celery_app import broker_folder, make_celery
from ingest.broker.folder import prune_processed
from ingest.broker.tracing import start_tracing
from ingest.runs.batch_store import worker_name
from ingest.worker.batch_job import BatchJob
from ingest.worker.heartbeat import Heartbeat, WorkerStatus
from ingest.worker.orphans import OrphanedBatches
from ingest.worker.tasks import register_tasks

logger = logging.getLogger(__name__)


def run_worker(settings: Settings, model_dirs: Sequence[Path]) -> int:
    """Run a worker until SIGTERM or Ctrl-C, and return its exit code.

    The worker processes one batch at a time, in this process. The model uses several threads.

    :raises ModelError: if a folder contains no model, or if the worker does not have the live
        model, whose codes the search uses.
    :raises CatalogueIndexError: if the index is not installed.
    """
    configure_logging()
    start_tracing(settings, "gram-es-worker")
    job = BatchJob(settings, model_dirs)
    job.load()
    app = make_celery(settings)
    register_tasks(app, job)
    if (folder := broker_folder(settings)) is not None:
        prune_processed(folder)
    worker = make_worker(app)
    status = WorkerStatus(worker_name(), job.model_folders)
    with connect(settings) as client:
        resender = PeriodicTask(
            OrphanedBatches(client, app, settings).resend_overdue,
            name="batch-resender",
            interval_s=settings.lease_s / 2,
            on_failure="cannot resend overdue batches",
        )
        with Heartbeat(client, settings.index, status), resender:
            worker.start()
    return int(worker.exitcode or 0)


def make_worker(app: Celery) -> Worker:
    """Return a worker of ``app`` that runs one task at a time, in this process."""
    return app.Worker(
        pool="solo",
        concurrency=1,
        use_eventloop=False,  # with it, Celery acknowledges a message only after the task
        loglevel=logging.INFO,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )


def run_worker_pool(settings: Settings, model_dirs: Sequence[Path], workers: int) -> int:
    """Run several workers until all have exited, and return the first exit code that is not 0.

    SIGTERM and SIGINT are forwarded to all workers. If the settings give no number of threads, the
    workers share the processors equally.
    """
    threads_per_worker = max(1, (os.cpu_count() or 1) // workers)
    threads = settings.threads or threads_per_worker
    environment = {**os.environ, "GRAM_ES_THREADS": str(threads)}
    models = [argument for folder in model_dirs for argument in ("--model", str(folder))]
    command = [sys.executable, "-m", "gram_es", "worker", *models]
    processes = [
        subprocess.Popen(command, env=environment)  # noqa: S603 - our own command, no shell
        for _ in range(workers)
    ]

    def forward_signal(_number: int, _frame: object) -> None:
        for process in processes:
            process.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, forward_signal)
    exit_codes = []
    for process in processes:
        exit_code = process.wait()
        exit_codes.append(exit_code)
        if exit_code:
            logger.error("the worker %d exited with code %d", process.pid, exit_code)
    return next((abs(exit_code) for exit_code in exit_codes if exit_code), 0)


def configure_logging() -> None:
    """Keep the log handlers of the command, and log a line per task."""
    signals.setup_logging.connect(_keep_log_handlers, weak=False)
    for name in ("ingest", "celery.apps.worker"):
        logging.getLogger(name).setLevel(logging.INFO)
    # Celery warns root users of pickle, but our messages are JSON.
    warnings.filterwarnings("ignore", category=SecurityWarning)


def _keep_log_handlers(**_: object) -> None:
    """Do nothing. With a receiver of this signal, Celery does not install its own log handlers."""

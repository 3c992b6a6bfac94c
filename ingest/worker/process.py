"""The worker process: checks that its models fit the index, takes tasks until it is told."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from celery import signals
from celery.exceptions import SecurityWarning

from gram_es.background import PeriodicTask
from gram_es.cluster.client import connect
from gram_es.settings import Settings
from ingest.broker.celery_app import broker_folder, make_celery
from ingest.broker.folder import prune_processed
from ingest.worker.batch_job import Workbench
from ingest.worker.heartbeat import Heartbeat, WorkerSign, worker_name
from ingest.worker.orphans import Unattended
from ingest.worker.tasks import register_tasks

logger = logging.getLogger(__name__)


def run_crew(settings: Settings, model_dirs: Sequence[Path], workers: int) -> int:
    """Run so many workers until each has ended, and return the first exit code that is not 0.

    SIGTERM and SIGINT go on to all of them. Unless a number of threads is set they share the
    processors.
    """
    share = max(1, (os.cpu_count() or 1) // workers)
    environment = {**os.environ, "GRAM_ES_THREADS": str(settings.threads or share)}
    models = [word for folder in model_dirs for word in ("--model", str(folder))]
    command = [sys.executable, "-m", "gram_es", "worker", *models]
    crew = [subprocess.Popen(command, env=environment) for _ in range(workers)]

    def pass_on(_number: int, _frame: object) -> None:
        for worker in crew:
            worker.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    codes = []
    for worker in crew:
        code = worker.wait()
        codes.append(code)
        if code:
            logger.error("the worker %d ended with exit code %d", worker.pid, code)
    return next((abs(code) for code in codes if code), 0)


def run_worker(settings: Settings, model_dirs: Sequence[Path]) -> int:
    """Run a worker until SIGTERM or Ctrl-C, and return its exit code.

    It takes one batch after the other in this very process: the model's own threads use the
    processors.

    :raises ModelError: if there is no model, or the index's live codes come from another one.
    :raises CatalogueIndexError: if there is no index.
    """
    _configure_logging()
    bench = Workbench(settings, model_dirs)
    bench.load()
    app = make_celery(settings)
    register_tasks(app, bench)
    if (folder := broker_folder(settings)) is not None:
        prune_processed(folder)
    worker = app.Worker(
        pool="solo",
        concurrency=1,
        use_eventloop=False,  # it would acknowledge a message only after the task
        loglevel=logging.INFO,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    sign = WorkerSign(worker_name(), bench.held)
    with connect(settings) as client:
        resender = PeriodicTask(
            Unattended(client, app, settings).look,
            name="batch-resender",
            interval_s=settings.lease_s / 2,
            on_failure="cannot resend overdue batches",
        )
        with Heartbeat(client, settings.index, sign), resender:
            worker.start()
    return int(worker.exitcode or 0)


def _configure_logging() -> None:
    """Let the process log as the command has it, plus a line a batch."""
    signals.setup_logging.connect(_leave_logging_alone, weak=False)
    for name in ("ingest", "celery.apps.worker"):
        logging.getLogger(name).setLevel(logging.INFO)
    # Celery warns root of pickle, which no message of ours uses.
    warnings.filterwarnings("ignore", category=SecurityWarning)


def _leave_logging_alone(**_: object) -> None:
    """Be connected: that alone keeps Celery from setting up handlers of its own."""

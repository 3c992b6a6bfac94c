"""Several workers under one command: a process each, none forked from a loaded model."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gram_es.settings import Settings

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

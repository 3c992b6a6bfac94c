"""Run the commands of the demo as processes, as a person would in a terminal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gram_es.errors import GramError

_STOP_TIMEOUT_S = 20
_POLL_S = 0.5
_GRAM_ES = (sys.executable, "-m", "gram_es")


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker and the file with its log."""

    process: subprocess.Popen[str]
    log: Path

    def check(self) -> None:
        """Check that the worker runs.

        :raises GramError: if it has ended.
        """
        if self.process.poll() is not None:
            raise GramError(f"the demo stopped: its worker ended; {_last_log_line(self.log)}")


@dataclass(frozen=True, slots=True)
class Commands:
    """What the commands of the demo share: the folder of its files, the feed, the environment."""

    folder: Path
    feed: Path
    environment: dict[str, str]

    @property
    def model(self) -> Path:
        """Return the folder of the demo's model."""
        return self.folder / "model"

    def run(self, *command: str, watched: Worker | None = None) -> None:
        """Run one command to its end; its output goes to the terminal.

        :param watched: a worker that must keep running until the command has ended.
        :raises GramError: if the command fails or ``watched`` ends first.
        """
        with self.running(*command) as process:
            while (code := _wait(process)) is None:
                if watched is not None:
                    watched.check()
        if code:
            raise GramError(f"the demo stopped: gram-es {command[0]} ended with exit code {code}")

    @contextmanager
    def running(self, *command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
        """Start one command, yield its process, and stop it at the end of the block."""
        click.secho(f"\n$ gram-es {' '.join(command)}", bold=True, err=True)
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            [*_GRAM_ES, *command], env=self.environment, text=True, **options
        )
        try:
            yield process
        finally:
            _stop(process)

    @contextmanager
    def worker(self, *options: str, log: str) -> Iterator[Worker]:
        """Run a worker during the block.

        :param log: the name of the file with its log, in the demo's folder.
        """
        path = self.folder / log
        with (
            path.open("w", encoding="utf-8") as file,
            self.running("worker", *options, stdout=file, stderr=file) as process,
        ):
            click.echo(f"the worker's log: {path}", err=True)
            yield Worker(process, path)


def _wait(process: subprocess.Popen[str]) -> int | None:
    try:
        return process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return None


def _last_log_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return f"the last line of {log} is: {lines[-1]}" if lines else f"{log} is empty"


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

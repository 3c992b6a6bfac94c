"""Run commands of ``gram-es`` in processes of their own, and record their peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GRAM_ES = (sys.executable, "-m", "gram_es")
WATCH_S = 0.1


@dataclass
class CommandRunner:
    """A runner of ``gram-es`` commands that records their peak memory, in MB, by command."""

    environment: dict[str, str]
    peaks: dict[str, float] = field(default_factory=dict)

    def run(self, *command: str) -> Any:
        """Run a command until it ends, and return the JSON that it prints."""
        with subprocess.Popen(
            [*GRAM_ES, *command, "--json"], env=self.environment, stdout=subprocess.PIPE, text=True
        ) as process:
            watch = threading.Thread(target=self._watch, args=(command[0], process))
            watch.start()
            output, _ = process.communicate()
            watch.join()
        if process.returncode:
            raise SystemExit(
                f"gram-es {' '.join(command)} ended with exit code {process.returncode}: {output}"
            )
        return json.loads(output)

    @contextmanager
    def running(self, *command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Run a command in the background within the context."""
        process = subprocess.Popen(
            [*GRAM_ES, *command],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            self._record_peak(command[0], process)
            process.terminate()
            process.wait()

    def _watch(self, name: str, process: subprocess.Popen[str]) -> None:
        while process.poll() is None:
            self._record_peak(name, process)
            time.sleep(WATCH_S)

    def _record_peak(self, name: str, process: subprocess.Popen[str]) -> None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        except OSError:  # the process has ended
            return
        peak = status.partition("VmHWM:")[2].split()
        if peak:
            self.peaks[name] = max(self.peaks.get(name, 0.0), int(peak[0]) * 1_024 / 1e6)

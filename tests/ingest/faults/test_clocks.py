"""Workers whose clocks are an hour wrong."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BULK = r" /_bulk\?"
RIGHT = ""


# libfaketime breaks the call by which Python sleeps, not the one by which it waits for files.
_SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


@pytest.fixture
def start_worker(proxied: Any, gram_dir: Path, tmp_path: Path) -> Callable[..., Any]:
    """A function that starts a worker whose clock is wrong by a time such as ``-1h``."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        pytest.skip("no libfaketime: install Debian's libfaketime")

    (tmp_path / "sitecustomize.py").write_text(_SLEEP)

    def start(wrong_by: str) -> Any:
        right = dict(proxied.environment)
        if wrong_by:
            proxied.environment |= {
                "LD_PRELOAD": str(library),
                "FAKETIME": wrong_by,
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "PYTHONPATH": str(tmp_path),
            }
        try:
            return proxied.start_worker(gram_dir)
        finally:
            proxied.environment = right

    return start


@pytest.mark.parametrize(
    ("killed", "survivor"), [(RIGHT, "-1h"), ("+1h", RIGHT)], ids=["set back", "set forward"]
)
def test_the_batch_of_a_killed_worker_is_processed_whatever_the_clocks(
    proxied: Any,
    proxy: Any,
    faults: Any,
    feed: Path,
    start_worker: Callable[[str], Any],
    assert_complete: Callable[..., None],
    killed: str,
    survivor: str,
) -> None:
    gate = proxy.inject_gate(BULK, faults.cut)
    worker = start_worker(killed)
    ingest = proxied.start("ingest", str(feed), "--wait", "--json")
    proxied.wait_until(gate.reached.is_set)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    gate.opened.set()

    start_worker(survivor)

    assert_complete(ingest, timeout_s=110)

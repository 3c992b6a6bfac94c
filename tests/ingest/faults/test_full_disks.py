"""Disks that are full: below the ledger, and below the folder of the broker."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import LEDGER

BULK = r" /_bulk\?"


@pytest.fixture
def fill_ledger(client: Elasticsearch) -> Iterator[Callable[[bool], None]]:
    """A function that sets or removes the block that Elasticsearch sets when a disk is full."""

    def block(is_full: bool) -> None:
        setting = {"index.blocks.read_only_allow_delete": True if is_full else None}
        client.indices.put_settings(index=LEDGER, settings=setting)

    yield block
    block(False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """A function that mounts a file system of three messages on a folder."""
    mounted: list[Path] = []

    def mount(folder: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("mounting a small file system requires root")
        folder.mkdir(parents=True)
        options = ["-t", "tmpfs", "-o", "size=12k", "tmpfs", str(folder)]
        result = subprocess.run(["mount", *options], capture_output=True, text=True)
        if result.returncode:
            pytest.skip(f"mounting is not allowed here: {result.stderr.strip()}")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_run_whose_ledger_has_a_full_disk_begins_not_or_waits_for_space(
    proxied: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    fill_ledger: Callable[[bool], None],
    assert_no_effect: Callable[[], None],
) -> None:
    fill_ledger(True)
    rejected = proxied.run("ingest", str(feed), "--wait")
    fill_ledger(False)
    proxied.environment["GRAM_ES_BATCHES_AHEAD"] = "2"
    gate = proxy.inject_gate(BULK, faults.forward, waits_first=True)
    proxied.start_worker(gram_dir)
    ingest = proxied.start("ingest", str(feed), "--wait", "--json")
    proxied.wait_until(gate.reached.is_set)

    fill_ledger(True)
    gate.opened.set()
    proxied.wait_until(lambda: "a disk of Elasticsearch is full" in proxied.worker_log)
    fill_ledger(False)

    out, err = ingest.communicate(timeout=110)
    assert rejected.returncode == 2
    assert "a disk of Elasticsearch is full (429: " in rejected.stderr
    assert "free disk space, then try again" in rejected.stderr
    result = json.loads(out)
    assert (result["rows"], result["failed"], result["state"]) == (60, 0, "done"), err
    assert_no_effect()


def test_a_broker_folder_on_a_full_disk_ends_ingest_and_the_same_command_resumes_its_run(
    proxied: Any,
    gram_dir: Path,
    feed: Path,
    small_disk: Callable[[Path], None],
    assert_no_effect: Callable[[], None],
) -> None:
    folder = Path(proxied.environment["GRAM_ES_CACHE_DIR"]) / "broker"
    small_disk(folder)

    full = proxied.run("ingest", str(feed), "--wait")
    queued = [path.suffix for path in (folder / "queue").iterdir()]
    proxied.environment["GRAM_ES_BATCHES_AHEAD"] = "2"
    proxied.start_worker(gram_dir)
    resumed = proxied.run("ingest", str(feed), "--wait", "--json")

    assert full.returncode == 2
    assert (
        f"the folder {folder}/queue of the broker takes no message (no space left on device)"
        in (full.stderr)
    )
    assert "free disk space" in full.stderr
    assert queued == [".msg"] * 3
    result = json.loads(resumed.stdout)
    assert (result["created"], result["rows"], result["state"]) == (60, 60, "done")
    assert_no_effect()


def test_a_broker_folder_that_cannot_be_created_is_bad_input(
    proxied: Any, feed: Path, tmp_path: Path
) -> None:
    (tmp_path / "no folder").write_text("")
    proxied.environment["GRAM_ES_CACHE_DIR"] = str(tmp_path / "no folder")

    rejected = proxied.run("ingest", str(feed))

    assert rejected.returncode == 2
    assert "no folder/broker of the broker cannot be created (not a directory)" in rejected.stderr

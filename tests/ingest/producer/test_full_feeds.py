"""Deletes from end to end: the command, a worker process, a cluster."""

import gzip
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import write_alias
from gram_es.settings import Settings

LINES = [
    json.dumps({"id": f"k-{number}", "title": f"Stove kettle {number} litre", "price": number})
    for number in range(1, 61)
]


@pytest.fixture
def ids(client: Elasticsearch, cluster_settings: Settings) -> Any:
    def read() -> set[str]:
        client.indices.refresh(index=write_alias(cluster_settings.index))
        answer = client.search(index=cluster_settings.index, size=1_000, source=False)
        return {hit["_id"] for hit in answer["hits"]["hits"]}

    return read


@pytest.fixture
def ingest_lines(store: Any, gram_dir: Path, tmp_path: Path) -> Any:
    """Start a worker and return a function that ingests lines as the feed shop.ndjson."""
    store.start_worker(gram_dir)
    feed = tmp_path / "shop.ndjson"

    def ingest(lines: list[str], *options: str) -> Any:
        feed.write_text("\n".join(lines))
        return store.run("ingest", str(feed), "--wait", *options)

    ingest.feed = feed  # type: ignore[attr-defined]
    return ingest


def test_a_full_feed_deletes_what_it_no_longer_lists_and_nothing_of_other_feeds(
    ingest_lines: Any, store: Any, ids: Any, tmp_path: Path
) -> None:
    outlet = tmp_path / "outlet.ndjson"
    outlet.write_text('{"id": "x", "title": "Odd kettle"}')
    store.run("ingest", str(outlet), "--wait")
    ingest_lines(LINES)

    result = ingest_lines(LINES[3:])

    assert result.returncode == 0, result.stderr
    assert "57 rows: 0 created, 0 updated, 57 unchanged, 0 rejected, 0 failed;" in result.stdout
    assert "; 3 no longer listed: 3 deleted in " in result.stdout
    assert ids() == {"x", *(f"k-{number}" for number in range(4, 61))}
    again = ingest_lines(LINES[3:], "--json")
    assert json.loads(again.stdout)["unlisted"] == 0


def test_too_many_deletes_are_withheld_until_they_are_allowed(ingest_lines: Any, ids: Any) -> None:
    ingest_lines(LINES)

    withheld = ingest_lines(LINES[7:])

    assert withheld.returncode == 1
    assert "no longer lists 7 of the 60 products of shop.ndjson" in withheld.stderr
    assert "--allow-deletes" in withheld.stderr
    assert "53 unchanged" in withheld.stdout
    assert len(ids()) == 60

    allowed = ingest_lines(LINES[7:], "--allow-deletes", "--json")

    assert allowed.returncode == 0, allowed.stderr
    assert json.loads(allowed.stdout)["deleted"] == 7
    assert len(ids()) == 53


def test_a_partial_feed_a_broken_feed_and_a_rejected_row_delete_nothing(
    ingest_lines: Any, store: Any, ids: Any
) -> None:
    ingest_lines(LINES)

    partial = ingest_lines(LINES[3:], "--partial")
    rejected = ingest_lines(['{"id": "k-1"}', '{"id": "k-2", "tit', *LINES[2:]])
    ingest_lines.feed.write_bytes(gzip.compress("\n".join(LINES[3:]).encode(), mtime=0)[:-8])
    broken = store.run("ingest", str(ingest_lines.feed), "--wait")
    piped = store.start("ingest", "-", "--wait", "--json")
    out, _ = piped.communicate("\n".join(LINES[:50]), timeout=60)
    store.start("ingest", "-", "--wait").communicate("\n".join(LINES[:49]), timeout=60)

    assert partial.returncode == rejected.returncode == 0
    assert "2 rejected" in rejected.stdout
    assert "the packed data is damaged" in broken.stderr
    assert (
        "56 rows" in broken.stdout
    )  # four too few: a share small enough to be deleted from a whole feed
    assert json.loads(out)["partial"] is True
    assert len(ids()) == 60


def test_deletes_happen_without_waiting_and_after_the_command_was_killed(
    store: Any, gram_dir: Path, tmp_path: Path, ids: Any
) -> None:
    feed = tmp_path / "shop.ndjson"
    feed.write_text("\n".join(LINES))
    worker = store.start_worker(gram_dir)
    store.run("ingest", str(feed), "--wait")
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=60)
    store.environment["GRAM_ES_BATCHES_AHEAD"] = "1"
    feed.write_text("\n".join(LINES[3:]))

    # With no worker the command waits before it has read the feed to its end.
    interrupted = store.start("ingest", str(feed))
    store.wait_until(lambda: len(list(store.folder.glob("*/broker/queue/*.msg"))) == 1)
    interrupted.send_signal(signal.SIGKILL)
    interrupted.communicate()
    assert len(ids()) == 60
    store.environment["GRAM_ES_BATCHES_AHEAD"] = "16"
    queued = store.run("ingest", str(feed))
    assert queued.returncode == 0, queued.stderr
    store.start_worker(gram_dir)
    store.wait_until(lambda: len(ids()) == 57)

    store.wait_until(lambda: "3 deleted in" in store.run("ingest", "status").stdout)

"""``gram-es ingest`` and ``gram-es worker`` as processes, with a broker and a cluster."""

import gzip
import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import install, put_slot
from gram_es.index.names import LEDGER, STATE, write_alias
from gram_es.model.manifest import read_manifest
from gram_es.settings import Settings

LINES = [
    json.dumps({"id": f"k-{number}", "title": f"Stove kettle {number} litre", "price": number})
    for number in range(1, 61)
]


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "shop feed.ndjson"
    path.write_text("\n".join(LINES))
    return path


@pytest.fixture(params=["filesystem", "redis"])
def broker(request: pytest.FixtureRequest, commands: Any) -> None:
    if request.param == "redis":
        commands.environment["GRAM_ES_BROKER_URL"] = request.getfixturevalue("redis").url


def coded(client: Elasticsearch, index: str, slot: str) -> int:
    client.indices.refresh(index=write_alias(index))
    query = {"exists": {"field": f"gram.{slot}.vector"}}
    return int(client.count(index=index, query=query)["count"])


def batches(client: Elasticsearch, run: int, state: str) -> int:
    client.indices.refresh(index=LEDGER)
    conditions = [{"term": {"run": run}}, {"term": {"kind": "batch"}}, {"term": {"state": state}}]
    return int(client.count(index=LEDGER, query={"bool": {"filter": conditions}})["count"])


@pytest.mark.usefixtures("broker")
def test_a_feed_goes_through_the_queue_and_the_same_feed_changes_nothing(
    client: Elasticsearch, store: Any, gram_dir: Path, feed: Path, cluster_settings: Settings
) -> None:
    store.environment["GRAM_ES_BATCH_SIZE"] = "25"
    store.start_worker(gram_dir)

    first = store.run("ingest", str(feed), "--wait")
    again = store.run("ingest", "--wait", "--json", str(feed))

    assert first.returncode == 0, first.stderr
    assert re.fullmatch(
        r"run \d+: 60 rows: 60 created, 0 updated, 0 unchanged, 0 rejected, 0 failed"
        r" in [\d.]+ s \(\d+ products/s\)\n",
        first.stdout,
    )
    assert first.stderr == ""
    assert coded(client, cluster_settings.index, read_manifest(gram_dir).slot) == 60
    result = json.loads(again.stdout)
    assert (result["state"], result["unchanged"], result["rows"]) == ("done", 60, 60)
    assert (result["batches"], result["source"]) == (3, "shop feed.ndjson")


def test_rejected_rows_are_reported_and_the_others_are_indexed(
    client: Elasticsearch, store: Any, gram_dir: Path, feed: Path, cluster_settings: Settings
) -> None:
    feed.write_text("\n".join([*LINES[:2], '{"id": "x"}', "{", *LINES[2:]]))
    store.start_worker(gram_dir)

    result = store.run("ingest", str(feed), "--wait")

    assert result.returncode == 0
    assert "62 rows: 60 created, 0 updated, 0 unchanged, 2 rejected, 0 failed" in result.stdout
    assert result.stderr.splitlines() == [
        "rejected: row 3, line 3: title is missing",
        "rejected: row 4, line 4: not JSON: expecting property name enclosed in double quotes"
        " at column 2",
    ]
    assert coded(client, cluster_settings.index, read_manifest(gram_dir).slot) == 60


def test_the_rows_of_a_truncated_feed_are_indexed_and_the_exit_code_is_1(
    store: Any, gram_dir: Path, feed: Path
) -> None:
    many = "\n".join(line.replace("k-", f"{part}-") for part in range(50) for line in LINES)
    packed = gzip.compress(many.encode())
    feed.write_bytes(packed[: len(packed) // 2])
    store.start_worker(gram_dir)

    result = store.run("ingest", str(feed), "--wait", "--json")

    report = json.loads(result.stdout)
    assert result.returncode == 1
    assert 1_000 < report["created"] == report["rows"] < 3_000
    assert report["fault"].startswith("the feed is broken at line ")
    assert "the packed data is damaged or cut off" in result.stderr


def test_standard_input_is_a_feed(store: Any, gram_dir: Path, feed: Path) -> None:
    store.start_worker(gram_dir)
    process = store.start("ingest", "-", "--wait", "--json")

    out, _ = process.communicate(feed.read_text(), timeout=60)

    assert json.loads(out)["created"] == 60
    assert json.loads(out)["source"] == "stdin"


def test_without_wait_the_run_is_queued_and_status_follows_it(
    client: Elasticsearch, store: Any, gram_dir: Path, feed: Path
) -> None:
    queued = store.run("ingest", str(feed), "--json")
    run = json.loads(queued.stdout)["run"]
    before = store.run("ingest", "status")
    store.start_worker(gram_dir)
    store.wait_until(lambda: batches(client, run, "done") == 1)
    after = store.run("ingest", "status", str(run))

    assert queued.returncode == 0
    assert "0 rows" in before.stdout
    assert "1 batches are open" in before.stdout
    assert after.stdout.startswith(f"run {run}: 60 rows: 60 created, ")
    assert "products/s" in after.stdout


def test_several_workers_share_the_queue_and_stop_together(
    client: Elasticsearch, store: Any, gram_dir: Path, feed: Path
) -> None:
    store.environment["GRAM_ES_BATCH_SIZE"] = "5"
    pool = store.start_worker(gram_dir, "--concurrency", "2")
    store.wait_until(lambda: store.worker_log.count(" ready.") == 2)

    result = json.loads(store.run("ingest", str(feed), "--wait", "--json").stdout)
    alive = store.run("worker", "--alive")
    pool.send_signal(signal.SIGTERM)

    assert (result["created"], result["rows"]) == (60, 60)
    assert pool.wait(timeout=30) == 0
    client.indices.refresh(index=STATE)
    assert (alive.returncode, store.run("worker", "--alive").returncode) == (0, 1)
    assert store.worker_log.count("worker: Warm shutdown") == 2


def test_a_killed_ingest_is_resumed(
    client: Elasticsearch, store: Any, gram_dir: Path, feed: Path
) -> None:
    store.environment |= {"GRAM_ES_BATCH_SIZE": "10", "GRAM_ES_BATCHES_AHEAD": "3"}
    killed = store.start("ingest", str(feed), "--wait")
    store.wait_until(lambda: len(list(store.folder.glob("*/broker/queue/*.msg"))) == 3)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    run = json.loads(store.run("ingest", "status", "--json").stdout)["run"]
    store.start_worker(gram_dir)

    result = json.loads(store.run("ingest", str(feed), "--wait", "--json").stdout)

    assert (result["run"], result["created"], result["rows"], result["batches"]) == (run, 60, 60, 6)


def test_a_worker_whose_model_is_no_longer_live_stops_and_returns_the_batch(
    client: Elasticsearch, store: Any, gram_dir: Path, feed: Path, cluster_settings: Settings
) -> None:
    worker = store.start_worker(gram_dir)
    alias = write_alias(cluster_settings.index)
    put_slot(client, alias, slot="mother", fingerprint="f" * 64, family="base")

    run = json.loads(store.run("ingest", str(feed), "--json").stdout)["run"]
    worker.wait(timeout=60)

    assert worker.returncode == 1
    assert "the worker stops: the worker has " in store.worker_log
    assert "the codes in " in store.worker_log
    assert "come from ffffffffffff" in store.worker_log
    assert batches(client, run, "queued") == 1
    assert len(list(store.folder.glob("*/broker/queue/*.msg"))) == 1


def test_a_worker_does_not_start_with_a_model_that_is_not_live(
    client: Elasticsearch, commands: Any, gram_dir: Path, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, slot="mother", fingerprint="f" * 64, family="base")

    rejected = commands.run("worker", "--model", str(gram_dir))

    assert rejected.returncode == 2
    assert f"gram-es index migrate --model {gram_dir}" in rejected.stderr


def test_the_error_without_a_model_names_the_train_command(commands: Any, tmp_path: Path) -> None:
    folder = tmp_path / "none"

    rejected = commands.run("worker", "--model", str(folder))

    assert rejected.returncode == 2
    assert f"no model in {folder}: train one with `gram-es train FEED --out" in rejected.stderr


def test_the_error_without_an_index_names_the_install_command(commands: Any, feed: Path) -> None:
    rejected = commands.run("ingest", str(feed), "--wait")

    assert rejected.returncode == 2
    assert "gram-es index install --model DIR" in rejected.stderr


def test_a_missing_feed_is_bad_input(commands: Any, tmp_path: Path) -> None:
    rejected = commands.run("ingest", str(tmp_path / "none.xml"))

    assert rejected.returncode == 2
    assert "none.xml cannot be read: no such file or directory" in rejected.stderr


def test_the_error_names_an_unreachable_broker_without_its_password(store: Any, feed: Path) -> None:
    store.environment["GRAM_ES_BROKER_URL"] = "redis://:secret@127.0.0.1:1/0"

    rejected = store.run("ingest", str(feed))

    assert rejected.returncode == 2
    assert "the broker redis://:**@127.0.0.1:1/0 does not answer" in rejected.stderr
    assert "secret" not in rejected.stderr


def test_a_folder_is_ingested_and_all_of_its_broken_files_are_reported(
    store: Any, gram_dir: Path, tmp_path: Path
) -> None:
    store.environment["GRAM_ES_BATCH_SIZE"] = "25"
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "1.ndjson").write_text("\n".join(LINES[:30]))
    (folder / "2.xml").write_text("<rss>\n<item>")
    (folder / "3.ndjson").write_text("\n".join(LINES[30:]).replace('"title"', '"name"'))
    (folder / "4.txt").write_text("nothing")
    mapping = tmp_path / "own.yml"
    mapping.write_text("title: [title, name]")
    store.start_worker(gram_dir)

    result = store.run("ingest", str(folder), "--mapping", str(mapping), "--wait", "--json")

    report = json.loads(result.stdout)
    assert result.returncode == 1
    assert (report["created"], report["rows"], report["source"]) == (60, 60, "feeds")
    assert "the feed 2.xml is broken at line 2" in report["fault"]
    assert "formats: it starts with 'nothing'" in report["fault"]


def test_an_index_is_a_feed_and_its_second_ingest_changes_nothing(
    client: Elasticsearch, store: Any, gram_dir: Path, cluster_settings: Settings
) -> None:
    source = f"source-of-{cluster_settings.index}"
    operations = [part for line in LINES for part in ({"index": {}}, json.loads(line))]
    client.bulk(index=source, operations=operations, refresh=True)
    store.start_worker(gram_dir)

    first, again = (store.run("ingest", f"es://{source}", "--wait", "--json") for _ in range(2))
    client.indices.delete(index=source)
    deleted = store.run("ingest", f"es://{source}")

    created, unchanged = json.loads(first.stdout), json.loads(again.stdout)
    assert (created["created"], created["rows"], created["source"]) == (60, 60, f"es://{source}")
    assert (unchanged["unchanged"], unchanged["rows"]) == (60, 60)
    assert deleted.returncode == 2
    assert f"there is no index {source}" in deleted.stderr

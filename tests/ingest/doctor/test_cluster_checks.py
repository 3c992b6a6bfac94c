"""The doctor's checks of the cluster, each on a real node with a fault."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import live_index
from gram_es.index.names import SIDE_INDICES, write_alias
from gram_es.settings import Settings
from ingest.doctor import cluster_checks
from ingest.doctor.checks import CHECKS, run_checks
from ingest.doctor.findings import Finding, Level, Site

Findings = Callable[..., list[Finding]]
DISK = "cluster.routing.allocation.disk"
HUGE = "900tb"


@contextmanager
def watermarks(client: Elasticsearch, *, low: str, high: str, flood: str) -> Iterator[None]:
    """Set the disk watermarks of the cluster, and reset them at the end of the block."""
    sizes = {"low": low, "high": high, "flood_stage": flood}
    settings = {f"{DISK}.watermark.{name}": size for name, size in sizes.items()}
    try:
        client.cluster.put_settings(persistent={**settings, f"{DISK}.threshold_enabled": True})
        yield
    finally:
        client.cluster.put_settings(persistent={f"{DISK}.*": None})
        unblocked = {"index.blocks.read_only_allow_delete": None}
        client.indices.put_settings(index="_all", settings=unblocked, expand_wildcards="all")


def test_a_cluster_that_answers_is_reported_with_its_version(findings: Findings) -> None:
    (finding,) = findings(cluster_checks.reachable)

    assert finding == Finding(Level.OK, "gram-es-local: 1 node of Elasticsearch 8.19.0")


def test_an_old_version_is_a_failure(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_checks, "_MIN_VERSION", (8, 20))

    (finding,) = findings(cluster_checks.reachable)

    assert finding.level is Level.FAILURE
    assert finding.remedy == "upgrade Elasticsearch to 8.20 or later"


def test_an_unreachable_cluster_is_tried_once_and_every_check_is_reported(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    site = Site(Settings(ELASTICSEARCH_URL=url, GRAM_ES_CACHE_DIR=tmp_path), tmp_path)

    first, *others = run_checks(site)

    assert first.finding.level is Level.FAILURE
    assert "Elasticsearch does not answer" in first.finding.message
    assert first.finding.remedy.startswith("check ELASTICSEARCH_URL")
    names = {result.check for result in others}
    assert names == {check.__name__.replace("_", " ") for check in CHECKS[1:]}
    (broker,) = [result.finding for result in others if result.check == "broker"]
    assert broker.level is Level.OK
    unchecked = {result.finding for result in others if result.check != "broker"}
    assert unchecked == {Finding(Level.WARNING, "not checked: the cluster cannot be reached")}


def test_without_security_only_loopback_gives_no_warning(findings: Findings) -> None:
    (finding,) = findings(cluster_checks.privileges)

    assert finding == Finding(Level.OK, "security is off; the cluster is on this machine")
    assert cluster_checks._without_security("http://search.example.com:9200").level is Level.WARNING


@pytest.mark.parametrize(
    ("behind_s", "level"),
    [(0, Level.OK), (20, Level.WARNING), (-20, Level.WARNING), (4_000, Level.WARNING)],
)
def test_a_wrong_clock_is_reported_in_seconds(
    findings: Findings, monkeypatch: pytest.MonkeyPatch, behind_s: int, level: Level
) -> None:
    now = cluster_checks.time.time
    monkeypatch.setattr(cluster_checks.time, "time", lambda: now() - behind_s)

    (finding,) = findings(cluster_checks.clock)

    assert finding.level == level
    assert f" differ by {abs(behind_s):,.1f} s" in finding.message or behind_s


@pytest.mark.parametrize(
    ("sizes", "level", "message"),
    [
        ({"low": HUGE, "high": "1b", "flood": "1b"}, Level.WARNING, "below the low watermark"),
        ({"low": HUGE, "high": HUGE, "flood": "1b"}, Level.WARNING, "below the high watermark"),
        ({"low": HUGE, "high": HUGE, "flood": HUGE}, Level.FAILURE, "below the flood stage"),
        ({"low": "1b", "high": "1b", "flood": "1b"}, Level.OK, "GiB free"),
    ],
)
def test_each_watermark_is_reported(
    client: Elasticsearch, findings: Findings, sizes: dict[str, str], level: Level, message: str
) -> None:
    with watermarks(client, **sizes):
        (finding,) = findings(cluster_checks.disk)

    assert finding.level is level
    assert message in finding.message


def test_watermarks_that_are_off_are_reported(findings: Findings) -> None:
    (finding,) = findings(cluster_checks.disk)

    assert finding.level is Level.OK
    assert finding.message.endswith("the watermarks of this cluster are off")


@pytest.mark.parametrize(
    ("settings", "level", "message"),
    [
        (
            {"auto_expand_replicas": False, "number_of_replicas": 1},
            Level.WARNING,
            "is yellow: a replica is not assigned to a node",
        ),
        ({}, Level.FAILURE, "is red: a primary shard is not assigned to a node"),
    ],
)
def test_an_unassigned_shard_is_reported(
    client: Elasticsearch,
    installed: Settings,
    findings: Findings,
    settings: dict[str, Any],
    level: Level,
    message: str,
) -> None:
    before = findings(cluster_checks.shards)
    if settings:
        client.indices.put_settings(index=installed.index, settings=settings)
    else:
        unassignable = {
            "index.routing.allocation.require._name": "no-such-node",
            "index.number_of_replicas": 0,
            "index.auto_expand_replicas": False,
        }
        client.indices.create(
            index=f"{installed.index}-4-20260101t000000",
            settings=unassignable,
            wait_for_active_shards=0,
            timeout="1s",
        )

    after = findings(cluster_checks.shards)

    assert [finding for finding in before if installed.index in finding.message] == []
    (finding,) = [finding for finding in after if installed.index in finding.message]
    assert finding.level is level
    assert message in finding.message
    assert finding.remedy.startswith("GET /_cluster/allocation/explain")


@pytest.mark.parametrize("name", SIDE_INDICES)
def test_a_side_index_that_is_blocked_for_writing_is_a_failure(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    client.indices.put_settings(index=name, settings={"index.blocks.write": True})
    try:
        (finding,) = findings(cluster_checks.write_blocks)
    finally:
        client.indices.put_settings(index=name, settings={"index.blocks.write": None})

    message = f"{name} is blocked for writing: index.blocks.write"
    assert (finding.level, finding.message) == (Level.FAILURE, message)


def test_a_write_block_is_reported_with_the_request_that_removes_it(
    client: Elasticsearch, installed: Settings, findings: Findings
) -> None:
    block = "index.blocks.read_only_allow_delete"
    name = live_index(client, installed.index).index
    assert [finding.level for finding in findings(cluster_checks.write_blocks)] == [Level.OK]
    client.indices.put_settings(index=write_alias(installed.index), settings={block: True})

    (finding,) = findings(cluster_checks.write_blocks)

    message = f"{name} is blocked for writing: {block}"
    assert (finding.level, finding.message) == (Level.FAILURE, message)
    assert finding.remedy == (
        f'free disk space, then wait a minute or send PUT /{name}/_settings {{"{block}": null}}'
    )

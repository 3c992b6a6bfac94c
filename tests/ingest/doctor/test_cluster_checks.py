"""The doctor's checks of the cluster_checks, each on a real node that is not as it should be."""

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
from ingest.doctor.examination import CHECKS, examine
from ingest.doctor.findings import Finding, Level, Site

Findings = Callable[..., list[Finding]]
DISK = "cluster_checks.routing.allocation.disk"
HUGE = "900tb"


@contextmanager
def watermarks(client: Elasticsearch, *, low: str, high: str, flood: str) -> Iterator[None]:
    """Set how much room a node has to keep, and take it back."""
    marks = {"low": low, "high": high, "flood_stage": flood}
    wanted = {f"{DISK}.watermark.{name}": size for name, size in marks.items()}
    try:
        client.cluster.put_settings(persistent={**wanted, f"{DISK}.threshold_enabled": True})
        yield
    finally:
        client.cluster.put_settings(persistent={f"{DISK}.*": None})
        lifted = {"index.blocks.read_only_allow_delete": None}
        client.indices.put_settings(index="_all", settings=lifted, expand_wildcards="all")


def test_a_cluster_that_answers_is_named_with_its_version(findings: Findings) -> None:
    (found,) = findings(cluster_checks.reachable)

    assert found == Finding(Level.OK, "gram-es-local: 1 node of Elasticsearch 8.19.0")


def test_an_old_version_is_a_failure(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_checks, "_OLDEST", (8, 20))

    (found,) = findings(cluster_checks.reachable)

    assert found.level is Level.FAILURE
    assert found.remedy == "upgrade Elasticsearch to 8.20 or later"


def test_a_silent_cluster_is_asked_once_and_costs_no_other_line(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    site = Site(Settings(ELASTICSEARCH_URL=url, GRAM_ES_CACHE_DIR=tmp_path), tmp_path)

    first, *others = examine(site)

    assert first.finding.level is Level.FAILURE
    assert "Elasticsearch does not answer" in first.finding.found
    assert first.finding.remedy.startswith("check ELASTICSEARCH_URL")
    assert {line.check for line in others} == {c.__name__.replace("_", " ") for c in CHECKS[1:]}
    (broker,) = [line.finding for line in others if line.check == "broker"]
    assert broker.level is Level.OK
    unasked = {line.finding for line in others if line.check != "broker"}
    assert unasked == {Finding(Level.WARNING, "not checked: there is no cluster to ask")}


def test_without_security_only_loopback_is_quiet(findings: Findings) -> None:
    (found,) = findings(cluster_checks.privileges)

    assert found == Finding(Level.OK, "security is off, on this machine alone")
    assert cluster_checks._without_security("http://search.example.com:9200").level is Level.WARNING


@pytest.mark.parametrize(
    ("behind_s", "level"),
    [(0, Level.OK), (20, Level.WARNING), (-20, Level.WARNING), (40, "failure")],
)
def test_a_clock_that_goes_wrong_is_told_by_the_seconds(
    findings: Findings, monkeypatch: pytest.MonkeyPatch, behind_s: int, level: Level
) -> None:
    now = cluster_checks.time.time
    monkeypatch.setattr(cluster_checks.time, "time", lambda: now() - behind_s)

    (found,) = findings(cluster_checks.clock)

    assert found.level == level
    assert f" {abs(behind_s):.1f} s apart" in found.found or behind_s


@pytest.mark.parametrize(
    ("marks", "level", "said"),
    [
        ({"low": HUGE, "high": "1b", "flood": "1b"}, Level.WARNING, "below the low watermark"),
        ({"low": HUGE, "high": HUGE, "flood": "1b"}, Level.WARNING, "below the high watermark"),
        ({"low": HUGE, "high": HUGE, "flood": HUGE}, Level.FAILURE, "below the flood stage"),
        ({"low": "1b", "high": "1b", "flood": "1b"}, Level.OK, "GiB free"),
    ],
)
def test_each_watermark_is_told(
    client: Elasticsearch, findings: Findings, marks: dict[str, str], level: Level, said: str
) -> None:
    with watermarks(client, **marks):
        (found,) = findings(cluster_checks.disk)

    assert found.level is level
    assert said in found.found


def test_a_cluster_that_keeps_no_watermarks_says_so(findings: Findings) -> None:
    (found,) = findings(cluster_checks.disk)

    assert found.level is Level.OK
    assert found.found.endswith("this cluster keeps no watermarks")


@pytest.mark.parametrize(
    ("settings", "level", "said"),
    [
        (
            {"auto_expand_replicas": False, "number_of_replicas": 1},
            Level.WARNING,
            "is yellow: shards without a node: 1",
        ),
        ({}, Level.FAILURE, "is red: shards without a node: 1"),
    ],
)
def test_a_shard_without_a_node_is_told(
    client: Elasticsearch,
    installed: Settings,
    findings: Findings,
    settings: dict[str, Any],
    level: Level,
    said: str,
) -> None:
    whole = findings(cluster_checks.shards)
    if settings:
        client.indices.put_settings(index=installed.index, settings=settings)
    else:
        nowhere = {
            "index.routing.allocation.require._name": "nobody",
            "index.number_of_replicas": 0,
            "index.auto_expand_replicas": False,
        }
        client.indices.create(
            index=f"{installed.index}-lost",
            settings=nowhere,
            wait_for_active_shards=0,
            timeout="1s",
        )

    broken = [one for one in findings(cluster_checks.shards) if installed.index in one.found]

    assert [one for one in whole if installed.index in one.found] == []
    (found,) = broken
    assert found.level is level
    assert said in found.found
    assert found.remedy.startswith("GET /_cluster/allocation/explain")


@pytest.mark.parametrize("name", SIDE_INDICES)
def test_a_side_index_that_is_closed_to_writing_is_named(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    client.indices.put_settings(index=name, settings={"index.blocks.write": True})
    try:
        (found,) = findings(cluster_checks.write_blocks)
    finally:
        client.indices.put_settings(index=name, settings={"index.blocks.write": None})

    assert (found.level, found.found) == (Level.FAILURE, f"{name} has index.blocks.write")


def test_an_index_that_is_closed_to_writing_is_named_with_the_request_that_opens_it(
    client: Elasticsearch, installed: Settings, findings: Findings
) -> None:
    block = "index.blocks.read_only_allow_delete"
    name = live_index(client, installed.index).index
    assert [one.level for one in findings(cluster_checks.write_blocks)] == [Level.OK]
    client.indices.put_settings(index=write_alias(installed.index), settings={block: True})

    (found,) = findings(cluster_checks.write_blocks)

    assert (found.level, found.found) == (Level.FAILURE, f"{name} has {block}")
    assert found.remedy == (
        f'make room on the disk, then wait a minute or PUT /{name}/_settings {{"{block}": null}}'
    )

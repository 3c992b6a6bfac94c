"""Checks of the cluster: connection, version, privileges, clock, disk, shards, write blocks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from elasticsearch import ApiError, AuthorizationException, Elasticsearch

from gram_es.errors import GramError
from gram_es.index.names import SIDE_INDICES, is_concrete
from ingest.doctor.findings import (
    Finding,
    Level,
    Site,
    failure,
    finding_from_error,
    ok,
    warning,
)
from mappings import roles

_MIN_VERSION = (8, 19)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PROCESSES = ("search", "ingest")
_TASKS = (*_PROCESSES, "install", "admin")
_MAX_SKEW_S = 5.0
_THRESHOLD_ENABLED = "cluster.routing.allocation.disk.threshold_enabled"
_DISK_FULL_BLOCK = "index.blocks.read_only_allow_delete"


def reachable(site: Site) -> Iterator[Finding]:
    """Check that the cluster answers and that its version is supported."""
    try:
        client = site.client
    except GramError as error:
        yield finding_from_error(Level.FAILURE, error)
        return
    try:
        info = client.nodes.info(metric="os", filter_path="cluster_name,nodes.*.version")
    except AuthorizationException:
        yield ok("the cluster answers; this key may not read its version")
        return
    versions = sorted({node["version"] for node in info["nodes"].values()}, key=_major_minor)
    nodes = f"{len(info['nodes'])} node{'s' if len(info['nodes']) > 1 else ''}"
    message = f"{info['cluster_name']}: {nodes} of Elasticsearch {', '.join(versions)}"
    if _major_minor(versions[0]) < _MIN_VERSION:
        minimum = ".".join(map(str, _MIN_VERSION))
        yield failure(message, f"upgrade Elasticsearch to {minimum} or later")
    else:
        yield ok(message)


def _major_minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-")[0].split(".")[:2])


def privileges(site: Site) -> Iterator[Finding]:
    """Check that the caller has the privileges of a role in ``mappings/roles``.

    There is one role for each task, and a caller needs only one of them. If the privileges for
    search or ingest are missing, the finding is a warning; if those for every task are, a failure.
    """
    missing_by_task = {}
    for task in _TASKS:
        role = roles(site.settings.index)[f"gram-es-{task}"]
        try:
            missing_by_task[task] = _missing_privileges(site.client, role)
        except ApiError as error:
            if "no handler found" not in str(error):
                raise
            yield _without_security(site.settings.elasticsearch_url or "http://127.0.0.1")
            return
    for task, missing in missing_by_task.items():
        if not missing:
            yield ok(f"the key has all privileges for {task}")
            continue
        if task not in _PROCESSES:
            continue
        remedy = f"for {task}, use a key of the role mappings/roles/gram-es-{task}.json"
        level = failure if all(missing_by_task.values()) else warning
        yield level(f"the key lacks privileges for {task}: {', '.join(missing)}", remedy)


def _missing_privileges(client: Elasticsearch, role: Mapping[str, Any]) -> list[str]:
    answer = client.security.has_privileges(cluster=role["cluster"], index=role["indices"])
    cluster = [name for name, is_granted in answer["cluster"].items() if not is_granted]
    indices = [
        f"{name} on {index}"
        for index, granted in answer["index"].items()
        for name, is_granted in granted.items()
        if not is_granted
    ]
    return cluster + indices


def _without_security(url: str) -> Finding:
    if urlsplit(url).hostname in _LOOPBACK:
        return ok("security is off; the cluster is on this machine")
    return warning(
        "security is off: anyone who can connect to the cluster has full access",
        "set xpack.security.enabled: true in elasticsearch.yml, and ELASTICSEARCH_API_KEY here",
    )


def clock(site: Site) -> Iterator[Finding]:
    """Check that the clocks of this machine and of the nodes agree.

    Leases do not depend on clocks. The times in the ledger and of heartbeats do, and so does the
    age at which a queued batch counts as lost.
    """
    client = site.client
    before = time.time()
    nodes = client.nodes.stats(metric="fs", filter_path="nodes.*.timestamp,nodes.*.name")["nodes"]
    after = time.time()
    for node in nodes.values():
        node_time = node["timestamp"] / 1000
        skew_s = max(before - node_time, node_time - after, 0.0)
        message = f"the clocks of {node['name']} and this machine differ by {skew_s:,.1f} s"
        if skew_s <= _MAX_SKEW_S:
            yield ok(message)
        else:
            yield warning(message, "synchronise both clocks with NTP (timedatectl status)")


def disk(site: Site) -> Iterator[Finding]:
    """Check the free disk space of each node against the cluster's watermarks."""
    answer = site.client.cluster.get_settings(include_defaults=True, flat_settings=True)
    settings = {**answer["defaults"], **answer["persistent"], **answer["transient"]}
    has_watermarks = settings.get(_THRESHOLD_ENABLED) == "true"
    for node in site.client.nodes.stats(metric="fs")["nodes"].values():
        for path in node["fs"]["data"]:
            name = f"{node['name']} {path['mount']}"
            yield _disk_finding(name, path, has_watermarks=has_watermarks)


def _disk_finding(name: str, path: Mapping[str, Any], *, has_watermarks: bool) -> Finding:
    free = path["available_in_bytes"]
    message = f"{name}: {free / (1 << 30):,.1f} GiB free"
    if not has_watermarks:
        return ok(f"{message}; the watermarks of this cluster are off")
    remedy = "free disk space, add a node, or delete an old index"
    if free <= path.get("flood_stage_free_space_in_bytes", 0):
        return failure(f"{message}, below the flood stage: Elasticsearch blocks writing", remedy)
    if free <= path.get("high_watermark_free_space_in_bytes", 0):
        return warning(
            f"{message}, below the high watermark: Elasticsearch moves shards to other nodes",
            remedy,
        )
    if free <= path.get("low_watermark_free_space_in_bytes", 0):
        return warning(
            f"{message}, below the low watermark: Elasticsearch puts no new shards here", remedy
        )
    return ok(message)


def shards(site: Site) -> Iterator[Finding]:
    """Check that every shard of the indices of gram-es is assigned to a node."""
    client, index = site.client, site.settings.index
    names = [
        *client.indices.get_alias(index=[f"{index}-*", *SIDE_INDICES], ignore_unavailable=True)
    ]
    ours = [name for name in names if name in SIDE_INDICES or is_concrete(name, index)]
    stats = client.indices.stats(index=ours, metric="docs")["indices"] if ours else {}
    are_assigned = True
    for name in ours:
        status = stats.get(name, {}).get("health", "red")  # it has none without a primary
        if status == "green":
            continue
        are_assigned = False
        kind = "a primary shard" if status == "red" else "a replica"
        yield (failure if status == "red" else warning)(
            f"{name} is {status}: {kind} is not assigned to a node",
            "GET /_cluster/allocation/explain gives the reason; add a node, or change the setting "
            "that excludes the nodes",
        )
    if are_assigned:
        yield ok(f"all shards of {len(ours)} indices are assigned")


def write_blocks(site: Site) -> Iterator[Finding]:
    """Check that no index of gram-es is blocked for writing, as happens when a disk is full."""
    answer = site.client.indices.get_settings(
        index=[site.settings.index, *SIDE_INDICES],
        name="index.blocks.*",
        flat_settings=True,
        ignore_unavailable=True,
    )
    blocks = [
        (name, block)
        for name, index in answer.items()
        for block, value in index["settings"].items()
        if value == "true"
    ]
    for name, block in blocks:
        unblock = f'PUT /{name}/_settings {{"{block}": null}}'
        first = "free disk space, then wait a minute or send "
        if block != _DISK_FULL_BLOCK:
            first = "run an interrupted gram-es index migrate again, or else send "
        yield failure(f"{name} is blocked for writing: {block}", f"{first}{unblock}")
    if not blocks:
        yield ok("no index is blocked for writing")

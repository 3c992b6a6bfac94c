"""Checks of the cluster itself: is it there, does it obey, has it room and the right time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from elasticsearch import ApiError, Elasticsearch

from gram_es.errors import GramError
from gram_es.index.names import SIDE_INDICES
from ingest.doctor.findings import Finding, Level, Site, failure, ok, told, warning
from mappings import roles

_OLDEST = (8, 19)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SIDES = ("search", "ingest")
_SKEW_S = 5.0
_THRESHOLD = "cluster.routing.allocation.disk.threshold_enabled"
_FULL = "index.blocks.read_only_allow_delete"


def reachable(site: Site) -> Iterator[Finding]:
    """Check that a cluster answers and that it is new enough."""
    try:
        client = site.client
    except GramError as error:
        yield told(Level.FAILURE, error)
        return
    answer = client.nodes.info(metric="os", filter_path="cluster_name,nodes.*.version")
    versions = sorted({node["version"] for node in answer["nodes"].values()}, key=_numbers)
    nodes = f"{len(answer['nodes'])} node{'s' if len(answer['nodes']) > 1 else ''}"
    found = f"{answer['cluster_name']}: {nodes} of Elasticsearch {', '.join(versions)}"
    if _numbers(versions[0]) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        yield failure(found, f"upgrade Elasticsearch to {oldest} or later")
    else:
        yield ok(found)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-")[0].split(".")[:2])


def privileges(site: Site) -> Iterator[Finding]:
    """Check what the caller may do against the roles in ``mappings/roles``."""
    lacking = {}
    for side in _SIDES:
        role = roles(site.settings.index)[f"gram-es-{side}"]
        try:
            lacking[side] = _lacking(site.client, role)
        except ApiError as error:
            if "no handler found" not in str(error):
                raise
            yield _without_security(site.settings.elasticsearch_url or "http://127.0.0.1")
            return
    for side, missing in lacking.items():
        if not missing:
            yield ok(f"all that {side} needs")
            continue
        remedy = f"use a key of the role mappings/roles/gram-es-{side}.json where you {side}"
        level = failure if all(lacking.values()) else warning
        yield level(f"too few to {side}: lacks {', '.join(missing)}", remedy)


def _lacking(client: Elasticsearch, role: Mapping[str, Any]) -> list[str]:
    answer = client.security.has_privileges(cluster=role["cluster"], index=role["indices"])
    cluster = [name for name, held in answer["cluster"].items() if not held]
    indices = [
        f"{name} on {index}"
        for index, held_there in answer["index"].items()
        for name, held in held_there.items()
        if not held
    ]
    return cluster + indices


def _without_security(url: str) -> Finding:
    if urlsplit(url).hostname in _LOOPBACK:
        return ok("security is off, on this machine alone")
    return warning(
        "security is off: whoever reaches the cluster may do anything",
        "set xpack.security.enabled: true in elasticsearch.yml, and ELASTICSEARCH_API_KEY here",
    )


def clock(site: Site) -> Iterator[Finding]:
    """Check that this machine and the cluster agree on the time: leases run by it."""
    client = site.client
    before = time.time()
    nodes = client.nodes.stats(metric="fs", filter_path="nodes.*.timestamp,nodes.*.name")["nodes"]
    after = time.time()
    for node in nodes.values():
        at = node["timestamp"] / 1000
        skew_s = max(before - at, at - after, 0.0)
        found = f"{node['name']} and this machine are {skew_s:,.1f} s apart"
        if skew_s <= _SKEW_S:
            yield ok(found)
        else:
            level = failure if skew_s > site.settings.lease_s / 2 else warning
            yield level(found, "keep both machines' clocks right with NTP (timedatectl status)")


def disk(site: Site) -> Iterator[Finding]:
    """Check that each node has room above the watermarks."""
    found = site.client.cluster.get_settings(include_defaults=True, flat_settings=True)
    set_to = {**found["defaults"], **found["persistent"], **found["transient"]}
    is_watched = set_to.get(_THRESHOLD) == "true"
    for node in site.client.nodes.stats(metric="fs")["nodes"].values():
        for path in node["fs"]["data"]:
            yield _room(f"{node['name']} {path['mount']}", path, is_watched=is_watched)


def _room(place: str, path: Mapping[str, Any], *, is_watched: bool) -> Finding:
    free = path["available_in_bytes"]
    found = f"{place}: {free / (1 << 30):,.1f} GiB free"
    if not is_watched:
        return ok(f"{found}; this cluster keeps no watermarks")
    remedy = "free disk, add a node, or remove an old index"
    if free <= path.get("flood_stage_free_space_in_bytes", 0):
        return failure(f"{found}, below the flood stage: writing is blocked or will be", remedy)
    if free <= path.get("high_watermark_free_space_in_bytes", 0):
        return warning(f"{found}, below the high watermark: shards are moved away", remedy)
    if free <= path.get("low_watermark_free_space_in_bytes", 0):
        return warning(f"{found}, below the low watermark: no new shard comes here", remedy)
    return ok(found)


def shards(site: Site) -> Iterator[Finding]:
    """Check that every shard of our indices has a node."""
    index = site.settings.index
    indices = site.client.cluster.health(level="indices")["indices"]
    ours = {n: i for n, i in indices.items() if n.startswith((f"{index}-", "gram-es-"))}
    broken = {name: health for name, health in ours.items() if health["unassigned_shards"]}
    for name, health in broken.items():
        level = failure if health["status"] == "red" else warning
        yield level(
            f"{name} is {health['status']}: shards without a node: {health['unassigned_shards']}",
            "GET /_cluster/allocation/explain says why; add a node, or remove what keeps it off",
        )
    if not broken:
        yield ok(f"each shard of {len(ours)} indices has its node")


def write_blocks(site: Site) -> Iterator[Finding]:
    """Check that no index of ours is closed to writing, as one is when the disk ran full."""
    found = site.client.indices.get_settings(
        index=[site.settings.index, *SIDE_INDICES],
        name="index.blocks.*",
        flat_settings=True,
        ignore_unavailable=True,
    )
    blocks = [
        (name, block)
        for name, held in found.items()
        for block, value in held["settings"].items()
        if value == "true"
    ]
    for name, block in blocks:
        lift = f'PUT /{name}/_settings {{"{block}": null}}'
        full = "make room on the disk, then wait a minute or "
        yield failure(f"{name} has {block}", f"{full if block == _FULL else ''}{lift}")
    if not blocks:
        yield ok("no index is closed to writing")

"""Read how much processor time the nodes of a cluster and other processes have used so far."""

from __future__ import annotations

import os
from pathlib import Path

from elasticsearch import Elasticsearch

NODE_MEASURES_S = 1.0  # a node measures its processor time once in this time


def cluster_cpu_s(client: Elasticsearch) -> float:
    """Return the processor time of all nodes of the cluster so far, in seconds."""
    nodes = client.nodes.stats(metric="process")["nodes"].values()
    return float(sum(node["process"]["cpu"]["total_in_millis"] for node in nodes)) / 1_000


def process_cpu_s(pid: int) -> float:
    """Return the processor time of a running process so far, in seconds; this needs Linux."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    user, system = after_name[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

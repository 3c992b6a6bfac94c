"""Noticing that documents of a side index have changed, by one small request."""

from __future__ import annotations

from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors

Marker = tuple[int, int]
"""The highest sequence number and the count: no set of documents ever has that of another."""


def read_marker(client: Elasticsearch, index: str, query: dict[str, Any]) -> Marker:
    """Return what changes whenever a document of the query does.

    :raises ClusterError: if the cluster refuses or does not answer.
    """
    with cluster_errors(f"look for changes of {index}"):
        answer = client.search(
            index=index,
            ignore_unavailable=True,  # an older installation has none
            query=query,
            sort=[{"_seq_no": "desc"}],
            size=1,
            source=False,
            track_total_hits=True,
        )
    hits = answer["hits"]
    highest = hits["hits"][0]["sort"][0] if hits["hits"] else -1
    return int(highest), int(hits["total"]["value"])

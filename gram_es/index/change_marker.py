"""Detect with one small request whether documents of a side index have changed.

A side index contains data of gram-es other than products, such as overrides.
"""

from __future__ import annotations

from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors

ChangeMarker = tuple[int, int]
"""The highest sequence number of the documents, and the number of documents.

Every change of the documents gives another pair.
"""


def read_change_marker(client: Elasticsearch, index: str, query: dict[str, Any]) -> ChangeMarker:
    """Return the change marker of the documents of ``index`` that match ``query``.

    The marker changes whenever one of these documents is added, changed or deleted.

    :raises ClusterError: if the cluster rejects the request or does not answer.
    """
    with cluster_errors(f"check {index} for changes"):
        answer = client.search(
            index=index,
            ignore_unavailable=True,  # an older installation lacks the index
            query=query,
            sort=[{"_seq_no": "desc"}],
            size=1,
            source=False,
            track_total_hits=True,
        )
    hits = answer["hits"]
    highest = hits["hits"][0]["sort"][0] if hits["hits"] else -1
    return int(highest), int(hits["total"]["value"])

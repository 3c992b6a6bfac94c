"""Read which queries are frequent, from the log that services keep."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.index.client import cluster_errors
from gram_es.index.names import QUERIES

_PAGE: Final = 10_000


def count_logged(client: Elasticsearch, index: str) -> Counter[str]:
    """Return how often each query of ``index`` stands in the log, by its normal form.

    :raises ClusterError: if the cluster refuses or does not answer.
    """
    composite: dict[str, Any] = {
        "size": _PAGE,
        "sources": [{"query": {"terms": {"field": "query"}}}],
    }
    counts: Counter[str] = Counter()
    with cluster_errors(f"count the queries of {QUERIES}"):
        while True:
            answer = client.search(
                index=QUERIES,
                ignore_unavailable=True,
                size=0,
                track_total_hits=False,
                query={"term": {"index": index}},
                aggs={"queries": {"composite": composite}},
            )
            page = answer.get("aggregations", {}).get("queries", {"buckets": []})
            counts.update({held["key"]["query"]: held["doc_count"] for held in page["buckets"]})
            if "after_key" not in page:
                return counts
            composite = {**composite, "after": page["after_key"]}

"""Read which queries are frequent, from the log that services keep."""

from __future__ import annotations

from collections import Counter

from elasticsearch import Elasticsearch

from gram_es.index.names import QUERIES
from gram_es.index.scan import count_values


def count_logged(client: Elasticsearch, index: str) -> Counter[str]:
    """Return how often each query of ``index`` stands in the log, by its normal form.

    :raises ClusterError: if the cluster refuses or does not answer.
    """
    ours = {"term": {"index": index}}
    return Counter(count_values(client, QUERIES, "query", ours, ignore_unavailable=True))

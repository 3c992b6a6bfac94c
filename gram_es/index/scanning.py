"""Every document that a query finds, as it was at one moment, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.index.client import cluster_errors

_KEEP_ALIVE = "15m"  # between two pages; enriching one takes seconds


def scan(
    client: Elasticsearch,
    index: str,
    query: Mapping[str, Any],
    *,
    page: int,
    source_excludes: Sequence[str] = (),
) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the hits in pages, each hit with ``_seq_no`` and ``_primary_term``.

    :raises ClusterError: if the cluster refuses or does not answer.
    """
    with cluster_errors(f"read the documents of {index}"):
        pit = client.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)["id"]
        try:
            after: list[Any] | None = None
            while True:
                answer = client.search(
                    pit={"id": pit, "keep_alive": _KEEP_ALIVE},
                    query=query,
                    size=page,
                    sort=[{"_shard_doc": "asc"}],
                    search_after=after,
                    track_total_hits=False,
                    seq_no_primary_term=True,
                    source_excludes=list(source_excludes) or None,
                )
                hits = answer["hits"]["hits"]
                if not hits:
                    return
                yield hits
                after, pit = hits[-1]["sort"], answer["pit_id"]
        finally:
            client.options(ignore_status=404).close_point_in_time(id=pit)

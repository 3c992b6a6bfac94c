"""Reading all documents that match a query, page by page, as they stood at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.index.client import cluster_errors

_KEEP_ALIVE = "5m"  # from one page to the next

Hit = Mapping[str, Any]


def scan(
    client: Elasticsearch,
    index: str,
    query: Mapping[str, Any],
    *,
    page_size: int,
    source: bool | Mapping[str, Any] = True,
) -> Iterator[list[Hit]]:
    """Yield the hits in pages, with ``_seq_no`` and ``_primary_term``.

    What is written meanwhile is not seen.

    :param index: an index or an alias; refresh it first to see what was just written.
    :param source: what of the documents to read, as Elasticsearch's ``_source``.
    """
    with cluster_errors(f"read the documents of {index}"):
        pit = client.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)["id"]
        after: dict[str, Any] = {}
        try:
            while True:
                answer = client.search(
                    pit={"id": pit, "keep_alive": _KEEP_ALIVE},
                    query=dict(query),
                    size=page_size,
                    sort=["_shard_doc"],
                    source=source,
                    track_total_hits=False,
                    seq_no_primary_term=True,
                    **after,
                )
                hits: list[Hit] = answer["hits"]["hits"]
                if not hits:
                    return
                yield hits
                pit, after = answer["pit_id"], {"search_after": hits[-1]["sort"]}
        finally:
            client.options(ignore_status=404).close_point_in_time(id=pit)

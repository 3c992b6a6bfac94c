"""Read more than one page: all documents that match a query, or all values of a field."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import ClusterError
from gram_es.index.slots import codes_field

logger = logging.getLogger(__name__)

Hit = Mapping[str, Any]

EVERYTHING: Final[Mapping[str, Any]] = {"match_all": {}}
UNSORTED: Final[Sequence[Any]] = ("_shard_doc",)  # the cheapest order
_VALUES_PER_PAGE: Final = 10_000
_KEEP_ALIVE = "30m"  # between two pages; a reader may have to wait for free workers


class Snapshot:
    """The documents of an index as they were when the snapshot was opened.

    Later writes are not visible in it.

    :param index: an index, an alias, or a pattern; refresh it first to include recent writes.
    :param ignore_unavailable: treat an index that does not exist as an empty one.
    :raises ClusterError: if the index does not exist, or the caller may not read it.
    """

    def __init__(
        self, client: Elasticsearch, index: str, *, ignore_unavailable: bool = False
    ) -> None:
        self._client = client
        self._index = index
        with cluster_errors(f"read the documents of {index}"):
            self._id = client.open_point_in_time(
                index=index, keep_alive=_KEEP_ALIVE, ignore_unavailable=ignore_unavailable
            )["id"]

    def count(self) -> int:
        """Return the number of documents in the snapshot.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        answer = self._search(EVERYTHING, size=0, track_total_hits=True)
        return int(answer["hits"]["total"]["value"])

    def pages(
        self,
        query: Mapping[str, Any],
        *,
        page_size: int,
        sort: Sequence[Any] = UNSORTED,
        source: bool | Mapping[str, Any] = True,
    ) -> Iterator[list[Hit]]:
        """Yield the hits that match ``query`` as pages of at most ``page_size`` hits.

        Each hit has ``_seq_no`` and ``_primary_term``.

        :param source: the fields to return, as in Elasticsearch's ``_source``.
        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        after: dict[str, Any] = {}
        while True:
            answer = self._search(
                query,
                size=page_size,
                sort=[*sort],
                source=source,
                seq_no_primary_term=True,
                track_total_hits=False,
                **after,
            )
            hits: list[Hit] = answer["hits"]["hits"]
            if not hits:
                return
            yield hits
            after = {"search_after": hits[-1]["sort"]}

    def _search(self, query: Mapping[str, Any], **options: Any) -> Mapping[str, Any]:
        with cluster_errors(f"read the documents of {self._index}"):
            answer: Mapping[str, Any] = self._client.search(
                pit={"id": self._id, "keep_alive": _KEEP_ALIVE},
                query=dict(query),
                allow_partial_search_results=False,
                **options,
            ).body
        self._id = answer["pit_id"]
        return answer

    def close(self) -> None:
        """Release the snapshot's resources in the cluster."""
        try:
            with cluster_errors(f"release the snapshot of {self._index}"):
                self._client.options(ignore_status=404).close_point_in_time(id=self._id)
        except ClusterError as error:
            logger.warning("%s; it expires after %s", error, _KEEP_ALIVE)


def scan(
    client: Elasticsearch,
    index: str,
    query: Mapping[str, Any],
    *,
    page_size: int,
    sort: Sequence[Any] = UNSORTED,
    source: bool | Mapping[str, Any] = True,
    ignore_unavailable: bool = False,
) -> Generator[list[Hit], None, None]:
    """Yield pages of hits, as :meth:`Snapshot.pages` does, from a new snapshot of ``index``.

    The snapshot is opened when the first page is read, and closed after the last one.
    """
    with closing(Snapshot(client, index, ignore_unavailable=ignore_unavailable)) as snapshot:
        yield from snapshot.pages(query, page_size=page_size, sort=sort, source=source)


def count_values(
    client: Elasticsearch,
    index: str,
    field: str,
    query: Mapping[str, Any] = EVERYTHING,
    *,
    ignore_unavailable: bool = False,
) -> dict[str, int]:
    """Count the documents that match ``query``, separately for each value of a keyword field.

    The result gives, by value, the number of documents. The values are in byte order.

    :param index: an index or an alias; refresh it first to include recent writes.
    :param ignore_unavailable: treat an index that does not exist as an empty one.
    :raises ClusterError: if the cluster rejects the request or does not answer.
    """
    source = {"value": {"terms": {"field": field}}}
    composite: dict[str, Any] = {"size": _VALUES_PER_PAGE, "sources": [source]}
    counts: dict[str, int] = {}
    with cluster_errors(f"count the values of {field} in {index}"):
        while True:
            answer = client.search(
                index=index,
                ignore_unavailable=ignore_unavailable,
                size=0,
                track_total_hits=False,
                query=dict(query),
                aggs={"values": {"composite": composite}},
            )
            page = answer.get("aggregations", {}).get("values", {"buckets": []})
            counts |= {bucket["key"]["value"]: bucket["doc_count"] for bucket in page["buckets"]}
            if "after_key" not in page:
                return counts
            composite = {**composite, "after": page["after_key"]}


def read_live_codes(client: Elasticsearch, index: str, slot: str) -> dict[str, int]:
    """Count the products that have codes in the slot, separately for each code.

    The result gives, by code, the number of products. The codes are in byte order. A code is called
    live if at least one product has it.

    :param index: an index or an alias; refresh it first to include recent writes.
    :raises ClusterError: if the cluster rejects the request or does not answer.
    """
    return count_values(client, index, codes_field(slot))

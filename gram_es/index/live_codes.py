"""The codes that the index holds now; decoding at search walks no others."""

from __future__ import annotations

from typing import Any

from elasticsearch import Elasticsearch

from gram_es.index.client import cluster_errors
from gram_es.index.slots import codes_field

_PAGE = 10_000


def read_live_codes(client: Elasticsearch, index: str, slot: str) -> dict[str, int]:
    """Return how many products carry each code of the slot, in the order of the codes' bytes.

    :param index: an index or an alias; refresh it first to see what was just written.
    """
    return read_codes(client, index, codes_field(slot))


def read_codes(client: Elasticsearch, index: str, field: str) -> dict[str, int]:
    """Return the counts of a field's codes, as :func:`read_live_codes` does of the slot's own."""
    source = {"code": {"terms": {"field": field}}}
    composite: dict[str, Any] = {"size": _PAGE, "sources": [source]}
    codes: dict[str, int] = {}
    with cluster_errors(f"read the live codes of {index}"):
        while True:
            answer = client.search(
                index=index,
                size=0,
                track_total_hits=False,
                aggs={"codes": {"composite": composite}},
            )
            page = answer["aggregations"]["codes"]
            codes |= {bucket["key"]["code"]: bucket["doc_count"] for bucket in page["buckets"]}
            if "after_key" not in page:
                return codes
            composite = {**composite, "after": page["after_key"]}

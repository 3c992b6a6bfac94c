"""The codes that the index holds now; decoding at search walks no others."""

from __future__ import annotations

from typing import Any

from elasticsearch import Elasticsearch

from gram_es.index.client import cluster_errors
from gram_es.index.slots import codes_field

_PAGE = 10_000


def read_live_codes(client: Elasticsearch, index: str, slot: str) -> list[str]:
    """Return every distinct code of the slot, in the order of their bytes.

    :param index: an index or an alias; refresh it first to see what was just written.
    """
    return read_codes(client, index, codes_field(slot))


def read_codes(client: Elasticsearch, index: str, field: str) -> list[str]:
    """Return every distinct code of a field, as :func:`read_live_codes` does of the codes."""
    source = {"code": {"terms": {"field": field}}}
    composite: dict[str, Any] = {"size": _PAGE, "sources": [source]}
    codes: list[str] = []
    with cluster_errors(f"read the live codes of {index}"):
        while True:
            answer = client.search(
                index=index,
                size=0,
                track_total_hits=False,
                aggs={"codes": {"composite": composite}},
            )
            page = answer["aggregations"]["codes"]
            codes += [bucket["key"]["code"] for bucket in page["buckets"]]
            if "after_key" not in page:
                return codes
            composite = {**composite, "after": page["after_key"]}

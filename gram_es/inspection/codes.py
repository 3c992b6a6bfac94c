"""Look up one code of the live slot: who carries it, and what goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.documents import RECORD_FIELDS, product_from_document
from gram_es.index.lifecycle import live_index
from gram_es.index.slots import codes_field
from gram_es.overrides.rules import Override, code_key
from gram_es.records import Product

PRODUCTS: Final = 20  # a page
_BESIDE: Final = 12


@dataclass(frozen=True, slots=True)
class CodeSheet:
    """What the live slot holds of a code.

    ``products`` of ``catalogue`` carry it; ``some`` are a page of them by id, from ``offset`` on.
    ``beside`` are the codes that most of them carry too, with how many do. ``rules`` are about its
    words, in whatever surface form.
    """

    code: str
    index: str
    products: int
    catalogue: int
    some: tuple[Product, ...]
    offset: int
    beside: tuple[tuple[str, int], ...]
    rules: tuple[Override, ...]


def read_code(
    client: Elasticsearch, index: str, code: str, rules: Sequence[Override], *, offset: int = 0
) -> CodeSheet:
    """Return what the live slot of ``index`` holds of a code; a code that nothing carries too.

    :param rules: the overrides in force.
    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    found = live_index(client, index)
    field = codes_field(found.live_slot or "-")
    with cluster_errors(f"look up a code in {found.index}"):
        answer = client.search(
            index=found.index,
            query={"term": {field: code}},
            sort=[{"id": "asc"}],
            from_=offset,
            size=PRODUCTS,
            track_total_hits=True,
            source_includes=[*RECORD_FIELDS],
            aggs={
                "beside": {"terms": {"field": field, "size": _BESIDE + 1}},
                "catalogue": {"global": {}},
            },
        )
    counts = answer["aggregations"]
    beside = [(held["key"], held["doc_count"]) for held in counts["beside"]["buckets"]]
    key = code_key(code)
    return CodeSheet(
        code=code,
        index=found.index,
        products=answer["hits"]["total"]["value"],
        catalogue=counts["catalogue"]["doc_count"],
        some=tuple(product_from_document(hit["_source"]) for hit in answer["hits"]["hits"]),
        offset=offset,
        beside=tuple(pair for pair in beside if pair[0] != code)[:_BESIDE],
        rules=tuple(rule for rule in rules if code_key(rule.code) == key),
    )

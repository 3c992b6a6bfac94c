"""Look up one code of the live slot: its products and the codes that occur with it.

The live slot contains the codes of the model that searches use.
"""

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

PRODUCTS: Final = 20  # per page
_CO_OCCURRING: Final = 12


@dataclass(frozen=True, slots=True)
class CodeReport:
    """A report on one code of the live slot.

    ``product_count`` of ``total_products`` products have the code. ``products`` is one page of
    these products, sorted by id; ``offset`` is the number of products before the page.
    ``co_occurring`` contains the other codes that these products have most often, each with the
    number of these products that have it. ``rules`` are the overrides that apply to the code or to
    another surface form of the code, such as its plural.
    """

    code: str
    index: str
    product_count: int
    total_products: int
    products: tuple[Product, ...]
    offset: int
    co_occurring: tuple[tuple[str, int], ...]
    rules: tuple[Override, ...]


def read_code(
    client: Elasticsearch, index: str, code: str, rules: Sequence[Override], *, offset: int = 0
) -> CodeReport:
    """Return the report on a code of ``index``; ``product_count`` is 0 if no product has the code.

    :param rules: all current overrides.
    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    live = live_index(client, index)
    field = codes_field(live.live_slot or "-")
    with cluster_errors(f"look up a code in {live.index}"):
        answer = client.search(
            index=live.index,
            query={"term": {field: code}},
            sort=[{"id": "asc"}],
            from_=offset,
            size=PRODUCTS,
            track_total_hits=True,
            source_includes=[*RECORD_FIELDS],
            aggs={
                # one more than the report contains, because the code itself is counted too
                "co_occurring": {"terms": {"field": field, "size": _CO_OCCURRING + 1}},
                "all": {"global": {}},
            },
        )
    counts = answer["aggregations"]
    buckets = [(bucket["key"], bucket["doc_count"]) for bucket in counts["co_occurring"]["buckets"]]
    key = code_key(code)
    return CodeReport(
        code=code,
        index=live.index,
        product_count=answer["hits"]["total"]["value"],
        total_products=counts["all"]["doc_count"],
        products=tuple(product_from_document(hit["_source"]) for hit in answer["hits"]["hits"]),
        offset=offset,
        co_occurring=tuple(pair for pair in buckets if pair[0] != code)[:_CO_OCCURRING],
        rules=tuple(rule for rule in rules if code_key(rule.code) == key),
    )

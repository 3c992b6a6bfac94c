"""Prepare a shop's index for a model, and return what enriches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import LiveIndex
from gram_es.index.shop.shop_index import (
    OWN_FIELDS,
    ShopIndex,
    adopt,
    is_mapped,
    is_slots,
    read_shop_index,
)
from gram_es.index.slots import Slot
from gram_es.migration.fill_slot import DocumentReader, SlotFiller, SlotModel
from ingest.enrich.cache import CachedModel, EnrichmentCache
from ingest.enrich.cursor import CursorStore
from ingest.enrich.documents import document_reader
from ingest.enrich.enricher import Enricher, check_versions
from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.index_document import shallow, values_at
from ingest.feeds.rows.mapping_file import FieldMapping

_SAMPLE = 1_000

Hit = Mapping[str, Any]


class SlotsModel(SlotModel, Protocol):
    """The part of a model that is needed to add its slot to an index and to fill it."""

    family: str
    codes_fingerprint: str


@dataclass(frozen=True)
class EnrichOptions:
    """How a shop's index is enriched.

    ``index`` is the read alias of gram-es; ``allow_versions`` and ``max_per_s`` are those of
    :class:`~ingest.enrich.enricher.Enricher`.
    """

    index: str
    mapping: FieldMapping
    allow_versions: bool = False
    max_per_s: float | None = None


@dataclass(frozen=True)
class PreparedIndex:
    """A shop's index with the slot of a model, and what enriches it."""

    shop: ShopIndex
    live: LiveIndex
    cache: EnrichmentCache
    model: CachedModel
    enricher: Enricher


def prepare(
    client: Elasticsearch, name: str, gram: SlotsModel, options: EnrichOptions
) -> PreparedIndex:
    """Check a shop's index and its mapping file, and add the slot of the model to the index.

    :param name: the shop's name of the index, or an alias of it.
    :raises CatalogueIndexError: if the index cannot be enriched, or no document has a mapped name.
    :raises ClusterError: if the cluster rejects a request.
    """
    shop = read_shop_index(client, name)
    sample = read_sample(client, shop)
    if not options.allow_versions:
        check_versions(shop.index, sample)
    check_own_names(shop, sample)
    check_names(client, shop, sample, options.mapping)
    live = adopt(client, shop, options.index, gram.slot, _slot_of(gram))
    cache = EnrichmentCache(client, gram.slot)
    model = CachedModel(gram, cache)
    reader: DocumentReader = document_reader(options.mapping)
    enricher = Enricher(
        client,
        options.index,
        shop,
        SlotFiller(client, options.index, model, reader=reader),
        CursorStore(client, shop.uuid, gram.slot, options.mapping),
        allow_versions=options.allow_versions,
        max_per_s=options.max_per_s,
    )
    return PreparedIndex(shop, live, cache, model, enricher)


def restore(client: Elasticsearch, name: str, gram: SlotsModel, options: EnrichOptions) -> None:
    """Add the fields and aliases of a prepared index again that it no longer has.

    A shop that puts its mapping again replaces ``_meta``, which lists the slots.

    :raises CatalogueIndexError: if the index cannot be enriched any more.
    :raises ClusterError: if the cluster rejects a request.
    """
    adopt(client, read_shop_index(client, name), options.index, gram.slot, _slot_of(gram))


def _slot_of(gram: SlotsModel) -> Slot:
    return Slot(gram.fingerprint, gram.family, gram.encoder_fingerprint, gram.codes_fingerprint)


def read_sample(client: Elasticsearch, shop: ShopIndex) -> list[Hit]:
    """Return up to 1,000 documents of a shop's index, without the codes that gram-es wrote.

    :raises ClusterError: if the cluster rejects the request or does not answer.
    """
    with cluster_errors(f"read the documents of {shop.index}"):
        answer = client.search(
            index=shop.index,
            size=_SAMPLE,
            seq_no_primary_term=True,
            version=True,
            source={"excludes": ["gram"]} if is_mapped(shop.mapping, "gram") else True,
            track_total_hits=False,
        )
    hits: list[Hit] = answer["hits"]["hits"]
    return hits


def check_own_names(shop: ShopIndex, sample: Sequence[Hit]) -> None:
    """Check that no document has a value of the shop's own under a name that gram-es would map.

    The shop could not write such a document any more.

    :raises CatalogueIndexError: if there is one.
    """
    for hit in sample:
        for key, value in _keys(hit).items():
            name = key.partition(".")[0]
            if name not in OWN_FIELDS or value is None or is_mapped(shop.mapping, name):
                continue
            if key != "gram" or not is_slots(value):
                raise CatalogueIndexError(
                    f"{shop.index} cannot be enriched: the document {hit['_id']!r} has a field"
                    f" {key} of your own, so that mapping {name} would reject your next writes;"
                    " rename that field"
                )


def check_names(
    client: Elasticsearch, shop: ShopIndex, sample: Sequence[Hit], mapping: FieldMapping
) -> None:
    """Check that each name of a mapping file is in some document of the index, unless it is empty.

    :raises CatalogueIndexError: with the names that no document has.
    """
    absent = [*_absent(sample, mapping)] if sample else []
    unknown = [name for name in absent if not _is_indexed(client, shop, name)]
    if unknown:
        raise CatalogueIndexError(
            f"no document of {shop.index} has {', '.join(map(repr, unknown))}, which the mapping"
            f" {mapping.file} maps; correct the names, and part those of a path by dots, as in"
            " offers.price"
        )
    if "title" not in mapping.names_by_field and not any("title" in _keys(h) for h in sample):
        raise CatalogueIndexError(
            f"no document of {shop.index} has a field title, which gram-es needs; name the field to"
            f" read it from in {mapping.file}, as title: product_name"
        )


def _absent(sample: Sequence[Hit], mapping: FieldMapping) -> Iterator[str]:
    names = {field_name(key) for hit in sample for key in _keys(hit)}
    documents = [shallow(_keys(hit)) for hit in sample]
    for name in mapping.names:
        path = name.split(".")
        in_some = any(any(True for _ in values_at(each, path)) for each in documents)
        if not in_some and field_name(name) not in names:
            yield name


def _keys(hit: Hit) -> Mapping[str, Any]:
    source: Mapping[str, Any] = hit.get("_source", {})
    return source


def _is_indexed(client: Elasticsearch, shop: ShopIndex, name: str) -> bool:
    """Return whether a document beyond the sample has an indexed field of this name."""
    with cluster_errors(f"look for {name} in {shop.index}"):
        answer = client.search(
            index=shop.index, query={"exists": {"field": name}}, size=0, terminate_after=1
        )
    return bool(answer["hits"]["total"]["value"])

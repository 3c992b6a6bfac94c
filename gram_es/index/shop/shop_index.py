"""A shop's own index, to which gram-es adds the object field ``gram`` and nothing else.

The index keeps its name, mapping and documents. The aliases of gram-es, ``GRAM_ES_INDEX`` and its
write alias, point to it, so that services find the slots. Writes through the alias also cannot
create an index, which updates of a deleted index by its own name would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterError, GramError
from gram_es.index.lifecycle import LiveIndex, live_index, put_slot
from gram_es.index.names import ENRICHMENTS, OVERRIDES, STATE
from gram_es.index.shop.shop_aliases import ShopAliases
from gram_es.index.slots import CODES_ALIAS, INFERRED_ALIAS, Slot, is_shops_meta
from mappings import enrichments_index, index_templates

_SLOT = re.compile(r"m[0-9a-f]{12}")
OWN_FIELDS = ("gram", CODES_ALIAS, INFERRED_ALIAS)
"""The fields that gram-es maps in a shop's index."""
_PATTERN = re.compile(r"[*,?<>\s]")


@dataclass(frozen=True)
class ShopIndex:
    """A shop's own index; ``name`` is the shop's name for it, and ``index`` its concrete name.

    ``uuid`` changes if the index is deleted and made again.
    """

    name: str
    index: str
    uuid: str
    mapping: Mapping[str, Any]


def read_shop_index(client: Elasticsearch, name: str) -> ShopIndex:
    """Return the index behind ``name``, an alias or an index, after a check that it takes codes.

    :raises CatalogueIndexError: if there is no such index, if there are several, or if the index
        cannot take the field ``gram``; the message gives the reason and what to do.
    :raises ClusterError: if the index may not be read.
    """
    if _PATTERN.search(name) or name.startswith(("-", "_", ".")):
        raise CatalogueIndexError(f"{name!r} is not the name of one index; write one name or alias")
    with cluster_errors(f"read the mapping of {name}"):
        try:
            indices = client.indices.get(index=name, features="aliases,mappings,settings").body
        except NotFoundError as error:
            if error.error != "index_not_found_exception":
                raise
            raise CatalogueIndexError(
                f"there is no index {name}; GET _cat/indices lists those of the cluster"
            ) from None
    if len(indices) != 1:
        raise CatalogueIndexError(
            f"{name} stands for {len(indices)} indices ({', '.join(sorted(indices))}); enrich each"
            " of them by its own name, with a GRAM_ES_INDEX of its own"
        )
    [(index, entry)] = indices.items()
    settings = entry["settings"]["index"]
    objections = [
        *_name_objections(name, entry),
        *_source_objections(entry["mappings"], settings),
        *_objections(entry["mappings"]),
    ]
    if objections:
        raise CatalogueIndexError(f"{index} cannot be enriched: {'; '.join(objections)}")
    return ShopIndex(name, index, settings["uuid"], entry["mappings"])


def _name_objections(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reasons why the name does not stand for all documents of an index with aliases."""
    if stream := entry.get("data_stream"):
        yield f"it is part of the data stream {stream}, which takes no updates; enrich an index"
    alias = entry.get("aliases", {}).get(name, {})
    if kinds := sorted(alias.keys() & {"filter", "index_routing", "search_routing"}):
        yield (
            f"the alias {name} has a setting {' and '.join(kinds)}, but all documents would get"
            " codes; give the name of the index itself, or of an alias without"
        )


def _source_objections(mapping: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reasons why an update of a document would lose or change fields of the shop."""
    source = mapping.get("_source", {})
    mode = source.get("mode") or settings.get("mapping", {}).get("source", {}).get("mode")
    if source.get("enabled") is False or mode == "disabled":
        yield (
            "its mapping disables _source, without which no update is possible; enrich an index"
            " that stores it"
        )
    if mode == "synthetic":
        yield "its _source is synthetic, so an update would change it; enrich one that stores it"
    if source.get("excludes") or source.get("includes"):
        yield (
            "its _source leaves fields out, which any update would remove from the index;"
            " enrich an index that stores them all"
        )


def _objections(mapping: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reasons why an index with this mapping cannot take the field ``gram``."""
    meta = mapping.get("_meta", {})
    properties = mapping.get("properties", {})
    if meta.get("managed_by") == "gram-es" and not is_shops_meta(meta):
        yield "it is an index of gram-es itself; gram-es ingest writes its codes"
    if mapping.get("subobjects") is False:
        yield "its mapping has subobjects: false, so it takes no object; enrich one without it"
    if fault := _fault_of_object(properties.get("gram")):
        yield f"its field gram {fault}; rename that field, or enrich a copy of the index without it"
    for alias in (CODES_ALIAS, INFERRED_ALIAS):
        field = properties.get(alias)
        if field is not None and not str(field.get("path", "")).startswith("gram."):
            yield f"it has a field {alias} of its own; rename that field"


def is_mapped(mapping: Mapping[str, Any], field: str) -> bool:
    """Return whether a mapping has a field of this name."""
    return field in mapping.get("properties", {})


def is_slots(value: object) -> bool:
    """Return whether a value of the field ``gram`` has slots alone, as in a copied document."""
    return isinstance(value, Mapping) and all(map(_SLOT.fullmatch, value))


def _fault_of_object(field: Mapping[str, Any] | None) -> str:
    """Return what is wrong with the field ``gram`` of a mapping, or an empty text."""
    if field is None:
        return ""
    kind = field.get("type", "object")
    if kind != "object":
        return f"is of the type {kind}, where gram-es needs an object"
    if field.get("enabled") is False:
        return "is an object that is not enabled"
    others = [name for name in field.get("properties", {}) if not _SLOT.fullmatch(name)]
    return f"has members of its own ({', '.join(sorted(others)[:5])})" if others else ""


def adopt(client: Elasticsearch, shop: ShopIndex, alias: str, slot: str, model: Slot) -> LiveIndex:
    """Map a model's slot in a shop's index, and point the aliases of gram-es to the index.

    The slot becomes live if no other one is. What is there already is not written again. An alias
    is moved from another index only if gram-es added it for the same name of the shop.

    :param alias: the read alias of gram-es, ``GRAM_ES_INDEX``; it may be the shop's own name.
    :raises CatalogueIndexError: if the aliases are in use for something else, or the index has no
        room for the fields.
    :raises ClusterError: if the mapping may not be changed.
    """
    aliases = ShopAliases(client, alias, name=shop.name, index=shop.index)
    aliases.check()
    _create_side_indices(client)
    try:
        is_live = live_index(client, shop.index).live_slot in (None, slot)
        put_slot(client, shop.index, slot=slot, **asdict(model), live=is_live)
    except ClusterError as error:
        raise _mapping_error(shop.index, error) from error
    aliases.point()
    return live_index(client, shop.index)


def _mapping_error(index: str, error: ClusterError) -> GramError:
    """Return what to report if the fields of a slot cannot be mapped."""
    if "Limit of total fields" in str(error):
        return CatalogueIndexError(
            f"{index} has no room for the fields of gram: raise its setting"
            " index.mapping.total_fields.limit by 20"
        )
    return error


def _create_side_indices(client: Elasticsearch) -> None:
    """Create the side indices that enriching a shop's index needs, if they are missing."""
    bodies = {name: index_templates()[name]["template"] for name in (STATE, OVERRIDES)}
    for name, body in {**bodies, ENRICHMENTS: enrichments_index()}.items():
        with cluster_errors(f"create {name}"):
            if client.indices.exists(index=name):
                continue
            try:
                client.indices.create(index=name, **body)
            except BadRequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise

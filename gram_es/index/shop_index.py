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
from gram_es.index.names import ENRICHMENTS, OVERRIDES, STATE, write_alias
from gram_es.index.slots import CODES_ALIAS, INFERRED_ALIAS, OWN_META, Slot, is_shops_meta
from mappings import enrichments_index, index_templates

_SLOT = re.compile(r"m[0-9a-f]{12}")
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
            indices = client.indices.get(index=name, features="mappings,settings").body
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
    objections = [*_source_objections(entry["mappings"], settings), *_objections(entry["mappings"])]
    if objections:
        raise CatalogueIndexError(f"{index} cannot be enriched: {'; '.join(objections)}")
    return ShopIndex(name, index, settings["uuid"], entry["mappings"])


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

    The slot becomes live if no other one is. What is there already is not written again.

    :param alias: the read alias of gram-es, ``GRAM_ES_INDEX``; it may be the shop's own name.
    :raises CatalogueIndexError: if the aliases are in use for something else, or the index has no
        room for the fields.
    :raises ClusterError: if the mapping may not be changed.
    """
    _check_aliases(client, shop, alias)
    _create_side_indices(client)
    meta = shop.mapping.get("_meta", {})
    try:
        if not is_shops_meta(meta):
            with cluster_errors(f"map the field gram in {shop.index}"):
                client.indices.put_mapping(index=shop.index, meta={**meta, OWN_META: {}})
        is_live = live_index(client, shop.index).live_slot in (None, slot)
        put_slot(client, shop.index, slot=slot, **asdict(model), live=is_live)
    except ClusterError as error:
        raise _mapping_error(shop.index, error) from error
    _point_aliases(client, shop, alias)
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


def _check_aliases(client: Elasticsearch, shop: ShopIndex, alias: str) -> None:
    """Check that the aliases of gram-es are free, or point to a shop's own index already.

    :raises CatalogueIndexError: if they are names of other indices.
    """
    for name in (alias, write_alias(alias)):
        for index, mapping in _mappings_behind(client, name).items():
            is_ours = is_shops_meta(mapping.get("_meta", {}))
            if index == name and index != shop.index:
                reason = "it is an index itself"
            elif index not in (shop.index, name) and not is_ours:
                reason = f"it points to {index}"
            else:
                continue
            raise CatalogueIndexError(
                f"the alias {name} is in use: {reason}; set GRAM_ES_INDEX to a name that is free,"
                f" such as {_suggested_alias(shop.index)}"
            )


def _suggested_alias(index: str) -> str:
    return f"gram-{re.sub('[^a-z0-9]+', '-', index).strip('-')}"


def _mappings_behind(client: Elasticsearch, name: str) -> dict[str, Mapping[str, Any]]:
    """Return the mappings of the indices behind a name by index; empty if there is none."""
    with cluster_errors(f"read the alias {name}"):
        answer = client.indices.get_mapping(index=name, ignore_unavailable=True).body
    return {index: entry["mappings"] for index, entry in answer.items()}


def _point_aliases(client: Elasticsearch, shop: ShopIndex, alias: str) -> None:
    """Point both aliases of gram-es to a shop's index alone, in one request."""
    actions = list[dict[str, Any]]()
    for name in (alias, write_alias(alias)):
        is_the_shops = name in (shop.name, shop.index)  # the shop moves its own names itself
        behind = set(_mappings_behind(client, name)) if not is_the_shops else {shop.index}
        writes = {"is_write_index": True} if name != alias else {}
        actions += [{"remove": {"index": i, "alias": name}} for i in behind - {shop.index}]
        if shop.index not in behind:
            actions.append({"add": {"index": shop.index, "alias": name, **writes}})
    if actions:
        with cluster_errors(f"point {alias} to {shop.index}"):
            client.indices.update_aliases(actions=actions)

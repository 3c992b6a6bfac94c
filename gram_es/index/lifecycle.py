"""Install the products index, map slots in it, and read its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ShopIndexError
from gram_es.index.names import SIDE_INDICES, concrete_index, is_concrete, write_alias
from gram_es.index.slots import (
    Slot,
    codes_field,
    is_shops_meta,
    meta_with_slot,
    own_meta,
    read_slots,
    slot_properties,
    with_own_meta,
)
from gram_es.index.templates.bodies import (
    TemplateState,
    merge_bodies,
    missing_fields,
    read_templates,
)
from gram_es.index.templates.conflicts import check_as_shipped, check_no_conflicts
from gram_es.index.templates.install import TemplatesError, ensure_templates
from gram_es.settings import Settings
from mappings import SCHEMA, component_templates, index_templates

_ATTEMPTS = 5
_OWN_REMEDY = "enrich it with gram-es enrich, or set GRAM_ES_INDEX to another name"


@dataclass(frozen=True)
class Predecessor:
    """The index that was live before the present live index.

    ``since`` is the sequence number that the present index had reached at the switch. The
    predecessor lacks the writes after this number.
    """

    index: str
    since: int


@dataclass(frozen=True)
class LiveIndex:
    """The live index and its slots; the live index is the index behind the read alias.

    Each slot contains the codes of one model. Searches use the codes in ``live_slot``.
    ``previous_slot`` was live before ``live_slot``. ``schema`` is the version of the documents'
    schema. ``previous_index`` is set only if the last switch replaced the whole index, not just the
    slot. ``is_shops`` is true if the index is a shop's own, in which only the slots are ours.
    """

    index: str
    live_slot: str | None
    slots: Mapping[str, Slot]
    previous_slot: str | None = None
    schema: int | None = None
    previous_index: Predecessor | None = None
    is_shops: bool = False

    def check_is_own(self, remedy: str) -> None:
        """Check that the index is one of gram-es, whose documents it may write as a whole.

        :param remedy: what to do instead, if it is a shop's own.
        :raises ShopIndexError: if it is a shop's own.
        """
        if self.is_shops:
            raise ShopIndexError(
                f"{self.index} is the shop's own index, in which gram-es writes only codes;"
                f" {remedy}"
            )


@dataclass(frozen=True)
class IndexState:
    """The state of the live index and of its templates.

    ``documents_with_codes`` counts the documents that have codes in the live slot. ``health`` is
    Elasticsearch's health of the index, such as ``green``.
    """

    index: str
    aliases: tuple[str, ...]
    live_slot: str | None
    previous_slot: str | None
    slots: Mapping[str, Slot]
    documents: int
    documents_with_codes: int
    health: str
    templates: tuple[TemplateState, ...]


def install(
    client: Elasticsearch,
    settings: Settings,
    *,
    slot: str,
    fingerprint: str,
    family: str,
    encoder: str = "",
    codes: str = "",
) -> IndexState:
    """Create the side indices, the first index with its aliases, and the slot.

    The model's slot becomes the live one. Existing indices stay and get the fields that they lack.
    The call may be repeated, and several processes may make it at the same time. It also puts the
    templates if the caller may; others need them in the cluster only if an index is to be created.

    :param slot: the name of the model's slot, the group of fields for its codes.
    :param encoder: the fingerprint of the model's encoder.
    :param codes: the fingerprint of what determines the model's codes from its vectors.
    :raises ShopIndexError: if the existing index is a shop's own.
    :raises CatalogueIndexError: if an index already has the alias's name, if the existing index has
        documents and another model's slot is live in it, if templates are missing, or if a foreign
        index template takes precedence over the templates of gram-es.
    """
    missing = _missing_indices(client, settings.index)
    if settings.index not in missing:
        live = live_index(client, settings.index)
        # What a foreign template made of an index of ours has a better message below.
        if live.slots or not is_concrete(live.index, settings.index):
            live.check_is_own(_OWN_REMEDY)
    try:
        ensure_templates(client, settings.index)
    except TemplatesError:
        if missing:
            raise
    check_no_conflicts(client, settings.index, missing)
    with cluster_errors("create the side indices"):
        for name in SIDE_INDICES:
            _ensure_side_index(client, name)
    index = _ensure_index(client, settings.index)
    if live_index(client, index).schema in (None, SCHEMA):  # an older one has to be migrated anyway
        check_as_shipped(client, settings.index, index)
    live_index(client, index).check_is_own(_OWN_REMEDY)
    _add_missing_fields(client, index)
    _check_live_model(client, index, slot)
    model = Slot(fingerprint, family, encoder, codes)
    put_slot(client, index, slot=slot, **asdict(model))
    return index_state(client, settings)


def _missing_indices(client: Elasticsearch, alias: str) -> list[str]:
    with cluster_errors("look for the indices"):
        return [n for n in (alias, *SIDE_INDICES) if not client.indices.exists(index=n)]


def _ensure_side_index(client: Elasticsearch, name: str) -> None:
    """Create a side index from its template; if it exists, only add the fields that it lacks."""
    try:
        client.indices.create(index=name)
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise
        mapping = index_templates()[name]["template"]["mappings"]
        client.indices.put_mapping(
            index=name, meta=mapping["_meta"], properties=mapping["properties"]
        )


def _ensure_index(client: Elasticsearch, alias: str) -> str:
    """Return the concrete index behind ``alias``; create the first one if there is none."""
    with cluster_errors(f"create the first index behind {alias}"):
        if client.indices.exists(index=alias):
            return _aliased_index(client, alias)
        name = concrete_index(alias, datetime.now(UTC))
        aliases = {alias: {}, write_alias(alias): {"is_write_index": True}}
        try:
            client.indices.create(index=name, aliases=aliases)
        except ApiError:
            # Of two callers at the same time, the second is rejected: an alias has one write index.
            if not client.indices.exists_alias(name=write_alias(alias)):
                raise
    return _aliased_index(client, alias)


def _add_missing_fields(client: Elasticsearch, index: str) -> None:
    """Map the fields that an index of an older gram-es lacks; later feeds fill these fields."""
    shipped = component_templates()["gram-es@mappings"]["template"]["mappings"]["properties"]
    with cluster_errors(f"read the mapping of {index}"):
        _, mapping = index_mapping(client, index)
        for slot in read_slots(own_meta(mapping)):
            shipped = merge_bodies(shipped, slot_properties(slot, live=False))
        fields = missing_fields(shipped, mapping.get("properties", {}))
        if fields:
            client.indices.put_mapping(index=index, properties=fields)


def _check_live_model(client: Elasticsearch, index: str, slot: str) -> None:
    """Check that ``slot`` can be made live: no other slot is live, or there are no documents.

    Otherwise the documents would have no codes in the live slot.

    :raises CatalogueIndexError: if another slot is live and there are documents.
    """
    live = live_index(client, index).live_slot
    if live in (None, slot):
        return
    with cluster_errors(f"count the documents of {index}"):
        documents = client.count(index=index)["count"]
    if documents:
        raise CatalogueIndexError(
            f"{index} has {documents:,} documents, and {live} is live in it; "
            "change the model with gram-es index migrate --model DIR"
        )


def _aliased_index(client: Elasticsearch, alias: str) -> str:
    """Return the only index behind ``alias``; add the write alias if it is missing.

    :raises CatalogueIndexError: if there is no index behind ``alias`` or more than one, or if
        ``alias`` is itself the name of an index.
    """
    indices = _aliases(client, alias)
    if alias in indices:
        raise CatalogueIndexError(
            f"{alias} is an index, but gram-es needs an alias of that name; "
            "set GRAM_ES_INDEX to another name"
        )
    if len(indices) != 1:
        raise CatalogueIndexError(
            f"the alias {alias} points to {len(indices)} indices ({', '.join(sorted(indices))}); "
            "remove it from all but one"
        )
    index, aliases = next(iter(indices.items()))
    if write_alias(alias) not in aliases:
        with cluster_errors(f"add the alias {write_alias(alias)}"):
            client.indices.put_alias(index=index, name=write_alias(alias), is_write_index=True)
    return index


def _aliases(client: Elasticsearch, alias: str) -> dict[str, tuple[str, ...]]:
    """Return the indices behind ``alias``, each with all its aliases.

    :raises CatalogueIndexError: if there is no such alias.
    """
    with cluster_errors(f"read the alias {alias}"):
        try:
            entries = client.indices.get_alias(index=alias)
        except NotFoundError as error:
            _raise_if_missing(alias, error)
            raise
    return {name: tuple(sorted(entry["aliases"])) for name, entry in entries.items()}


def _raise_if_missing(alias: str, error: NotFoundError) -> None:
    """Raise an error if Elasticsearch answered 404 because the index is missing.

    A 404 may also come from a server that is not Elasticsearch; nothing is raised then.

    :raises CatalogueIndexError: if the index is missing.
    """
    if error.error == "index_not_found_exception":
        raise CatalogueIndexError(
            f"there is no index behind the alias {alias}; "
            "make it with gram-es index install --model DIR"
        ) from None


def put_slot(
    client: Elasticsearch,
    index: str,
    *,
    slot: str,
    fingerprint: str,
    family: str,
    encoder: str = "",
    codes: str = "",
    live: bool = True,
) -> None:
    """Map the fields of a model's slot in ``index``, and list the slot in ``_meta``.

    Nothing is written if ``_meta`` needs no change.

    :param encoder: the fingerprint of the model's encoder.
    :param codes: the fingerprint of what determines the model's codes from its vectors.
    :param live: make this slot the live one, by pointing the field aliases to it.
    :raises CatalogueIndexError: if other processes keep overwriting ``_meta``.
    """
    model = Slot(fingerprint, family, encoder, codes)
    with cluster_errors(f"map the slot {slot} in {index}"):
        for attempt in range(_ATTEMPTS):
            _, mapping = index_mapping(client, index)
            whole = mapping.get("_meta", {})
            meta = own_meta(mapping)
            target = meta_with_slot(meta, slot, model, live=live)
            # Two callers at the same time may overwrite each other's _meta, so each reads it again
            # after its write. If both make their slot live, the later write wins.
            if target == meta or (attempt > 0 and meta["slots"].get(slot) == target["slots"][slot]):
                return
            properties = slot_properties(slot, live=live, is_shops=is_shops_meta(whole))
            stored = with_own_meta(whole, target)
            client.indices.put_mapping(index=index, meta=stored, properties=properties)
    raise CatalogueIndexError(
        f"another process keeps changing the slots of {index}; run the command again"
    )


def index_mapping(client: Elasticsearch, index: str) -> tuple[str, dict[str, Any]]:
    """Return the concrete name and the mapping of the only index behind ``index``.

    :param index: aliases or names of indices, separated by commas.
    :raises CatalogueIndexError: if there are several indices behind them.
    """
    answer = client.indices.get_mapping(index=index)
    if len(answer.body) != 1:
        names, indices = index.replace(",", " and "), ", ".join(sorted(answer.body))
        verb = "point" if "," in index else "points"
        raise CatalogueIndexError(
            f"{names} {verb} to {len(answer.body)} indices ({indices}); "
            "remove the alias from all but one (POST /_aliases)"
        )
    name, entry = next(iter(answer.items()))
    return name, entry["mappings"]


def live_index(client: Elasticsearch, alias: str) -> LiveIndex:
    """Return the index behind ``alias`` and its slots, read with one request.

    :raises CatalogueIndexError: if there is no index behind ``alias``, or more than one.
    """
    return _read_live(client, alias, alias)


def writable_index(client: Elasticsearch, alias: str) -> LiveIndex:
    """Return the live index, which the write alias of ``alias`` has to point to as well.

    Otherwise products would be written to an index that no search reads.

    :raises CatalogueIndexError: if one of the aliases is missing, or if they point to different
        indices.
    """
    return _read_live(client, alias, f"{alias},{write_alias(alias)}")


def _read_live(client: Elasticsearch, alias: str, names: str) -> LiveIndex:
    with cluster_errors(f"read the mapping behind {alias}"):
        try:
            index, mapping = index_mapping(client, names)
        except NotFoundError as error:
            _raise_if_missing(alias, error)
            raise
    whole = mapping.get("_meta", {})
    meta = own_meta(mapping)
    previous = meta.get("previous_index")
    return LiveIndex(
        index=index,
        live_slot=meta.get("live_slot"),
        slots=read_slots(meta),
        previous_slot=meta.get("previous_slot"),
        schema=meta.get("schema"),
        previous_index=Predecessor(**previous) if previous else None,
        is_shops=is_shops_meta(whole),
    )


def index_state(client: Elasticsearch, settings: Settings) -> IndexState:
    """Return the state of the live index.

    :raises CatalogueIndexError: if there is no index behind the alias.
    """
    live = live_index(client, settings.index)
    aliases = _aliases(client, settings.index)
    with cluster_errors(f"read the state of {live.index}"):
        stats = client.indices.stats(index=live.index, metric="docs")["indices"]
        documents = client.count(index=live.index)["count"]
        documents_with_codes = _count_documents_with_codes(client, live)
    return IndexState(
        index=live.index,
        aliases=aliases.get(live.index, ()),
        live_slot=live.live_slot,
        previous_slot=live.previous_slot,
        slots=live.slots,
        documents=documents,
        documents_with_codes=documents_with_codes,
        health=stats.get(live.index, {}).get("health", "red"),  # it has none without a primary
        templates=read_templates(client, settings.index),
    )


def _count_documents_with_codes(client: Elasticsearch, live: LiveIndex) -> int:
    if live.live_slot is None:
        return 0
    query = {"exists": {"field": codes_field(live.live_slot)}}
    return int(client.count(index=live.index, query=query)["count"])

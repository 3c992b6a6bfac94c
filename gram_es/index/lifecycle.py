"""The index's life: install it, give it slots, tell how it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.names import SIDE_INDICES, concrete_index, write_alias
from gram_es.index.slots import (
    Slot,
    codes_field,
    meta_with_slot,
    read_slots,
    slot_properties,
)
from gram_es.index.templates import (
    TemplateState,
    composed_body,
    lacking,
    put_templates,
    read_templates,
)
from gram_es.settings import Settings
from mappings import component_templates, index_templates

_ATTEMPTS = 5


@dataclass(frozen=True)
class Predecessor:
    """The index that was live before; every write after ``since`` came when it no longer was."""

    index: str
    since: int


@dataclass(frozen=True)
class LiveIndex:
    """The index behind the read alias and the models whose codes it holds.

    ``previous_slot`` was live before ``live_slot``; ``schema`` is that of its documents. Where
    ``previous_index`` is there, it is the last that was changed.
    """

    index: str
    live_slot: str | None
    slots: Mapping[str, Slot]
    previous_slot: str | None = None
    schema: int | None = None
    previous_index: Predecessor | None = None


@dataclass(frozen=True)
class IndexState:
    """All that there is to tell of the index; ``coded_documents`` have codes in the live slot."""

    index: str
    aliases: tuple[str, ...]
    live_slot: str | None
    previous_slot: str | None
    slots: Mapping[str, Slot]
    documents: int
    coded_documents: int
    health: str
    templates: tuple[TemplateState, ...]


def install(
    client: Elasticsearch, settings: Settings, *, slot: str, fingerprint: str, family: str
) -> IndexState:
    """Bring the cluster to where documents can be written; what is there already stays.

    Templates, side indices, the first index with its aliases, and the model's slot, which becomes
    the live one. Safe to repeat, and with several callers at once.

    :raises CatalogueIndexError: if something of that name is in the way, or documents are there
        with the codes of another model.
    """
    put_templates(client, settings.index)
    with cluster_errors("make the side indices"):
        for name in SIDE_INDICES:
            _ensure_side_index(client, name)
    index = _ensure_index(client, settings.index)
    _add_lacking_fields(client, index)
    _refuse_other_model(client, index, slot)
    put_slot(client, index, slot=slot, fingerprint=fingerprint, family=family)
    return index_state(client, settings)


def _ensure_side_index(client: Elasticsearch, name: str) -> None:
    """Make a side index of its template; one from an older gram-es gets the fields it lacks."""
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
    """Return the concrete index behind ``alias``; make the first one if there is none."""
    with cluster_errors(f"make the first index behind {alias}"):
        if client.indices.exists(index=alias):
            return _aliased_index(client, alias)
        name = concrete_index(alias, datetime.now(UTC))
        aliases = {alias: {}, write_alias(alias): {"is_write_index": True}}
        try:
            client.indices.create(index=name, aliases=aliases)
        except ApiError:
            # A second caller is refused: it would be a second write index. The first has won.
            if not client.indices.exists_alias(name=write_alias(alias)):
                raise
    return _aliased_index(client, alias)


def _add_lacking_fields(client: Elasticsearch, index: str) -> None:
    """Map what an index of an older gram-es lacks; documents fill it as feeds come in."""
    shipped = component_templates()["gram-es@mappings"]["template"]["mappings"]
    with cluster_errors(f"read the mapping of {index}"):
        _, mapping = index_mapping(client, index)
        fields = lacking(shipped["properties"], mapping.get("properties", {}))
        if fields:
            client.indices.put_mapping(index=index, properties=fields)


def _refuse_other_model(client: Elasticsearch, index: str, slot: str) -> None:
    """Check that no other model is in use: an empty slot that is made live finds nothing."""
    live = live_index(client, index).live_slot
    if live in (None, slot):
        return
    with cluster_errors(f"count the documents of {index}"):
        documents = client.count(index=index)["count"]
    if documents:
        raise CatalogueIndexError(
            f"{index} holds {documents:,} documents, and {live} is live in it; "
            "change the model with gram-es index migrate --model DIR"
        )


def _aliased_index(client: Elasticsearch, alias: str) -> str:
    """Return the one index behind ``alias``; mend a write alias that is missing.

    :raises CatalogueIndexError: if there is none, more than one, or an index of that very name.
    """
    found = _aliases(client, alias)
    if alias in found:
        raise CatalogueIndexError(
            f"{alias} is an index, where gram-es wants an alias; "
            "set GRAM_ES_INDEX to another name, or remove that index"
        )
    if len(found) != 1:
        raise CatalogueIndexError(
            f"the alias {alias} leads to {len(found)} indices ({', '.join(sorted(found))}); "
            "leave it on one"
        )
    index, aliases = next(iter(found.items()))
    if write_alias(alias) not in aliases:
        with cluster_errors(f"add the alias {write_alias(alias)}"):
            client.indices.put_alias(index=index, name=write_alias(alias), is_write_index=True)
    return index


def _aliases(client: Elasticsearch, alias: str) -> dict[str, tuple[str, ...]]:
    """Return the indices behind ``alias``, each with all its aliases.

    :raises CatalogueIndexError: if there is nothing of that name.
    """
    with cluster_errors(f"read the alias {alias}"):
        try:
            found = client.indices.get_alias(index=alias)
        except NotFoundError as error:
            _raise_if_missing(alias, error)
            raise
    return {name: tuple(sorted(entry["aliases"])) for name, entry in found.items()}


def _raise_if_missing(alias: str, error: NotFoundError) -> None:
    """Tell a missing index from the 404 of a server that is no Elasticsearch."""
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
    live: bool = True,
) -> None:
    """Map a model's slot in ``index`` and name it in ``_meta``; nothing is sent if it stands.

    :param live: make it the slot that the alias ``gram_codes`` leads to.
    """
    asked = {"slot": slot, "fingerprint": fingerprint, "family": family}
    with cluster_errors(f"map the slot {slot} in {index}"):
        for attempt in range(_ATTEMPTS):
            _, mapping = index_mapping(client, index)
            meta = mapping.get("_meta", {})
            wanted = meta_with_slot(meta, **asked, live=live)
            # What another caller wrote between our reading and writing is lost: look again. Which
            # of the two is live does not matter then, the later one is.
            if wanted == meta or (attempt > 0 and meta["slots"].get(slot) == wanted["slots"][slot]):
                return
            properties = slot_properties(slot, live=live)
            client.indices.put_mapping(index=index, meta=wanted, properties=properties)
    raise CatalogueIndexError(
        f"another process keeps changing the slots of {index}; run the command again"
    )


def index_mapping(client: Elasticsearch, index: str) -> tuple[str, dict[str, Any]]:
    """Return the concrete name and the mapping of the one index behind ``index``.

    :raises CatalogueIndexError: if there are several.
    """
    found = client.indices.get_mapping(index=index)
    if len(found.body) != 1:
        raise CatalogueIndexError(
            f"{index} leads to {len(found.body)} indices; leave the alias on one"
        )
    name, entry = next(iter(found.items()))
    return name, entry["mappings"]


def live_index(client: Elasticsearch, alias: str) -> LiveIndex:
    """Return the index behind ``alias`` and its slots, by one request.

    :raises CatalogueIndexError: if there is none.
    """
    with cluster_errors(f"read the mapping behind {alias}"):
        try:
            index, mapping = index_mapping(client, alias)
        except NotFoundError as error:
            _raise_if_missing(alias, error)
            raise
    meta = mapping.get("_meta", {})
    return LiveIndex(
        index=index,
        live_slot=meta.get("live_slot"),
        slots=read_slots(meta),
        previous_slot=meta.get("previous_slot"),
        schema=meta.get("schema"),
        previous_index=Predecessor(**noted) if (noted := meta.get("previous_index")) else None,
    )


def index_state(client: Elasticsearch, settings: Settings) -> IndexState:
    """Return how the index is.

    :raises CatalogueIndexError: if there is none behind the alias.
    """
    live = live_index(client, settings.index)
    aliases = _aliases(client, settings.index)
    with cluster_errors(f"read the state of {live.index}"):
        health = client.cluster.health(index=live.index)["status"]
        documents = client.count(index=live.index)["count"]
        coded = _count_coded(client, live)
    return IndexState(
        index=live.index,
        aliases=aliases.get(live.index, ()),
        live_slot=live.live_slot,
        previous_slot=live.previous_slot,
        slots=live.slots,
        documents=documents,
        coded_documents=coded,
        health=health,
        templates=read_templates(client, settings.index),
    )


def _count_coded(client: Elasticsearch, live: LiveIndex) -> int:
    if live.live_slot is None:
        return 0
    query = {"exists": {"field": codes_field(live.live_slot)}}
    return int(client.count(index=live.index, query=query)["count"])


def create_scratch_index(
    client: Elasticsearch, name: str, *, slot: str, fingerprint: str, family: str
) -> None:
    """Make an index like a products index but for itself: no alias, and a field ``raw``.

    ``raw`` takes text as the shop wrote it, under Elasticsearch's default BM25: what a plain
    set-up would search. An index of that name is removed first.
    """
    body = composed_body(client)
    body["mappings"]["properties"]["raw"] = {"type": "text", "analyzer": "gram_text"}
    body["mappings"]["properties"].update(slot_properties(slot, live=True))
    body["mappings"]["_meta"] = meta_with_slot(
        {}, slot=slot, fingerprint=fingerprint, family=family, live=True
    )
    with cluster_errors(f"make the index {name}"):
        client.indices.delete(index=name, ignore_unavailable=True)
        client.indices.create(index=name, settings=body["settings"], mappings=body["mappings"])

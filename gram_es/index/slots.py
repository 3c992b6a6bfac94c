"""The slots of an index: their fields in the mapping, and their entries in its ``_meta``.

A slot is the group of fields ``gram.<slot>.*``, which contain one model's codes and vector for each
product. A document can have the codes of several models at once, each in a slot of its own.
Searches use the live slot: the field alias ``gram_codes`` points to its codes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from mappings import SCHEMA, component_templates

CODES_ALIAS = "gram_codes"
MAX_CODE_CHARS = 256


@dataclass(frozen=True)
class Slot:
    """A slot of the index, described by the model whose codes it contains."""

    fingerprint: str
    family: str


def codes_field(slot: str) -> str:
    """Return the name of the field that contains the codes in the slot."""
    return f"gram.{slot}.codes"


def own_field(slot: str) -> str:
    """Return the name of the field that contains the model's own codes, before overrides.

    Only documents whose codes are changed by an override have this field.
    """
    return f"gram.{slot}.own"


def vector_field(slot: str) -> str:
    """Return the name of the field that contains the product's vector in the slot."""
    return f"gram.{slot}.vector"


def model_field(slot: str) -> str:
    """Return the name of the field that contains the model's fingerprint.

    Only documents enriched by the model have this field.
    """
    return f"gram.{slot}.model"


def missing_slot_query(slot: str) -> dict[str, Any]:
    """Return the query for documents that the slot's model has not enriched yet."""
    return {"bool": {"must_not": [{"exists": {"field": model_field(slot)}}]}}


def slot_properties(slot: str, *, live: bool) -> dict[str, Any]:
    """Return the mapping of the fields of a slot.

    The mapping also has the field ``stems``, which the rerank reads. An index of an older gram-es
    lacks this field.

    :param live: include the field alias ``gram_codes``, which makes the slot the live one.
    """
    fields = {
        "codes": {"type": "keyword", "ignore_above": MAX_CODE_CHARS},
        "own": {"type": "keyword", "ignore_above": MAX_CODE_CHARS},
        "vector": {"type": "binary", "doc_values": True},
        "input": {"type": "keyword", "index": False, "doc_values": False},
        "model": {"type": "keyword"},
    }
    gram = {"type": "object", "dynamic": False, "properties": {slot: {"properties": fields}}}
    alias = {CODES_ALIAS: {"type": "alias", "path": codes_field(slot)}} if live else {}
    shipped = component_templates()["gram-es@mappings"]["template"]["mappings"]
    return {"gram": gram, "stems": shipped["properties"]["stems"], **alias}


def meta_with_slot(
    meta: Mapping[str, Any], *, slot: str, fingerprint: str, family: str, live: bool
) -> dict[str, Any]:
    """Return a copy of an index's ``_meta`` to which a slot is added.

    :param live: make the slot the live one. The old live slot then becomes ``previous_slot``, the
        target of a rollback.
    """
    slots = {**meta.get("slots", {}), slot: {"fingerprint": fingerprint, "family": family}}
    live_slot = meta.get("live_slot")
    is_switch = live and live_slot not in (None, slot)
    return {
        **meta,
        "managed_by": "gram-es",
        "schema": meta.get("schema", SCHEMA),
        "slots": slots,
        "live_slot": slot if live else live_slot,
        "previous_slot": live_slot if is_switch else meta.get("previous_slot"),
        "previous_index": None if is_switch else meta.get("previous_index"),
    }


def meta_without_slots(meta: Mapping[str, Any], dropped: Collection[str]) -> dict[str, Any]:
    """Return a copy of ``_meta`` without the ``dropped`` slots; ``previous_slot`` is kept."""
    slots = {name: slot for name, slot in meta.get("slots", {}).items() if name not in dropped}
    return {**meta, "slots": slots}


def read_slots(meta: Mapping[str, Any]) -> dict[str, Slot]:
    """Return the slots that an index's ``_meta`` lists, by name."""
    return {
        name: Slot(fingerprint=str(slot["fingerprint"]), family=str(slot["family"]))
        for name, slot in meta.get("slots", {}).items()
    }

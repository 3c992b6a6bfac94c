"""Slots: where a model's codes stand in the documents, and what the index's ``_meta`` says of them.

Codes of two models can stand side by side, ``gram.<slot>.codes`` each; the field alias
``gram_codes`` leads to the live slot.
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
    """The model whose codes stand in a slot."""

    fingerprint: str
    family: str


def codes_field(slot: str) -> str:
    """Return the field of the slot's codes."""
    return f"gram.{slot}.codes"


def own_field(slot: str) -> str:
    """Return the field of the model's own codes, kept where an override changes them."""
    return f"gram.{slot}.own"


def vector_field(slot: str) -> str:
    """Return the field of the slot's product vectors."""
    return f"gram.{slot}.vector"


def model_field(slot: str) -> str:
    """Return the field of the fingerprint; a document that has it has been through the model."""
    return f"gram.{slot}.model"


def lacks_slot(slot: str) -> dict[str, Any]:
    """Return the query for documents that the slot's model has not been asked about."""
    return {"bool": {"must_not": [{"exists": {"field": model_field(slot)}}]}}


def slot_properties(slot: str, *, live: bool) -> dict[str, Any]:
    """Return the mapping of one slot, and of the alias if the slot is to be the live one.

    With it goes what the rerank compares: an index that an older gram-es made lacks that.
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
    """Return an index's ``_meta`` with this slot added; Elasticsearch replaces it as a whole.

    The slot that was live before a switch is the previous one: the way back, from then on.
    """
    slots = {**meta.get("slots", {}), slot: {"fingerprint": fingerprint, "family": family}}
    before = meta.get("live_slot")
    switches = live and before not in (None, slot)
    return {
        **meta,
        "managed_by": "gram-es",
        "schema": meta.get("schema", SCHEMA),
        "slots": slots,
        "live_slot": slot if live else before,
        "previous_slot": before if switches else meta.get("previous_slot"),
        "previous_index": None if switches else meta.get("previous_index"),
    }


def meta_without_slots(meta: Mapping[str, Any], dropped: Collection[str]) -> dict[str, Any]:
    """Return an index's ``_meta`` without these slots; which one was live before stays known."""
    kept = {name: slot for name, slot in meta.get("slots", {}).items() if name not in dropped}
    return {**meta, "slots": kept}


def read_slots(meta: Mapping[str, Any]) -> dict[str, Slot]:
    """Return the slots that an index's ``_meta`` names."""
    return {
        name: Slot(fingerprint=str(slot["fingerprint"]), family=str(slot["family"]))
        for name, slot in meta.get("slots", {}).items()
    }

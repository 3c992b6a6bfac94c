"""The slots of an index: their fields in the mapping, and their entries in its ``_meta``.

A slot is the group of fields ``gram.<slot>.*``, which contain one model's codes and vector for each
product. A document can have the codes of several models at once, each in a slot of its own.
Searches use the live slot: the field alias ``gram_codes`` points to its codes, and
``gram_inferred`` to those of them that only the model states.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mappings import SCHEMA, component_templates

OWN_META = "gram-es"
"""The key of our part of ``_meta`` in a shop's own index, whose ``_meta`` belongs to the shop."""
CODES_ALIAS = "gram_codes"
INFERRED_ALIAS = "gram_inferred"
MAX_CODE_CHARS = 256


@dataclass(frozen=True)
class Slot:
    """A slot of the index, described by the model whose codes it contains.

    ``encoder`` is the fingerprint of what determines the model's vectors, and ``codes`` of what
    determines the codes from the vectors. Two models with the same encoder share their vectors.
    Both are empty if an older gram-es made the slot.
    """

    fingerprint: str
    family: str
    encoder: str = ""
    codes: str = ""


def codes_field(slot: str) -> str:
    """Return the name of the field that contains the codes in the slot."""
    return f"gram.{slot}.codes"


def own_field(slot: str) -> str:
    """Return the name of the field that contains the model's own codes, before overrides.

    Only documents whose codes are changed by an override have this field.
    """
    return f"gram.{slot}.own"


def inferred_field(slot: str) -> str:
    """Return the name of the field that contains the codes that only the model states."""
    return f"gram.{slot}.inferred"


def weights_field(slot: str) -> str:
    """Return the name of the field that scores the codes: a feature for each code."""
    return f"gram.{slot}.weights"


def packed_field(slot: str) -> str:
    """Return the name of the field from which the weights of a hit's codes are read."""
    return f"gram.{slot}.packed"


def vector_field(slot: str) -> str:
    """Return the name of the field that contains the product's vector in the slot."""
    return f"gram.{slot}.vector"


def model_field(slot: str) -> str:
    """Return the name of the field that contains the model's fingerprint.

    Only documents enriched by the model have this field.
    """
    return f"gram.{slot}.model"


def encoder_field(slot: str) -> str:
    """Return the name of the field that contains the fingerprint of the model's encoder.

    Only documents enriched by the model have this field, and only if their codes have weights.
    """
    return f"gram.{slot}.encoder"


def stems_field(slot: str, *, is_shops: bool) -> str:
    """Return the name of the field with a product's stems; in a shop's own index, of the slot."""
    return f"gram.{slot}.stems" if is_shops else "stems"


def missing_slot_query(slot: str) -> dict[str, Any]:
    """Return the query for documents that lack codes with weights of the slot's model."""
    return {"bool": {"must_not": [{"exists": {"field": encoder_field(slot)}}]}}


def slot_properties(slot: str, *, live: bool, is_shops: bool = False) -> dict[str, Any]:
    """Return the mapping of the fields of a slot.

    ``own_packed`` is not mapped, because it is only read from the document. The mapping also has
    the field ``stems``, which the rerank reads. An index of an older gram-es lacks this field.

    :param live: include the field aliases, which make the slot the live one.
    :param is_shops: whether the index is a shop's own, in which ``stems`` is a field of the slot.
    """
    fields: dict[str, Any] = {
        "codes": {"type": "keyword", "ignore_above": MAX_CODE_CHARS},
        "inferred": {"type": "keyword", "ignore_above": MAX_CODE_CHARS},
        # A term query scores boost times weight. It ignores the pruning of tokens; the query
        # sparse_vector, which prunes by default, is sent with "prune": false.
        "weights": {"type": "sparse_vector"},
        "packed": {"type": "binary", "doc_values": True},
        "own": {"type": "keyword", "ignore_above": MAX_CODE_CHARS},
        "vector": {"type": "binary", "doc_values": True},
        "input": {"type": "keyword", "index": False, "doc_values": False},
        "model": {"type": "keyword"},
        "encoder": {"type": "keyword"},
    }
    shipped = component_templates()["gram-es@mappings"]["template"]["mappings"]
    stems = {"stems": shipped["properties"]["stems"]}
    slot_fields = {**fields, **stems} if is_shops else fields
    gram = {"type": "object", "dynamic": False, "properties": {slot: {"properties": slot_fields}}}
    paths = {CODES_ALIAS: codes_field(slot), INFERRED_ALIAS: inferred_field(slot)}
    aliases = {name: {"type": "alias", "path": path} for name, path in paths.items() if live}
    return {"gram": gram, **({} if is_shops else stems), **aliases}


def own_meta(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return our part of the ``_meta`` of a mapping: all of it, unless the index is a shop's own.

    A shop that replaces the ``_meta`` of its index removes our part. The field aliases stay, and
    say which slot is the live one.
    """
    meta: Mapping[str, Any] = mapping.get("_meta", {})
    if not is_shops_meta(meta):
        return meta
    part = meta.get(OWN_META)
    own = part if isinstance(part, Mapping) else {}
    mapped = _mapped_live_slot(mapping)
    return {**own, "live_slot": mapped} if mapped and not own.get("live_slot") else own


def _mapped_live_slot(mapping: Mapping[str, Any]) -> str | None:
    path = str(mapping.get("properties", {}).get(CODES_ALIAS, {}).get("path", ""))
    match = re.fullmatch(r"gram\.([^.]+)\.codes", path)
    return match[1] if match else None


def with_own_meta(meta: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``_meta`` with our part replaced by ``own``; the shop's part stays as it is."""
    return {**meta, OWN_META: dict(own)} if is_shops_meta(meta) else dict(own)


def is_shops_meta(meta: Mapping[str, Any]) -> bool:
    """Return whether an index with this ``_meta`` is a shop's own.

    It is, unless ``_meta`` says that gram-es manages it: a shop may remove our part of ``_meta``.
    """
    return OWN_META in meta or meta.get("managed_by") != "gram-es"


def meta_with_slot(meta: Mapping[str, Any], name: str, slot: Slot, *, live: bool) -> dict[str, Any]:
    """Return a copy of an index's ``_meta`` to which the slot ``name`` is added.

    :param live: make the slot the live one. The old live slot then becomes ``previous_slot``, the
        target of a rollback.
    """
    slots = {**meta.get("slots", {}), name: asdict(slot)}
    live_slot = meta.get("live_slot")
    is_switch = live and live_slot not in (None, name)
    return {
        **meta,
        "managed_by": "gram-es",
        "schema": meta.get("schema", SCHEMA),
        "slots": slots,
        "live_slot": name if live else live_slot,
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
        name: Slot(
            fingerprint=str(slot["fingerprint"]),
            family=str(slot["family"]),
            encoder=str(slot.get("encoder", "")),
            codes=str(slot.get("codes", "")),
        )
        for name, slot in meta.get("slots", {}).items()
    }

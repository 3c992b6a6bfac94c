"""Convert the report on a product to JSON: its codes with their weights and origins."""

from __future__ import annotations

from typing import Any

from gram_es.inspection.origins import CodeOrigin
from gram_es.inspection.products import ProductReport, SlotCodes
from query_api.api.serializers import product_json


def product_report_json(report: ProductReport) -> dict[str, Any]:
    """Return the report on a product, without the notes and the authors of overrides."""
    return {
        "index": report.index,
        "product": product_json(report.product),
        "slots": [_slot_json(slot) for slot in report.slots],
    }


def _slot_json(slot: SlotCodes) -> dict[str, Any]:
    return {
        "slot": slot.slot,
        "live": slot.is_live,
        "enriched": slot.enriched,
        "codes": [_code_json(origin) for origin in slot.codes],
    }


def _code_json(origin: CodeOrigin) -> dict[str, Any]:
    return {
        "code": origin.code,
        "weight": origin.weight,
        "origin": _origin(origin),
        "banned": not origin.is_carried,
        "unsupported_words": list(origin.unsupported_words),
    }


def _origin(origin: CodeOrigin) -> str:
    if not origin.is_from_model:
        return "person"
    return "stated" if origin.is_stated else "inferred"

"""Apply overrides to the codes of products; no I/O.

A slot is the part of a document's field ``gram`` that belongs to one model. The slot's field
``codes`` contains the codes in force, and other fields contain their weights. If overrides changed
the codes, the slot's fields ``own`` and ``own_packed`` contain the model's own codes and weights.
Removing the overrides restores these; the model does not run again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gram_es.codes.stored_codes import code_fields, pack, read_codes
from gram_es.overrides.rules import CodeKey, Kind, Override, code_key
from gram_es.records import ProductCode

_LOCKED_WEIGHT: Final = 1.0


@dataclass(frozen=True, slots=True)
class ProductRules:
    """The overrides of one product.

    Locked codes come before the model's codes and weigh 1. A ban takes precedence over a lock.
    """

    locked: tuple[str, ...] = ()
    banned: frozenset[CodeKey] = frozenset()

    def apply(self, own: Sequence[ProductCode]) -> tuple[ProductCode, ...]:
        """Return the codes in force, given ``own``, the model's own codes."""
        locked = [ProductCode(label, _LOCKED_WEIGHT) for label in self.locked]
        codes = {code.label: code for code in (*own, *locked)}
        labels = dict.fromkeys((*self.locked, *codes))
        if self.banned:
            return tuple(codes[label] for label in labels if code_key(label) not in self.banned)
        return tuple(codes[label] for label in labels)

    def slot_fields(self, own: Sequence[ProductCode]) -> dict[str, Any]:
        """Return the fields of a slot that store codes, given the model's own codes.

        The fields ``own`` and ``own_packed`` are ``None`` if the rules change nothing.
        """
        codes = self.apply(own)
        is_changed = codes != tuple(own)
        return {
            **code_fields(codes),
            "own": [code.label for code in own] if is_changed else None,
            "own_packed": pack(own) if is_changed else None,
        }


NO_RULES = ProductRules()


class CodeRules:
    """The locks and bans of all products."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        locked, banned = defaultdict[str, set[str]](set), defaultdict[str, set[CodeKey]](set)
        everywhere = set[CodeKey]()
        for rule in overrides:
            if rule.kind is Kind.LOCK and rule.product_id is not None:
                locked[rule.product_id].add(rule.code)
            elif rule.kind is Kind.BAN and rule.product_id is not None:
                banned[rule.product_id].add(code_key(rule.code))
            elif rule.kind is Kind.BAN and rule.is_everywhere:
                everywhere.add(code_key(rule.code))
        self._default = ProductRules(banned=frozenset(everywhere))
        self._by_id = {
            product_id: ProductRules(
                tuple(sorted(locked[product_id])), frozenset(banned[product_id] | everywhere)
            )
            for product_id in {*locked, *banned}
        }

    def of(self, product_id: str) -> ProductRules:
        """Return the rules of one product."""
        return self._by_id.get(product_id, self._default)


def apply_rules(gram: Mapping[str, Any], rules: ProductRules) -> dict[str, Any]:
    """Return the field ``gram`` of a document with the rules applied to the codes of each slot.

    The weights are restored, which newer versions of Elasticsearch leave out of a read document.
    """
    return {
        slot: _without_none({**fields, **_ruled_fields(fields, rules)})
        for slot, fields in gram.items()
    }


def changed_codes(gram: Mapping[str, Any], rules: ProductRules) -> dict[str, Any]:
    """Return the new fields of each slot whose codes violate the rules; empty if all follow them.

    :param gram: the fields ``codes``, ``packed``, ``own`` and ``own_packed`` of each slot.
    """
    may_differ = [
        slot for slot, fields in gram.items() if rules != NO_RULES or fields.get("own") is not None
    ]
    ruled = {slot: _ruled_fields(gram[slot], rules) for slot in may_differ}
    return {
        slot: fields for slot, fields in ruled.items() if fields and _differ(gram[slot], fields)
    }


def _differ(stored: Mapping[str, Any], ruled: Mapping[str, Any]) -> bool:
    """Return whether a slot stores other codes than the rules demand.

    A slot of an older gram-es has no weights to compare.
    """
    packed = ("packed", "own_packed") if "packed" in stored else ()
    return any(stored.get(name) != ruled[name] for name in ("codes", "own", *packed))


def _ruled_fields(fields: Mapping[str, Any], rules: ProductRules) -> dict[str, Any]:
    """Return the fields that store a slot's codes under the rules; empty if it has no codes."""
    if fields.get("own") is not None:
        return rules.slot_fields(read_codes(fields["own"], fields.get("own_packed")))
    if "codes" not in fields:
        return {}
    return rules.slot_fields(read_codes(fields["codes"], fields.get("packed")))


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}

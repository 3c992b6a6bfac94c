"""Apply overrides to the codes of products; no I/O.

A slot is the part of a document's field ``gram`` that belongs to one model. The slot's field
``codes`` contains the codes in force. If overrides changed the codes, the slot's field ``own``
contains the model's own codes. Removing the overrides restores the model's own codes; the model
does not run again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gram_es.overrides.rules import CodeKey, Kind, Override, code_key


@dataclass(frozen=True, slots=True)
class ProductRules:
    """The overrides of one product.

    Locked codes come before the model's codes. A ban takes precedence over a lock.
    """

    locked: tuple[str, ...] = ()
    banned: frozenset[CodeKey] = frozenset()

    def apply(self, own: Sequence[str]) -> list[str]:
        """Return the codes in force, given ``own``, the model's own codes."""
        codes = dict.fromkeys((*self.locked, *own))
        if not self.banned:
            return [*codes]
        return [code for code in codes if code_key(code) not in self.banned]

    def codes_of(self, own: Sequence[str]) -> dict[str, Any]:
        """Return a slot's fields ``codes`` and ``own``, given the model's own codes.

        The field ``own`` is ``None`` if the rules change nothing.
        """
        codes = self.apply(own)
        return {"codes": codes, "own": None if codes == [*own] else [*own]}


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

    def has_rule_for_any(self, ids: Collection[str]) -> bool:
        """Return whether a rule exists for one of these products, or a ban for all products."""
        return self._default != NO_RULES or any(product_id in self._by_id for product_id in ids)


def apply_rules(gram: Mapping[str, Any], rules: ProductRules) -> dict[str, Any]:
    """Return the field ``gram`` of a document with the rules applied to the codes of each slot."""
    return {
        slot: _without_none({**fields, **_ruled_fields(fields, rules)})
        for slot, fields in gram.items()
    }


def changed_codes(gram: Mapping[str, Any], rules: ProductRules) -> dict[str, Any]:
    """Return the new fields of each slot whose codes violate the rules; empty if all follow them.

    :param gram: the fields ``codes`` and ``own`` of each slot; for a product without rules ``own``
        suffices.
    """
    ruled = {slot: _ruled_fields(fields, rules) for slot, fields in gram.items()}
    return {
        slot: fields
        for slot, fields in ruled.items()
        if any(gram[slot].get(name) != value for name, value in fields.items())
    }


def _ruled_fields(fields: Mapping[str, Any], rules: ProductRules) -> dict[str, Any]:
    own = fields.get("own")
    if own is None and "codes" not in fields:
        return {}
    return rules.codes_of(fields["codes"] if own is None else own)


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}

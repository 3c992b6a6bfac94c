"""What overrides make of products' codes; pure.

A slot's ``codes`` are those that hold; where they differ from the model's, ``own`` keeps the
model's, so that a rule that is lifted leaves no trace and asks no model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gram_es.overrides.rules import CodeKey, Kind, Override, code_key


@dataclass(frozen=True, slots=True)
class ProductRules:
    """The rules of one product: locked codes come first, and a ban stands above a lock."""

    locked: tuple[str, ...] = ()
    banned: frozenset[CodeKey] = frozenset()

    def apply(self, own: Sequence[str]) -> list[str]:
        """Return the codes that hold, given the model's own."""
        codes = dict.fromkeys((*self.locked, *own))
        if not self.banned:
            return [*codes]
        return [code for code in codes if code_key(code) not in self.banned]

    def codes_of(self, own: Sequence[str]) -> dict[str, Any]:
        """Return the fields of a slot: ``codes``, and ``own`` where it differs, else ``None``."""
        codes = self.apply(own)
        return {"codes": codes, "own": None if codes == [*own] else [*own]}


FREE = ProductRules()


class CodeRules:
    """The rules of all products."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        locked, banned = defaultdict[str, set[str]](set), defaultdict[str, set[CodeKey]](set)
        everywhere = set[CodeKey]()
        for one in overrides:
            if one.kind is Kind.LOCK and one.product_id is not None:
                locked[one.product_id].add(one.code)
            elif one.kind is Kind.BAN and one.product_id is not None:
                banned[one.product_id].add(code_key(one.code))
            elif one.kind is Kind.BAN and one.is_everywhere:
                everywhere.add(code_key(one.code))
        self._others = ProductRules(banned=frozenset(everywhere))
        self._by_id = {
            product_id: ProductRules(
                tuple(sorted(locked[product_id])), frozenset(banned[product_id] | everywhere)
            )
            for product_id in {*locked, *banned}
        }

    def of(self, product_id: str) -> ProductRules:
        """Return the rules of one product."""
        return self._by_id.get(product_id, self._others)

    def concern(self, ids: Collection[str]) -> bool:
        """Tell whether any of these products has a rule."""
        return self._others != FREE or any(product_id in self._by_id for product_id in ids)


def ruled_gram(gram: Mapping[str, Any], rules: ProductRules) -> dict[str, Any]:
    """Return what stands under ``gram`` of a document, each slot's codes as the rules have it."""
    return {slot: _without_nothing({**held, **_ruled(held, rules)}) for slot, held in gram.items()}


def changed_codes(gram: Mapping[str, Any], rules: ProductRules) -> dict[str, Any]:
    """Return the part of ``gram`` that has to change for the rules to hold; empty if they do.

    Of each slot ``codes`` and ``own`` have to be there; where no rule is, ``own`` is enough.
    """
    ruled = {slot: _ruled(held, rules) for slot, held in gram.items()}
    return {
        slot: fields
        for slot, fields in ruled.items()
        if any(gram[slot].get(name) != value for name, value in fields.items())
    }


def _ruled(held: Mapping[str, Any], rules: ProductRules) -> dict[str, Any]:
    own = held.get("own")
    if own is None and "codes" not in held:
        return {}
    return rules.codes_of(held["codes"] if own is None else own)


def _without_nothing(held: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in held.items() if value is not None}

"""Where each code of a product came from; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gram_es.overrides.rules import Kind, Override, code_key
from gram_es.text.words import stem, stems, stop_words


@dataclass(frozen=True, slots=True)
class Origin:
    """A code that a product carries, or that a person keeps from it.

    ``lacking`` are the code's words that the product's own text does not have. ``rule`` is the lock
    that holds it there, or the ban that keeps it away.
    """

    code: str
    carried: bool
    by_model: bool
    lacking: tuple[str, ...]
    rule: Override | None = None


def origins(held: Mapping[str, Any], text: str, rules: Sequence[Override]) -> tuple[Origin, ...]:
    """Return the codes of a slot as the document has it, those that a ban keeps away last.

    :param text: the product's normalised text.
    :param rules: those about the product, or about all products.
    """
    codes = held.get("codes", [])
    own = held.get("own")
    if own is None:  # also where a rule was lifted: the document keeps the field, empty
        own = codes
    locks = {rule.code: rule for rule in rules if rule.kind is Kind.LOCK}
    bans = {code_key(rule.code): rule for rule in rules if rule.kind is Kind.BAN}
    known = set(stems(text))
    return tuple(
        Origin(
            code=code,
            carried=code in codes,
            by_model=code in own,
            lacking=_lacking(code, known),
            rule=locks.get(code) if code in codes else bans.get(code_key(code)),
        )
        for code in dict.fromkeys((*codes, *own))
    )


def rules_of_product(rules: Iterable[Override], product_id: str) -> tuple[Override, ...]:
    """Return the rules that act on the codes of a product."""
    return tuple(
        rule
        for rule in rules
        if rule.product_id == product_id or (rule.kind is Kind.BAN and rule.is_everywhere)
    )


def _lacking(code: str, known: set[str]) -> tuple[str, ...]:
    silent = stop_words()
    return tuple(word for word in code.split() if word not in silent and stem(word) not in known)

"""Determine the origin of each code of a product: its data, the model or a person (no I/O)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gram_es.codes.stored_codes import read_codes
from gram_es.overrides.rules import Kind, Override, code_key
from gram_es.records import ProductCode
from gram_es.text.words import stem, stems, stop_words


@dataclass(frozen=True, slots=True)
class CodeOrigin:
    """A code of a product, its weight and its origin.

    ``weight`` is the weight of the code in the product, from 0 to 1. ``is_stated`` is true if the
    product's own data state the code, and false if the model infers it. ``is_carried`` is true if
    the product has the code, and false if a ban removes the code. ``is_from_model`` is true if the
    model assigned the code. ``unsupported_words`` are the words of the code that the product's text
    does not contain. ``rule`` is the lock that adds the code, or the ban that removes it.
    """

    code: str
    is_carried: bool
    is_from_model: bool
    unsupported_words: tuple[str, ...]
    rule: Override | None = None
    weight: float = 1.0
    is_stated: bool = True


def code_origins(
    slot_fields: Mapping[str, Any], text: str, rules: Sequence[Override]
) -> tuple[CodeOrigin, ...]:
    """Return the origins of a document's codes in one slot, the banned codes last.

    :param slot_fields: the value of the field ``gram.<slot>`` in the document.
    :param text: the product's normalised text.
    :param rules: the overrides of the product and the overrides that apply to all products.
    """
    codes = _stored(slot_fields, "codes", "packed")
    model_codes = codes
    if slot_fields.get("own") is not None:  # without rules the field may stay with the value null
        model_codes = _stored(slot_fields, "own", "own_packed")
    locks = {rule.code: rule for rule in rules if rule.kind is Kind.LOCK}
    bans = {code_key(rule.code): rule for rule in rules if rule.kind is Kind.BAN}
    text_stems = set(stems(text))
    return tuple(
        CodeOrigin(
            code=code,
            is_carried=code in codes,
            is_from_model=code in model_codes,
            unsupported_words=_unsupported_words(code, text_stems),
            rule=locks.get(code) if code in codes else bans.get(code_key(code)),
            weight=stored.weight,
            is_stated=stored.is_stated,
        )
        for code, stored in {**codes, **model_codes, **codes}.items()
    )


def _stored(slot_fields: Mapping[str, Any], labels: str, packed: str) -> dict[str, ProductCode]:
    """Return the codes that two fields of a slot store, by label."""
    codes = read_codes(slot_fields.get(labels, ()), slot_fields.get(packed))
    return {code.label: code for code in codes}


def rules_of_product(rules: Iterable[Override], product_id: str) -> tuple[Override, ...]:
    """Return only the overrides among ``rules`` that change the codes of the given product."""
    return tuple(
        rule
        for rule in rules
        if rule.product_id == product_id or (rule.kind is Kind.BAN and rule.is_everywhere)
    )


def _unsupported_words(code: str, text_stems: set[str]) -> tuple[str, ...]:
    ignored = stop_words()
    return tuple(
        word for word in code.split() if word not in ignored and stem(word) not in text_stems
    )

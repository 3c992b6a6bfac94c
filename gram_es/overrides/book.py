"""The overrides in force, ready for products and for queries; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gram_es.overrides.products import CodeRules
from gram_es.overrides.queries import QueryRules
from gram_es.overrides.rules import Override


@dataclass(frozen=True)
class RuleBook:
    """All overrides of an index as they stood at one moment; never changed, only replaced."""

    products: CodeRules = field(default_factory=CodeRules)
    queries: QueryRules = field(default_factory=QueryRules)
    overrides: tuple[Override, ...] = ()

    @classmethod
    def of(cls, overrides: Sequence[Override]) -> RuleBook:
        """Return the book of these overrides."""
        return cls(CodeRules(overrides), QueryRules(overrides), tuple(overrides))


EMPTY: Final = RuleBook()

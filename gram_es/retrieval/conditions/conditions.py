"""The conditions that a query states in words, and the text that is left without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

_C = TypeVar("_C")


@dataclass(frozen=True, slots=True)
class PriceCondition:
    """A price range; it includes both ends, and ``None`` means no limit.

    ``words`` is the part of the query that states the condition. ``currencies`` are the ISO codes
    that the named currency may mean; it is empty if the query names none. If the shop has no price
    in any of them, ``shop_currencies`` are its own: prices are not converted, so such a condition
    limits nothing. Otherwise it is empty.
    """

    words: str
    low: float | None = None
    high: float | None = None
    currencies: tuple[str, ...] = ()
    shop_currencies: tuple[str, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Return whether the price is in a currency that the shop has no prices in."""
        return bool(self.shop_currencies)


@dataclass(frozen=True, slots=True)
class OrderCondition:
    """An order by price, such as that of "cheap"; ``words`` is the part of the query."""

    words: str
    sort: Literal["price_asc", "price_desc"]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Phrases in normal form that a hit must not contain; ``words`` is the part of the query.

    ``absent`` are the phrases by which a product states that it lacks them, such as "no lid". A
    product with one of these is not excluded.
    """

    words: str
    phrases: tuple[str, ...]
    absent: tuple[str, ...] = ()


Condition = PriceCondition | OrderCondition | Exclusion


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query: the ``text`` left to search, and the conditions in the order of their words."""

    text: str
    conditions: tuple[Condition, ...] = ()

    @property
    def prices(self) -> tuple[PriceCondition, ...]:
        """The price conditions that limit the price: those in a currency of the shop."""
        return tuple(
            price for price in _of(self.conditions, PriceCondition) if not price.is_foreign
        )

    @property
    def low(self) -> float | None:
        """The lower limit of the price."""
        return max((p.low for p in self.prices if p.low is not None), default=None)

    @property
    def high(self) -> float | None:
        """The upper limit of the price."""
        return min((p.high for p in self.prices if p.high is not None), default=None)

    @property
    def currencies(self) -> tuple[str, ...]:
        """The ISO codes of the named currencies; empty if none is named."""
        return tuple(dict.fromkeys(code for p in self.prices for code in p.currencies))

    @property
    def sort(self) -> str | None:
        """The order that the words ask for."""
        return next((order.sort for order in _of(self.conditions, OrderCondition)), None)

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """The exclusions."""
        return _of(self.conditions, Exclusion)


def _of(conditions: Sequence[Condition], kind: type[_C]) -> tuple[_C, ...]:
    return tuple(condition for condition in conditions if isinstance(condition, kind))

"""Say what the conditions in a query's words mean, and why one has no effect."""

from __future__ import annotations

from gram_es.retrieval.conditions.conditions import (
    Condition,
    Exclusion,
    OrderCondition,
    PriceCondition,
)
from gram_es.retrieval.request import SearchRequest
from query_api.wording import amount


def meaning(condition: Condition) -> str:
    """Return what a condition means, such as ``price up to 50``."""
    match condition:
        case PriceCondition():
            return f"price {price_range(condition.low, condition.high)}"
        case OrderCondition():
            first = "lowest" if condition.sort == "price_asc" else "highest"
            return f"{first} price first"
        case Exclusion():
            return f"without {', '.join(condition.phrases)}"


def ignored_because(condition: Condition, request: SearchRequest) -> str | None:
    """Return why a condition has no effect on ``request``, or ``None`` if it has an effect."""
    match condition:
        case PriceCondition(shop_currencies=own) if own:
            return f"Prices are in {', '.join(own)} and are not converted."
        case PriceCondition() if request.has_price_parameter:
            return "The price filter takes precedence."
        case OrderCondition() if request.sort is not None:
            return "The chosen order takes precedence."
        case _:
            return None


def price_range(low: float | None, high: float | None) -> str:
    """Return a price range in words; at least one of its ends is given."""
    if low is None:
        return f"up to {amount(high or 0.0)}"
    if high is None:
        return f"{amount(low)} and more"
    return f"{amount(low)} – {amount(high)}"

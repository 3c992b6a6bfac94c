"""What a shopper pays for an offer that states several prices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.feeds.formats.schema_org.graph import Graph
from ingest.feeds.formats.schema_org.values import (
    Node,
    compact_name,
    first_text,
    items_of,
    names_of,
    text_of,
    types_of,
)
from ingest.feeds.rows.money.prices import parse_price

_PRICES = ("price", "minPrice")
# Names of types without blanks and punctuation, and in lower case.
_PRICE_TYPES_NOT_PAID = """
    compareatprice invoice invoiceprice list listprice manufacturersuggestedretailprice
    minimumadvertisedprice msrp oldprice original originalprice recommendedretailprice rrp srp
    strikethrough strikethroughprice suggestedretailprice uvp wasprice
"""
_NOT_PAID = frozenset(_PRICE_TYPES_NOT_PAID.split())
_NEVER_PAID = ("invoice", "listprice", "msrp", "retailprice", "rrp", "strike")  # parts of names
_SALES = {"discountprice", "offerprice", "promotionalprice", "sale", "saleprice", "specialprice"}
_REGULAR = {"baseprice", "normalprice", "regular", "regularprice"}
_CHARGES = {"DeliveryChargeSpecification", "PaymentChargeSpecification"}
_PIECES = {"", "C62", "EA", "H87", "NMB", "ONE", "PCE", "PCS"}
# How well a price states what a shopper pays; a lower rank is better.
_SALE, _ORDINARY, _REGULAR_PRICE, _LAST_RESORT = range(4)


@dataclass(frozen=True, slots=True)
class Money:
    """A price and its currency as written; both may be empty."""

    price: str = ""
    currency: str = ""

    @property
    def amount(self) -> float:
        """The number in the price; infinite if it cannot be read."""
        try:
            return parse_price(self.price).amount
        except ValueError:
            return math.inf


NO_MONEY = Money()


def price_text(value: object) -> str:
    """Return a price as text; the dot of a JSON number never parts thousands."""
    text = first_text(value)
    is_ambiguous = isinstance(value, float) and text[-4:-3] == "."
    return f"{text}0" if is_ambiguous else text


def paid(offer: Node, graph: Graph, now: datetime) -> Money:
    """Return what a shopper pays for an offer, of its own price and its price specifications."""
    currency = first_text(offer.get("priceCurrency"))
    specifications = graph.resolved(offer.get("priceSpecification"))
    ranked: list[tuple[int, bool, Money]] = []
    not_paid: set[str] = set()
    for node in (offer, *specifications):
        price = next(filter(None, (price_text(node.get(name)) for name in _PRICES)), "")
        rank = _price_rank(node, now)
        if price and rank is None:
            not_paid.add(price)
        elif price and rank is not None:
            money = Money(price, first_text(node.get("priceCurrency")) or currency)
            is_net = first_text(node.get("valueAddedTaxIncluded")).lower() == "false"
            ranked.append((rank, is_net, money))
    return _best_price(ranked, not_paid)


def _best_price(ranked: list[tuple[int, bool, Money]], not_paid: set[str]) -> Money:
    """Return the price with the best rank.

    A sale price of zero, or above another price, is no sale. A price that is also stated as a list
    price is the last resort.
    """
    if len(ranked) == 1:
        return ranked[0][2]
    sound = [
        (_LAST_RESORT if m.price in not_paid or (r == _SALE and m.amount == 0) else r, is_net, m)
        for r, is_net, m in ranked
    ]
    if not sound:
        return NO_MONEY
    _, _, best = min(sound, key=lambda entry: entry[:2])
    ordinary = [entry for entry in sound if entry[0] in (_ORDINARY, _REGULAR_PRICE)]
    other = min(ordinary, key=lambda entry: entry[:2], default=None)
    return other[2] if other and other[2].amount < best.amount else best


def _price_rank(node: Node, now: datetime) -> int | None:
    """Return how well a price states what a shopper pays, or ``None`` if it never does."""
    types = {compact_name(name) for name in names_of(node.get("priceType"))}
    stated = types or {compact_name(first_text(node.get("name")))}  # some shops name the price
    if stated & _NOT_PAID or any(part in name for name in stated for part in _NEVER_PAID):
        return None
    if types_of(node) & _CHARGES or node.get("validForMemberTier"):
        return None
    if not _is_for_whole_product(node):
        return None
    if not _is_valid(node, now) or _is_conditional(node):
        return _LAST_RESORT
    if types & _SALES:
        return _SALE
    if not types:
        return _ORDINARY
    return _REGULAR_PRICE if types & _REGULAR else _LAST_RESORT


def _is_for_whole_product(node: Node) -> bool:
    """Return false for a price per kilogram or the like.

    A reference quantity with a ``valueReference`` is the content of the product, to compute a unit
    price from, and the price is that of the product.
    """
    for quantity in items_of(node.get("referenceQuantity")):
        if not isinstance(quantity, dict):
            return False
        is_piece = (
            text_of(quantity.get("unitCode")).upper() in _PIECES
            and not text_of(quantity.get("unitText"))
            and first_text(quantity.get("value")) in ("", "1")
        )
        if not (is_piece or quantity.get("valueReference")):
            return False
    return True


def _is_conditional(node: Node) -> bool:
    """Return whether a price is one instalment, needs a minimum quantity, or is per unit."""
    has_unit = text_of(node.get("unitCode")).upper() not in _PIECES
    is_part = bool(node.get("billingDuration") or node.get("billingIncrement"))
    has_reference = bool(node.get("referenceQuantity"))
    return has_unit or is_part or has_reference or _least_quantity(node) > 1


def _least_quantity(node: Node) -> float:
    quantity = next(iter(items_of(node.get("eligibleQuantity"))), None)
    if isinstance(quantity, dict):
        quantity = quantity.get("minValue") or quantity.get("value")
    try:
        return float(text_of(quantity))
    except ValueError:
        return 0.0


def _is_valid(node: Node, now: datetime) -> bool:
    start, end = (first_text(node.get(name)) for name in ("validFrom", "validThrough"))
    return _is_before(start, now, end_of_day=False) and not _is_before(end, now, end_of_day=True)


def _is_before(text: str, now: datetime, *, end_of_day: bool) -> bool:
    """Return whether a moment has passed; no start has, no end and no unreadable one has not."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return not end_of_day
    if len(text.strip()) == len("2026-12-31") and end_of_day:
        moment = moment.replace(hour=23, minute=59, second=59)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) <= now

"""The offers of a product: what a shopper pays, whether one can buy it, and under which numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from ingest.feeds.formats.schema_org.graph import GTINS, Graph
from ingest.feeds.formats.schema_org.values import (
    Node,
    all_texts,
    first_text,
    items_of,
    link_of,
    local_name,
    names_of,
    text_of,
    types_of,
)
from ingest.feeds.rows.prices import parse_price

_MAX_OFFERS = 10_000
_PRICES = ("price", "minPrice")
# Names of types without blanks and punctuation, and in lower case.
_PRICE_TYPES_NOT_PAID = """
    compareatprice invoice invoiceprice list listprice manufacturersuggestedretailprice
    minimumadvertisedprice msrp oldprice original originalprice recommendedretailprice rrp srp
    strikethrough strikethroughprice suggestedretailprice uvp wasprice
"""
_NOT_PAID = frozenset(_PRICE_TYPES_NOT_PAID.split())
_SALES = {"discountprice", "offerprice", "promotionalprice", "sale", "saleprice", "specialprice"}
_REGULAR = {"baseprice", "normalprice", "regular", "regularprice"}
_AVAILABLE = {"available", "instock", "instoreonly", "limited", "limitedavailability", "onlineonly"}
_ON_ORDER = {"availablefororder", "backorder", "madetoorder", "preorder", "presale"}
_GONE = {"discontinued", "outofstock", "soldout", "unavailable"}
_CHARGES = {"DeliveryChargeSpecification", "PaymentChargeSpecification"}
_PIECES = {"", "C62", "EA", "H87", "NMB", "ONE", "PCE", "PCS"}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

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


@dataclass(frozen=True, slots=True)
class Offers:
    """All offers of a product as one.

    The price is the lowest one among the offers with the best availability. The numbers are those
    of all offers, in order.
    """

    money: Money = Money()
    availability: str = ""
    skus: tuple[str, ...] = ()
    gtins: tuple[str, ...] = ()
    mpns: tuple[str, ...] = ()
    url: str = ""


def summarise(value: object, graph: Graph, now: datetime | None = None) -> Offers:
    """Return the offers in a value of ``offers``; they may be references to other nodes.

    :param now: when a price has to be valid, by default the current time.
    """
    seen: set[str] = set()
    outer = list(_distinct(value, graph, seen))
    inner = [list(_distinct(offer.get("offers"), graph, seen)) for offer in outer]
    offers = [o for offer, parts in zip(outer, inner, strict=True) for o in (offer, *parts)]
    now = now or datetime.now(UTC)
    best = [_best_of(o, parts, graph, now) for o, parts in zip(outer, inner, strict=True)]
    return Offers(
        money=_cheapest(best),
        availability=_best_availability(offers),
        skus=_numbers(offers, graph, ("sku",)),
        gtins=_numbers(offers, graph, GTINS),
        mpns=_numbers(offers, graph, ("mpn",)),
        url=next(filter(None, (link_of(offer.get("url")) for offer in offers)), ""),
    )


def _distinct(value: object, graph: Graph, seen: set[str]) -> Iterator[Node]:
    """Yield offers; of several references to one offer, only the first."""
    for offer in islice(graph.resolved(value), _MAX_OFFERS):
        offer_id = offer.get("@id")
        if isinstance(offer_id, str):
            if offer_id in seen:
                continue
            seen.add(offer_id)
        yield offer


def _best_of(offer: Node, inner: list[Node], graph: Graph, now: datetime) -> tuple[int, Money]:
    """Return the rank of an offer's availability and its price; that of an aggregate is lowest."""
    money = _paid(offer, graph, now)
    currency = first_text(offer.get("priceCurrency"))
    if not money.price and (low := first_text(offer.get("lowPrice"))):
        money = Money(low, currency or next((m.currency for m in _prices(inner, graph, now)), ""))
    if not money.price and inner:
        money = _cheapest((_rank(_availability(o)), _paid(o, graph, now)) for o in inner)
    availability = _best_availability((offer, *inner))
    return _rank(availability), Money(money.price, money.currency or currency)


def _prices(offers: Iterable[Node], graph: Graph, now: datetime) -> Iterator[Money]:
    return (money for offer in offers if (money := _paid(offer, graph, now)).price)


def _cheapest(ranked: Iterable[tuple[int, Money]]) -> Money:
    """Return the lowest price of the best rank, in the currency of the first price."""
    priced = [(rank, money) for rank, money in ranked if money.price]
    if not priced:
        return Money()
    currency = priced[0][1].currency
    comparable = [pair for pair in priced if pair[1].currency in (currency, "")]
    return min(comparable, key=lambda pair: (pair[0], pair[1].amount))[1]


def _paid(offer: Node, graph: Graph, now: datetime) -> Money:
    """Return what a shopper pays for an offer, of its own price and its price specifications."""
    currency = first_text(offer.get("priceCurrency"))
    specifications = graph.resolved(offer.get("priceSpecification"))
    ranked: list[tuple[int, bool, Money]] = []
    not_paid: set[str] = set()
    for node in (offer, *specifications):
        price = next(filter(None, (first_text(node.get(name)) for name in _PRICES)), "")
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
    sound = [
        (_LAST_RESORT if m.price in not_paid or (r == _SALE and m.amount == 0) else r, is_net, m)
        for r, is_net, m in ranked
    ]
    if not sound:
        return Money()
    _, _, best = min(sound, key=lambda entry: entry[:2])
    ordinary = [entry for entry in sound if entry[0] in (_ORDINARY, _REGULAR_PRICE)]
    other = min(ordinary, key=lambda entry: entry[:2], default=None)
    return other[2] if other and other[2].amount < best.amount else best


def _price_rank(node: Node, now: datetime) -> int | None:
    """Return how well a price states what a shopper pays, or ``None`` if it never does."""
    types = {_compact(name) for name in names_of(node.get("priceType"))}
    if types & _NOT_PAID or types_of(node) & _CHARGES or node.get("validForMemberTier"):
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
        if not isinstance(quantity, Mapping):
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
    if isinstance(quantity, Mapping):
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


def _best_availability(offers: Iterable[Node]) -> str:
    written = [text for offer in offers if (text := _availability(offer))]
    return min(written, key=_rank, default="")


def _availability(offer: Node) -> str:
    name = next(names_of(offer.get("availability")), "")
    return _CAMEL.sub("_", name).lower()


def _rank(availability: str) -> int:
    compact = _compact(availability)
    ranks = (_AVAILABLE, _ON_ORDER)
    found = next((rank for rank, names in enumerate(ranks) if compact in names), 2)
    return 3 if compact in _GONE else found


def _compact(name: str) -> str:
    return re.sub(r"[\W_]+", "", local_name(name)).lower()


def _numbers(offers: Iterable[Node], graph: Graph, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the texts of properties of the offers and of the products that they offer."""
    nodes = (n for offer in offers for n in (offer, *graph.resolved(offer.get("itemOffered"))))
    texts = (text for node in nodes for name in names for text in all_texts(node.get(name)))
    return tuple(dict.fromkeys(texts))

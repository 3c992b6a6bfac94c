"""The offers of a product: what a shopper pays, whether one can buy it, and under which numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from ingest.feeds.formats.schema_org.graph import GTINS, Graph
from ingest.feeds.formats.schema_org.prices import NO_MONEY, Money, paid, price_text
from ingest.feeds.formats.schema_org.values import (
    Node,
    all_texts,
    compact_name,
    first_text,
    link_of,
    names_of,
)

_MAX_OFFERS = 10_000
_AVAILABLE = {"available", "instock", "instoreonly", "limited", "limitedavailability", "onlineonly"}
_ON_ORDER = {"availablefororder", "backorder", "madetoorder", "preorder", "presale"}
_GONE = {"discontinued", "outofstock", "soldout", "unavailable"}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Offers:
    """All offers of a product as one.

    The price is the lowest one among the offers with the best availability. The numbers are those
    of all offers, in order.
    """

    money: Money = NO_MONEY
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
    money = paid(offer, graph, now)
    currency = first_text(offer.get("priceCurrency"))
    if not money.price and (low := price_text(offer.get("lowPrice"))):
        money = Money(low, currency or next((m.currency for m in _prices(inner, graph, now)), ""))
    if inner and (not money.price or money.amount == 0):  # some plugins write 0 for no price
        ranked = [(_rank(_availability(o)), paid(o, graph, now)) for o in inner]
        money = _cheapest(ranked) if any(m.price for _, m in ranked) else money
    availability = _best_availability((offer, *inner))
    return _rank(availability), Money(money.price, money.currency or currency)


def _prices(offers: Iterable[Node], graph: Graph, now: datetime) -> Iterator[Money]:
    return (money for offer in offers if (money := paid(offer, graph, now)).price)


def _cheapest(ranked: Iterable[tuple[int, Money]]) -> Money:
    """Return the lowest price of the best rank, in the currency of the first price."""
    priced = [(rank, money) for rank, money in ranked if money.price]
    if len(priced) < 2:
        return priced[0][1] if priced else NO_MONEY
    currency = priced[0][1].currency
    comparable = [pair for pair in priced if pair[1].currency in (currency, "")]
    return min(comparable, key=lambda pair: (pair[0], pair[1].amount))[1]


def _best_availability(offers: Iterable[Node]) -> str:
    written = [text for offer in offers if (text := _availability(offer))]
    return min(written, key=_rank, default="")


def _availability(offer: Node) -> str:
    name = next(names_of(offer.get("availability")), "")
    return _CAMEL.sub("_", name).lower()


def _rank(availability: str) -> int:
    compact = compact_name(availability)
    ranks = (_AVAILABLE, _ON_ORDER)
    found = next((rank for rank, names in enumerate(ranks) if compact in names), 2)
    return 3 if compact in _GONE else found


def _numbers(offers: Iterable[Node], graph: Graph, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the texts of properties of the offers and of the products that they offer."""
    nodes = (n for offer in offers for n in (offer, *graph.resolved(offer.get("itemOffered"))))
    texts = (text for node in nodes for name in names for text in all_texts(node.get(name)))
    return tuple(dict.fromkeys(texts))

"""Build the products of the shop: stock items with texts, identifiers and availability."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from types import MappingProxyType

from gram_es.records import Product
from gram_es.sample.quantities import STYLES, format_value, plain_style
from gram_es.sample.stock import StockItem, random_source, stock_shop
from gram_es.sample.texts import compose_description, compose_slots, compose_title
from gram_es.sample.vocabulary import vocabulary
from gram_es.text.gtin import check_digit

_GTIN_PREFIX = "20"  # 20-29 are for use inside a company and name no real product
_MPN_LETTERS = "ABCDEGHKLMNPRSTVX"


def build_catalogue(seed: int = 7) -> tuple[Product, ...]:
    """Return the products of the sample shop in the order of its feed."""
    return list_products(stock_shop(seed), seed)


def list_products(stock: tuple[StockItem, ...], seed: int) -> tuple[Product, ...]:
    """Return one product for each stock item, in the same order."""
    gtins = _gtins(random_source(seed, "gtin"))
    return tuple(_list_product(each, seed, next(gtins)) for each in stock)


def _list_product(each: StockItem, seed: int, gtin: str) -> Product:
    model = (seed, each.kind.key, each.group)  # equal for all variants, so they share wording
    own = random_source(seed, each.number)
    product_id = f"{each.kind.category[0][:2].upper()}{100_000 + each.number * 37}"
    mpn = _mpn(each, random_source(*model))
    slots = compose_slots(each, mpn, (each.brand.units, *STYLES), random_source(*model))
    shop_url = vocabulary().shop.link
    return Product(
        id=product_id,
        title=compose_title(each, slots, random_source(*model, "title")),
        brand=each.brand.name,
        category=each.kind.category,
        description=compose_description(each, mpn, random_source(*model, "description")),
        price=each.price,
        currency="USD",
        availability=own.choices(("in_stock", "out_of_stock", "preorder"), (90, 8, 2))[0],
        gtin=gtin,
        mpn=mpn,
        link=f"{shop_url}/p/{product_id.lower()}",
        image_link=f"{shop_url}/images/{product_id.lower()}.jpg",
        attributes=MappingProxyType(dict(_attributes(each))),
    )


def _attributes(each: StockItem) -> Iterator[tuple[str, tuple[str, ...]]]:
    style = plain_style(each.brand.units)
    for name, value in each.facts.items():
        label = name if name == "age_group" else name.replace("_", " ")
        yield label, (format_value(value, style),)
    yield "condition", ("new",)
    if not each.is_single:
        code = re.sub(r"[^a-z]", "", each.kind.key).upper()
        yield "item_group_id", (f"{code}-{each.group:03d}",)


def _mpn(each: StockItem, rng: random.Random) -> str:
    drawn = {"#": lambda: str(rng.randrange(10)), "@": lambda: rng.choice(_MPN_LETTERS)}
    base = "".join(drawn[sign]() if sign in drawn else sign for sign in each.brand.mpn)
    marks = [each.facts[name] for name in each.kind.varies if name in each.facts]
    if "build" in each.kind.varies:
        marks.append(str(each.kind.builds.index(each.build) + 1))
    short = (re.sub(r"[^A-Za-z0-9]", "", mark)[:4].upper() for mark in marks)
    return base if each.is_single else "-".join((base, *short))


def _gtins(rng: random.Random) -> Iterator[str]:
    """Yield different GTIN-13 numbers with their check digits."""
    seen: set[str] = set()
    while True:
        body = f"{_GTIN_PREFIX}{rng.randrange(10**10):010d}"
        if body not in seen:
            seen.add(body)
            yield body + check_digit(body)

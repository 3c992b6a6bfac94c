"""Putting the stock into words: the product as its merchant lists it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from gram_es.records import Product
from gram_es.sample.brands import Brand
from gram_es.sample.catalogue import Stocked
from gram_es.sample.chance import source
from gram_es.sample.description import describe
from gram_es.sample.kinds import fitting
from gram_es.sample.quantities import STYLES, spell
from gram_es.sample.wording import can_expand, expand, headline, repeats_itself, say, sentence

_SHOP = "https://shop.example.com"
_GTIN_PREFIX = "20"  # 20-29 are for use inside a company and name no real product
_MAX_DRAFTS = 8
_TOLD_ELSEWHERE = frozenset({"color", "size", "gender", "age_group"})
_MARKETING = (
    "{title} - best seller",
    "NEW! {title}",
    "{title} | gift idea",
    "{title} - great value",
)


def list_products(stock: tuple[Stocked, ...], seed: int) -> tuple[Product, ...]:
    """Return one product for each stocked one, in the same order."""
    gtins = _gtins(source(seed, "gtin"))
    return tuple(_list_product(each, seed, next(gtins)) for each in stock)


def _list_product(each: Stocked, seed: int, gtin: str) -> Product:
    model = (seed, each.kind.key, each.group)  # shared by variants, hence their wording
    own = source(seed, each.number)
    product_id = f"{each.kind.path[0][:2].upper()}{100_000 + each.number * 37}"
    mpn = _mpn(each, source(*model))
    slots = _slots(each, mpn, (each.brand.units, *STYLES), source(*model))
    return Product(
        id=product_id,
        title=_title(each, slots, source(*model, "title")),
        brand=each.brand.name,
        category=each.kind.path,
        description=_description(each, mpn, source(*model, "description")),
        price=each.price,
        currency="USD",
        availability=own.choices(("in_stock", "out_of_stock", "preorder"), (90, 8, 2))[0],
        gtin=gtin,
        mpn=mpn,
        link=f"{_SHOP}/p/{product_id.lower()}",
        image_link=f"{_SHOP}/images/{product_id.lower()}.jpg",
        attributes=MappingProxyType(dict(_attributes(each))),
    )


def _attributes(each: Stocked) -> Iterator[tuple[str, tuple[str, ...]]]:
    style = _plain_units(each.brand)
    for name, value in each.facts.items():
        label = name if name == "age_group" else name.replace("_", " ")
        yield label, (spell(value, style),)
    yield "condition", ("new",)
    if not each.alone:
        code = re.sub(r"[^a-z]", "", each.kind.key).upper()
        yield "item_group_id", (f"{code}-{each.group:03d}",)


def _slots(each: Stocked, mpn: str, styles: Sequence[str], rng: random.Random) -> dict[str, str]:
    said = {name: say(name, value, styles=styles, rng=rng) for name, value in each.facts.items()}
    noun = rng.choice(each.build.nouns or each.kind.nouns)
    return said | {"brand": each.brand.name, "line": each.line, "model": mpn, "noun": noun}


def _title(each: Stocked, slots: Mapping[str, str], rng: random.Random) -> str:
    usable = [pattern for pattern in each.kind.titles if can_expand(pattern, slots)]
    patterns = _house_patterns(each, usable)
    drafts = [expand(rng.choice(patterns), slots, rng) for _ in range(_MAX_DRAFTS)]
    title = next((draft for draft in drafts if not repeats_itself(draft)), drafts[-1])
    if slots["model"] not in title and rng.random() < 0.12:
        title = rng.choice((f"{title} ({slots['model']})", f"{title} {slots['model']}"))
    if rng.random() < 0.05:
        title = rng.choice(_MARKETING).format(title=title)
    return _house_case(each.brand, title)


def _house_patterns(each: Stocked, patterns: Sequence[str]) -> list[str]:
    """Return the few of ``patterns`` by which this brand names products of this type."""
    habit = source(each.brand.name, each.kind.key)
    return habit.sample(patterns, min(3, len(patterns)))


def _house_case(brand: Brand, title: str) -> str:
    titled = source(brand.name).random() < 0.7
    return headline(title) if titled else sentence(title).removesuffix(".")


def _description(each: Stocked, mpn: str, rng: random.Random) -> str:
    slots = _slots(each, mpn, (_plain_units(each.brand), "spaced", "tight", "other"), rng)
    phrases = dict(each.kind.uses)
    slots["noun"] = rng.choice(each.build.nouns or each.kind.nouns)
    return describe(
        voice=each.brand.voice,
        pitches=fitting(each.kind.pitches, each.facts),
        features=fitting(each.kind.features, each.facts),
        uses=[phrases[key] for key in each.uses],
        care=fitting(each.kind.care, each.facts),
        facts={name: slots[name] for name in each.facts if name not in _TOLD_ELSEWHERE},
        about=each.brand.about,
        values=slots,
        rng=rng,
    )


def _plain_units(brand: Brand) -> str:
    return brand.units if brand.units in ("tight", "other") else "spaced"


def _mpn(each: Stocked, rng: random.Random) -> str:
    letters = "ABCDEGHKLMNPRSTVX"
    drawn = {"#": lambda: str(rng.randrange(10)), "@": lambda: rng.choice(letters)}
    base = "".join(drawn[sign]() if sign in drawn else sign for sign in each.brand.mpn)
    marks = [each.facts[name] for name in each.kind.varies if name in each.facts]
    if "build" in each.kind.varies:
        marks.append(str(each.kind.builds.index(each.build) + 1))
    short = (re.sub(r"[^A-Za-z0-9]", "", mark)[:4].upper() for mark in marks)
    return base if each.alone else "-".join((base, *short))


def _gtins(rng: random.Random) -> Iterator[str]:
    """Yield different GTIN-13 numbers with their check digits."""
    seen: set[str] = set()
    while True:
        body = f"{_GTIN_PREFIX}{rng.randrange(10**10):010d}"
        if body not in seen:
            seen.add(body)
            yield body + check_digit(body)


def check_digit(body: str) -> str:
    """Return the check digit of the twelve digits ``body``, weighted 1, 3, 1, 3, ..."""
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body))
    return str(-total % 10)

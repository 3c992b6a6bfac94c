"""Draw the stock: which brand sells which build of a type, in which variants, at which price."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gram_es.sample.data_file import SampleDataError
from gram_es.sample.product_types import Build, ProductType
from gram_es.sample.vocabulary import Brand, vocabulary

_SINGLE_SHARE = 0.4  # share of models without variants, in types that vary
_MAX_TRIES = 2_000


@dataclass(frozen=True, slots=True)
class StockItem:
    """A product without its texts: the facts on which its judgments depend.

    ``group`` is the number of the item group within the type; ``is_single`` is true if the group
    has one member. ``price`` is in US dollars; ``facts`` are base values (``navy``, ``500 ml``).
    """

    number: int
    kind: ProductType
    brand: Brand
    line: str
    build: Build
    facts: dict[str, str]
    price: float
    group: int
    is_single: bool

    @property
    def uses(self) -> tuple[str, ...]:
        """The keys of the product's uses, the most specific first."""
        return self.kind.uses_of(self.build)


def random_source(*names: object) -> random.Random:
    """Return a random source; ``names`` are the shop's seed and the names of what is drawn.

    Equal names give equal draws in every process. Each product type has a source of its own, so a
    change to one type does not change the others.
    """
    seed = "/".join(str(name) for name in names)
    return random.Random(seed)  # noqa: S311 - the same shop each time


def stock_shop(seed: int) -> tuple[StockItem, ...]:
    """Return the whole stock, type by type; equal seeds give equal stocks in every process."""
    items: list[StockItem] = []
    for kind in vocabulary().types.values():
        rng = random_source(seed, kind.key)
        for each in _stock_type(kind, rng):
            items.append(replace(each, number=len(items)))
    return tuple(items)


def _stock_type(kind: ProductType, rng: random.Random) -> Iterator[StockItem]:
    seen: set[tuple[object, ...]] = set()
    remaining = kind.count
    builds = rng.sample(kind.builds, len(kind.builds))
    for group in range(_MAX_TRIES):
        drawn = _draw_group(kind, builds[group % len(builds)], group, rng)
        members = [each for each in drawn if _identity(each) not in seen]
        members = members[:remaining]
        for each in members:
            seen.add(_identity(each))
            yield replace(each, is_single=len(members) == 1)
        remaining -= len(members)
        if not remaining:
            return
    raise SampleDataError(
        f"the type {kind.key!r} has fewer than {kind.count} different products; lower its count or"
        " add options"
    )


def _identity(each: StockItem) -> tuple[object, ...]:
    return (each.brand.name, each.line, *sorted(each.facts.items()))


def _draw_group(kind: ProductType, build: Build, group: int, rng: random.Random) -> list[StockItem]:
    """Draw a product model and its variants; each brand of a type has its own model lines."""
    turn = rng.randrange(len(kind.brands))
    brand = vocabulary().brands[kind.brands[turn]]
    line = rng.choice(kind.product_lines[turn :: len(kind.brands)])
    options = {name: rng.choice(values) for name, values in kind.options.items()}
    markup = brand.price_factor * rng.uniform(0.9, 1.12)
    ending = rng.choice((0.99, 0.99, 0.95, 0.49, 0.0))
    return [
        StockItem(
            number=0,
            kind=kind,
            brand=brand,
            line=line,
            build=each,
            facts=facts,
            price=_round_price(each.price * markup, ending),
            group=group,
            is_single=False,
        )
        for each, facts in _draw_variants(kind, build, options, rng)
    ]


def _draw_variants(
    kind: ProductType, build: Build, options: dict[str, str], rng: random.Random
) -> list[tuple[Build, dict[str, str]]]:
    """Return the distinct variants of a product model.

    A fact of a build overrides the option that has the same name.
    """
    drawn = [(build, options)]
    if kind.varies and rng.random() > _SINGLE_SHARE:
        for _ in range(rng.randint(1, 4)):
            drawn.append(_draw_variant(kind, build, options, rng))
    distinct: dict[tuple[tuple[str, str], ...], tuple[Build, dict[str, str]]] = {}
    for each, chosen in drawn:
        facts = chosen | dict(each.facts)
        distinct.setdefault(tuple(sorted(facts.items())), (each, facts))
    return list(distinct.values())


def _draw_variant(
    kind: ProductType, build: Build, options: dict[str, str], rng: random.Random
) -> tuple[Build, dict[str, str]]:
    redrawn = {
        name: rng.choice(values) for name, values in kind.options.items() if name in kind.varies
    }
    if "build" in kind.varies:
        alike = (build.uses, build.nouns)
        build = rng.choice([each for each in kind.builds if (each.uses, each.nouns) == alike])
    return build, options | redrawn


def _round_price(price: float, ending: float) -> float:
    if price >= 100:
        return float(round(price / 10) * 10 - 1) + (0.99 if ending > 0.9 else 0.0)
    return max(1.0, float(int(price))) + ending

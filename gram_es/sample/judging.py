"""Grades that follow from what a product is, never from what its text says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from gram_es.sample.catalogue import Stocked
from gram_es.sample.relations import SIBLINGS, TEMPTING

# A miss here makes the product useless to the shopper; other misses a shopper may put up with.
_FIRM = frozenset(
    {"size", "gender", "age_group", "voltage", "connector", "life_stage", "room", "animal", "type"}
)
_NONE: frozenset[str] = frozenset()
# What else a shopper means who names the value.
_BROADER: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("color", "blue"): ("blue", "navy"),
    ("color", "green"): ("green", "olive"),
    ("color", "red"): ("red", "burgundy"),
    ("material", "wool"): ("wool", "merino wool"),
    ("material", "cotton"): ("cotton", "organic cotton"),
    ("material", "leather"): ("leather", "nubuck leather", "full-grain leather"),
    ("material", "nylon"): ("nylon", "ripstop nylon", "three-layer nylon"),
    ("gender", "male"): ("male", "unisex"),
    ("gender", "female"): ("female", "unisex"),
}


@dataclass(frozen=True, slots=True)
class Want:
    """What a shopper wants. Without ``types``, whatever serves ``use`` will do.

    ``facts`` are pairs (name, accepted values); ``missing`` are facts that must not be there.
    """

    types: tuple[str, ...] = ()
    brand: str | None = None
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    missing: tuple[str, ...] = ()
    use: str | None = None


def accepted(name: str, value: str) -> tuple[str, ...]:
    """Return the values that a shopper accepts who asks for ``name = value``."""
    return _BROADER.get((name, value), (value,))


def grade(each: Stocked, want: Want) -> int | None:
    """Return 3 to 0 for a product, or None when nobody would think of it.

    3: everything is met. 2: one wish that can be lived without is not, and another is. 1: the
    type alone fits, or a sibling type with all else met. 0: a sibling type, and not even that.
    """
    fits = _fits_type(each, want)
    if not fits and not _related(SIBLINGS, each, want.types):
        return None
    missed = list(_missed(each, want))
    if fits:
        wishes = len(want.facts) + (want.brand is not None) + (want.use is not None)
        bearable = len(missed) == 1 and wishes > 1 and missed[0] not in _FIRM
        return 2 if bearable and not missed[0].startswith("!") else 1 if missed else 3
    return 0 if missed else 1


def tempts(each: Stocked, want: Want, wanted_types: Collection[str]) -> bool:
    """Return whether a product that ``grade`` passes over is a tempting wrong answer."""
    if want.brand is not None and each.brand.name == want.brand:
        return True
    return _related(TEMPTING, each, wanted_types)


def _fits_type(each: Stocked, want: Want) -> bool:
    if want.types:
        return each.kind.key in want.types
    return want.use in dict(each.kind.uses)


def _missed(each: Stocked, want: Want) -> Iterator[str]:
    """Yield the wishes that ``each`` does not meet: names of facts, or a name after ``!``."""
    if want.brand is not None and each.brand.name != want.brand:
        yield "!brand"
    if want.use is not None and want.use not in each.uses:
        yield "!use"
    for name, values in want.facts:
        if each.facts.get(name) not in values:
            yield name
    for name in want.missing:
        if name in each.facts:
            yield f"!{name}"


def _related(
    related: Mapping[str, frozenset[str]], each: Stocked, wanted_types: Collection[str]
) -> bool:
    return not related.get(each.kind.key, _NONE).isdisjoint(wanted_types)

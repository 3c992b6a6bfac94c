"""What the sample shop knows about a type of product, and the short notation it is written in.

A department module says what its types are made of in strings, so that a type reads on one
screen: ``|`` parts the values of a list, a line is one build, one option or one use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Facts = tuple[tuple[str, str], ...]

_CONTINUED = re.compile(r"([|/;])\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Build:
    """Facts that go together (a bigger tank, a higher price) and what only this build is for.

    ``price`` is in US dollars for a brand of middling price. ``nouns`` replace the type's own.
    """

    price: float
    facts: Facts
    uses: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductType:
    """A type of product in the shop's own words.

    ``options`` are facts drawn independently of the build. ``varies`` names the options, or
    ``build``, by which the members of an item group differ. ``uses`` are pairs (key, the
    merchant's phrase); a use that a build names belongs to such builds alone, the others to all.
    """

    key: str
    path: tuple[str, ...]
    nouns: tuple[str, ...]
    brands: tuple[str, ...]
    lines: tuple[str, ...]
    builds: tuple[Build, ...]
    options: tuple[tuple[str, tuple[str, ...]], ...]
    varies: tuple[str, ...]
    titles: tuple[str, ...]
    pitches: tuple[str, ...]
    features: tuple[str, ...]
    uses: tuple[tuple[str, str], ...]
    care: tuple[str, ...]
    count: int

    def uses_of(self, build: Build) -> tuple[str, ...]:
        """Return the keys of what ``build`` is for, its own first."""
        special = {key for each in self.builds for key in each.uses}
        return build.uses + tuple(key for key, _ in self.uses if key not in special)


def fitting(texts: Iterable[str], facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return those of ``texts`` that hold for ``facts``, without their conditions.

    A condition stands at the end: ``@name=value,value``, ``@name!=value,value``, ``@name`` or,
    for a fact that must be missing, ``@!name``.
    """
    parted = (text.partition("@") for text in texts)
    return tuple(text.strip() for text, _, condition in parted if _holds(condition, facts))


def _holds(condition: str, facts: Mapping[str, str]) -> bool:
    name, _, values = condition.strip().partition("=")
    if name.startswith("!"):
        return name[1:] not in facts
    if name.endswith("!"):
        return facts.get(name[:-1]) not in values.split(",")
    if values:
        return facts.get(name) in values.split(",")
    return not name or name in facts


def product_type(
    key: str,
    *,
    path: str,
    nouns: str,
    brands: str,
    lines: str,
    builds: str,
    titles: str,
    pitches: str,
    features: str,
    uses: str,
    options: str = "",
    varies: str = "",
    care: str = "",
    count: int = 29,
) -> ProductType:
    """Read a type from its notation.

    A line of ``builds`` is ``price | name=value; name=value | use, use | noun / noun``; one of
    ``options`` is ``name: value | value`` and one of ``uses`` is ``key: phrase``. ``titles``,
    ``pitches`` and ``care`` hold one pattern or sentence a line. A pitch, a feature or a piece of
    care advice may end in a condition, see ``fitting``. A line that ends in ``|``, ``/`` or ``;``
    goes on in the next.
    """
    return ProductType(
        key=key,
        path=_parts(path, ">"),
        nouns=_parts(nouns),
        brands=_parts(brands),
        lines=_parts(lines),
        builds=tuple(_build(line) for line in _lines(builds)),
        options=tuple((name, _parts(values)) for name, values in _pairs(options, ":")),
        varies=tuple(varies.split()),
        titles=tuple(_lines(titles)),
        pitches=tuple(_lines(pitches)),
        features=_parts(features),
        uses=tuple(_pairs(uses, ":")),
        care=tuple(_lines(care)),
        count=count,
    )


def _build(line: str) -> Build:
    price, facts, uses, nouns = (*line.split("|"), "", "", "")[:4]
    pairs = (fact.partition("=") for fact in _parts(facts, ";"))
    return Build(
        price=float(price),
        facts=tuple((name.strip(), value.strip()) for name, _, value in pairs),
        uses=_parts(uses, ","),
        nouns=_parts(nouns, " / "),
    )


def _parts(text: str, separator: str = "|") -> tuple[str, ...]:
    return tuple(part for part in (" ".join(raw.split()) for raw in text.split(separator)) if part)


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of ``text``; one that ends in a separator goes on in the next."""
    joined = _CONTINUED.sub(r"\1 ", text)
    return (line.strip() for line in joined.splitlines() if line.strip())


def _pairs(text: str, separator: str) -> Iterator[tuple[str, str]]:
    for line in _lines(text):
        name, _, rest = line.partition(separator)
        yield name.strip(), rest.strip()

"""Types of products as the department files describe them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from gram_es.sample.data_file import CHECKED, Text, Texts
from gram_es.sample.patterns import SLOT

_COMMON_SLOTS = frozenset({"brand", "line", "model", "noun"})


@dataclass(frozen=True, slots=True, config=CHECKED)
class Phrase:
    """A sentence or a part of a sentence, with the conditions under which it is true.

    The conditions are about the facts of a product. ``only_for`` contains the values that a fact
    must have, ``not_for`` the values that a fact must not have; both map names of facts to values.
    ``only_with`` names facts that must exist, ``only_without`` facts that must not exist.
    """

    text: Text
    only_for: Mapping[str, Texts] = field(default_factory=dict)
    not_for: Mapping[str, Texts] = field(default_factory=dict)
    only_with: tuple[Text, ...] = ()
    only_without: tuple[Text, ...] = ()

    def suits(self, facts: Mapping[str, str]) -> bool:
        """Return whether the phrase is true of a product with ``facts``."""
        return (
            all(facts.get(name) in values for name, values in self.only_for.items())
            and not any(facts.get(name) in values for name, values in self.not_for.items())
            and all(name in facts for name in self.only_with)
            and not any(name in facts for name in self.only_without)
        )

    def names(self) -> Iterator[str]:
        """Yield the names of the facts that the conditions mention."""
        for names in (self.only_for, self.not_for, self.only_with, self.only_without):
            yield from names


def _as_phrase(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


_Phrases = tuple[Annotated[Phrase, BeforeValidator(_as_phrase)], ...]
_SomePhrases = Annotated[_Phrases, Field(min_length=1)]


@dataclass(frozen=True, slots=True, config=CHECKED)
class Build:
    """A variant of a product type: facts that occur together (a bigger tank, a higher price).

    ``price`` is in US dollars for a brand of average price. A use in ``uses`` belongs only to the
    builds that list it. ``nouns`` replace the nouns of the type.
    """

    price: PositiveFloat
    facts: Mapping[str, Text]
    uses: tuple[Text, ...] = ()
    nouns: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, config=CHECKED)
class ProductType:
    """A type of product in the shop's own words.

    ``options`` are facts drawn independently of the build. ``varies`` lists the options, or
    ``build``, by which the members of an item group differ. ``uses`` maps the key of a use to
    the merchant's phrase. A use that some builds list belongs to these builds only; any other use
    belongs to all builds. ``count`` is the number of products to generate.
    """

    key: Text
    category: Texts
    nouns: Texts
    brands: Texts
    product_lines: Texts
    count: PositiveInt
    builds: Annotated[tuple[Build, ...], Field(min_length=1)]
    titles: Texts
    pitches: _SomePhrases
    features: _SomePhrases
    uses: Mapping[str, Text]
    options: Mapping[str, Texts] = field(default_factory=dict)
    varies: tuple[Text, ...] = ()
    care: _Phrases = ()

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise ValueError("; ".join(faults))

    def uses_of(self, build: Build) -> tuple[str, ...]:
        """Return the keys of the uses of ``build``; the uses that ``build`` lists come first."""
        special = {key for each in self.builds for key in each.uses}
        return build.uses + tuple(key for key in self.uses if key not in special)

    def fact_names(self) -> frozenset[str]:
        """Return the names of all facts that a product of this type may have."""
        return frozenset(self.options).union(*(build.facts for build in self.builds))

    def _faults(self) -> Iterator[str]:
        """Yield a message for each fault, such as a reference to a part that does not exist."""
        facts = self.fact_names()
        if len(self.product_lines) < len(self.brands):
            yield "product_lines: fewer than the brands; write at least one for each brand"
        for name in self.varies:
            if name != "build" and name not in self.options:
                yield f"varies: {name!r} is not an option; use an option or 'build'"
        for at, build in enumerate(self.builds):
            for use in build.uses:
                if use not in self.uses:
                    yield f"builds[{at}].uses: {use!r} has no phrase; add it to uses"
        for at, pattern in enumerate(self.titles):
            yield from _unknown(f"titles[{at}]", SLOT.findall(pattern), facts | _COMMON_SLOTS)
        for key in ("pitches", "features", "care"):
            for at, phrase in enumerate(getattr(self, key)):
                slots = SLOT.findall(phrase.text)
                yield from _unknown(f"{key}[{at}]", slots, facts | _COMMON_SLOTS)
                yield from _unknown(f"{key}[{at}]", phrase.names(), facts)


def _unknown(key: str, names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"{key}: {name!r} is not a fact; use one of {', '.join(sorted(known))}"


def true_texts(phrases: Iterable[Phrase], facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts of those ``phrases`` that are true of a product with ``facts``."""
    return tuple(phrase.text for phrase in phrases if phrase.suits(facts))

"""Read the vocabulary of the sample shop from its data files, and check it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveFloat
from pydantic.dataclasses import dataclass

from gram_es.sample.data_file import (
    CHECKED,
    Text,
    Texts,
    data_error,
    data_folder,
    read_data,
    read_entries,
)
from gram_es.sample.product_types import ProductType

UnitStyle = Literal["spaced", "tight", "word", "dash", "other"]
Part = Literal["pitch", "features", "use", "facts", "care", "about"]
_Order = Annotated[tuple[Part, ...], Field(min_length=1)]
_Pairs = Annotated[tuple[tuple[Text, Text], ...], Field(min_length=1)]


def _with_slot(slot: str) -> AfterValidator:
    def check(text: str) -> str:
        if f"{{{slot}}}" not in text:
            raise ValueError(f"{text!r} has no slot; write {{{slot}}} into it")
        return text

    return AfterValidator(check)


@dataclass(frozen=True, slots=True, config=CHECKED)
class Shop:
    """The shop itself; ``departments`` are names of department files, in the order of the feed."""

    title: Text
    link: Text
    description: Text
    departments: Texts


@dataclass(frozen=True, slots=True, config=CHECKED)
class Brand:
    """A fictional brand: its price level and its house style.

    ``price_factor`` multiplies the price of a build. In ``mpn``, ``#`` stands for a digit and
    ``@`` for a capital letter. ``units`` is the style of the brand's quantities, ``voice`` the
    style of its descriptions; ``about`` is a sentence about the brand.
    """

    name: Text
    price_factor: PositiveFloat
    mpn: Text
    units: UnitStyle
    voice: Text
    about: Text


@dataclass(frozen=True, slots=True, config=CHECKED)
class Conversion:
    """How to convert an amount to ``unit``: multiply by ``factor``, round to ``decimals``."""

    unit: Text
    factor: PositiveFloat
    decimals: NonNegativeInt


@dataclass(frozen=True, slots=True, config=CHECKED)
class Unit:
    """A unit as merchants write it.

    ``symbol`` is the form that directly follows a number, ``word`` the full form, ``area_symbol``
    the form in an area such as 5' x 7'. ``other`` is the conversion to a unit of the
    other system, metric or imperial.
    """

    symbol: Text
    word: Text
    area_symbol: Text | None = None
    other: Conversion | None = None


@dataclass(frozen=True, slots=True, config=CHECKED)
class Voice:
    """A style of description: the orders of its parts, and sentences for uses and features.

    Without sentences in ``features``, descriptions in this voice list features and facts directly.
    """

    orders: Annotated[tuple[_Order, ...], Field(min_length=1)]
    uses: Annotated[tuple[Annotated[Text, _with_slot("use")], ...], Field(min_length=1)]
    features: tuple[Annotated[Text, _with_slot("features")], ...] = ()


@dataclass(frozen=True, slots=True, config=CHECKED)
class Wording:
    """How merchants word colors and other values, and how they write titles and descriptions.

    All wordings of a list are drawn with the same probability; a usual wording is listed more than
    once.
    """

    colors: Mapping[str, Texts]
    values: Mapping[str, Texts]
    lower_case_words: frozenset[Text]
    marketing_titles: Annotated[
        tuple[Annotated[Text, _with_slot("title")], ...], Field(min_length=1)
    ]
    voices: Mapping[str, Voice]


@dataclass(frozen=True, slots=True, config=CHECKED)
class Relations:
    """How types and values relate when a product is judged.

    ``siblings`` are pairs of types that partly replace each other. ``lookalikes`` are pairs of
    types that only seem to replace each other. A shopper does not compromise on ``firm_facts``.
    ``broader_values`` gives, by the name of a fact and the value that a shopper asks for, all
    values that the shopper accepts.
    """

    siblings: _Pairs
    lookalikes: _Pairs
    firm_facts: frozenset[Text]
    broader_values: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The content of all data files but ``shoppers.yaml``, which is for evaluation only."""

    shop: Shop
    types: Mapping[str, ProductType]
    brands: Mapping[str, Brand]
    units: Mapping[str, Unit]
    wording: Wording
    relations: Relations


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of the sample shop; the files are read once per process."""
    return read_vocabulary(data_folder())


def read_vocabulary(folder: Traversable) -> Vocabulary:
    """Return the vocabulary that the data files in ``folder`` describe.

    :raises SampleDataError: if a file has a fault; the message contains the file and the key.
    """
    shop = read_data(folder, "shop.yaml", Shop)
    wording = read_data(folder, "wording.yaml", Wording)
    brands = read_entries(folder, "brands.yaml", Brand, "name")
    types: dict[str, ProductType] = {}
    for department in shop.departments:
        name = f"departments/{department}.yaml"
        entries = read_entries(folder, name, ProductType, "key")
        _require(name, _type_faults(entries, types, brands))
        types |= entries
    relations = read_data(folder, "relations.yaml", Relations)
    _require("brands.yaml", _voice_faults(brands, wording))
    _require("relations.yaml", _relation_faults(relations, types))
    units = read_data(folder, "units.yaml", dict[str, Unit])
    return Vocabulary(shop, types, brands, units, wording, relations)


def _require(name: str, faults: Iterator[str]) -> None:
    listed = list(faults)
    if listed:
        raise data_error(name, listed)


def _type_faults(
    entries: Mapping[str, ProductType],
    others: Mapping[str, ProductType],
    brands: Mapping[str, Brand],
) -> Iterator[str]:
    for key, entry in entries.items():
        if key in others:
            yield f"{key}: another department has this type; rename one of them"
        for brand in entry.brands:
            if brand not in brands:
                yield f"{key}.brands: {brand!r} is not in brands.yaml; add it there"


def _voice_faults(brands: Mapping[str, Brand], wording: Wording) -> Iterator[str]:
    for name, brand in brands.items():
        if brand.voice not in wording.voices:
            voices = ", ".join(wording.voices)
            yield f"{name}.voice: {brand.voice!r} is not in wording.yaml; use one of {voices}"


def _relation_faults(relations: Relations, types: Mapping[str, ProductType]) -> Iterator[str]:
    for name, pairs in (("siblings", relations.siblings), ("lookalikes", relations.lookalikes)):
        for at, pair in enumerate(pairs):
            for key in pair:
                if key not in types:
                    yield f"{name}[{at}]: no department has the type {key!r}; correct its name"

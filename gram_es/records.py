"""The records that modules exchange: products, their codes, enrichments, judgments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

MAX_ID_BYTES: Final = 512
"""Elasticsearch rejects a document with a longer id."""
_NO_ATTRIBUTES: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a feed, as the shop wrote it.

    ``category`` is the main path of category names from the root to the leaf, and
    ``other_categories`` are the further paths; a category is empty only if there is none. ``price``
    is in units of ``currency``. ``attributes`` maps a name to its values, all strings; a flag that
    is true has the values ``("true",)``.
    """

    id: str
    title: str
    brand: str | None = None
    category: tuple[str, ...] = ()
    description: str | None = None
    price: float | None = None
    currency: str | None = None
    availability: str | None = None
    gtin: str | None = None
    mpn: str | None = None
    link: str | None = None
    image_link: str | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_ATTRIBUTES)
    other_categories: tuple[tuple[str, ...], ...] = ()

    @property
    def category_paths(self) -> tuple[tuple[str, ...], ...]:
        """All category paths, the main one first."""
        return (self.category, *self.other_categories) if self.category else ()

    @property
    def category_names(self) -> tuple[str, ...]:
        """The distinct names in all category paths, those of the main path first."""
        return tuple(dict.fromkeys(name for path in self.category_paths for name in path))


@dataclass(frozen=True, slots=True)
class WeightedCode:
    """A code of a query: the code's label, and its weight in the search, from 0 to 1.

    ``pinned`` is true if an override, not the model, gave the code to the query.
    """

    label: str
    weight: float
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class ProductCode:
    """A code of a product: its label, its weight, and whether the product's own data states it.

    ``weight`` is greater than 0 and at most 1. A code that a field states weighs 1; a code that the
    model infers weighs less, the further it is from the product's best code.
    """

    label: str
    weight: float
    is_stated: bool = True


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What the model adds to one product.

    ``codes`` are the product's codes with their weights, best first. ``vector`` is the product's
    embedding, one signed byte per dimension; only its direction is meaningful, not its length.
    ``input_hash`` is the hash of what the model read.
    """

    codes: tuple[ProductCode, ...]
    vector: bytes
    input_hash: str


@dataclass(frozen=True, slots=True)
class Judgment:
    """One graded query-product pair (one line of a judgments file)."""

    query: str
    product_id: str
    relevance: float

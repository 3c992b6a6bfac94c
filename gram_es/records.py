"""The records that modules exchange: products, enrichments, weighted codes, judgments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NO_ATTRIBUTES: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a feed, as the shop wrote it.

    ``category`` runs from the root to the leaf. ``price`` is in units of ``currency``. The values
    of ``attributes`` are strings; a true flag is ``("true",)``.
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


@dataclass(frozen=True, slots=True)
class WeightedCode:
    """A code's label with its probability, or with its clause weight in a query.

    ``pinned`` is true if an override gave the code to the query, not the model.
    """

    label: str
    weight: float
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What the model adds to one product.

    ``codes`` are labels, best first. ``vector`` is the product's embedding, one signed byte a
    dimension; only its direction is meaningful, not its length. ``input_hash`` is the hash of the
    text that the model read.
    """

    codes: tuple[str, ...]
    vector: bytes
    input_hash: str


@dataclass(frozen=True, slots=True)
class Judgment:
    """One graded query-product pair (one line of a judgments file)."""

    query: str
    product_id: str
    relevance: float

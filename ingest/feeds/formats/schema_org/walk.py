"""The walk through JSON-LD: products wherever they are, each of them once, groups by variants."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.feeds.formats.schema_org.graph import PRODUCTS, Graph
from ingest.feeds.formats.schema_org.products import product_row
from ingest.feeds.formats.schema_org.values import Node, items_of, types_of
from ingest.feeds.rows.records import RawRow

_MAX_DEPTH = 12
_CONTAINERS = (
    "@graph",
    "@included",
    "itemListElement",
    "dataFeedElement",
    "item",
    "mainEntity",
    "mainEntityOfPage",
    "hasPart",
    "hasVariant",
    "hasOfferCatalog",
    "makesOffer",
)


def rows(value: object, graph: Graph, line: int, depth: int = 0) -> Iterator[RawRow]:
    """Yield the products in a JSON value, down to a depth of 12.

    :param graph: the nodes of the page to which the value belongs.
    """
    if depth > _MAX_DEPTH:
        return
    for item in items_of(value):
        if isinstance(item, list):
            yield from rows(item, graph, line, depth + 1)
        elif isinstance(item, dict) and (node := graph.resolve(item)) and graph.take(node):
            yield from _node_rows(node, graph, line, depth)


def _node_rows(node: Node, graph: Graph, line: int, depth: int) -> Iterator[RawRow]:
    if graph.is_group(node):
        yield from _group_rows(node, graph, line, depth)
    elif types_of(node) & PRODUCTS:
        yield from _product_rows(node, graph.group_of(node), graph, line, depth)
    elif "itemOffered" in node:
        offer = {name: inner for name, inner in node.items() if name != "itemOffered"}
        for product in graph.resolved(node["itemOffered"]):
            yield from rows({"offers": offer, **product}, graph, line, depth + 1)
    else:
        names = _CONTAINERS if "@type" in node or "@graph" in node else node
        for name in names:
            if isinstance(inner := node.get(name), (list, dict)):
                yield from rows(inner, graph, line, depth + 1)


def _group_rows(group: Node, graph: Graph, line: int, depth: int) -> Iterator[RawRow]:
    """Yield the variants of a group, or the group itself if the page has none of them."""
    has_variants = graph.has_members(group)
    for variant in graph.variants(group):
        has_variants = True
        if graph.is_group(variant):
            yield from rows(variant, graph, line, depth + 1)
        elif graph.take(variant):
            yield from _product_rows(variant, group, graph, line, depth)
    for model in graph.resolved(group.get("model")):  # a variant, as GoodRelations writes it
        if model.get("isVariantOf"):
            has_variants = True
            yield from rows(model, graph, line, depth + 1)
    if not has_variants:
        yield product_row(group, {}, graph, line)


def _product_rows(
    product: Node, group: Node, graph: Graph, line: int, depth: int
) -> Iterator[RawRow]:
    """Yield a product, and the further variants that are written inside it or its group."""
    yield product_row(product, group, graph, line)
    yield from rows(product.get("hasVariant"), graph, line, depth + 1)
    for inner in items_of(product.get("isVariantOf")):
        if isinstance(inner, dict) and inner.get("hasVariant"):
            yield from rows(inner, graph, line, depth + 1)

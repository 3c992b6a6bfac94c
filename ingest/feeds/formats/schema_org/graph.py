"""The nodes of a page by ``@id``, and which products are variants of which groups.

Objects with one ``@id`` describe one node, wherever they are in the page. An object that has
nothing but an ``@id`` is a reference to that node.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.feeds.formats.schema_org.facts import BY_GROUP, Facts
from ingest.feeds.formats.schema_org.values import Node, first_text, items_of, text_of, types_of

GROUP = "ProductGroup"
_PRODUCTS = """
    Product IndividualProduct ProductModel SomeProducts DietarySupplement Drug Vehicle Car
    Motorcycle MotorizedBicycle BusOrCoach
"""
PRODUCTS = frozenset(_PRODUCTS.split())
IDS = ("sku", "productID", "mpn")
GTINS = ("gtin", "gtin13", "gtin12", "gtin14", "gtin8", "isbn")

_MAX_DEPTH = 12
_MAX_PARTS = 50  # objects that are joined to one node; more is no page of a shop
_READS_PER_NODE = 20  # a page reads a node two or three times; references could multiply that
_GROUP_PARENT, _GROUP_MEMBERS = f"{BY_GROUP}parent", f"{BY_GROUP}members"
_UNNAMED = "gram-es:group "  # an absolute @id for a group without one
_REFERENCE = frozenset({"@id", "@type", "@context"})
_ADDRESS = _REFERENCE | {"url", "position", "isVariantOf", "hasVariant", "inProductGroupWithID"}


class Graph:
    """The nodes, groups and variants of a page or a file.

    A ``node`` is stored with the number of its parts. ``parent`` and ``group parent`` are the
    ``@id`` of the group of a variant, by the variant's ``@id`` and by the group's id in the shop.
    ``members`` and ``group members`` exist if a product names the group as its own. ``taken``
    exists once a node has been read.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._unnamed = 0
        self._reads_left = 1_000

    def add(self, document: object) -> None:
        """Add the nodes in a JSON value, down to a depth of 12."""
        pending: list[tuple[Any, int]] = [(document, 0)]
        while pending:
            value, depth = pending.pop()
            if isinstance(value, dict):
                self._reads_left += _READS_PER_NODE
                self._add_node(value)
            if depth < _MAX_DEPTH and isinstance(value, (list, dict)):
                inner = value.values() if isinstance(value, dict) else value
                pending += [(v, depth + 1) for v in inner if isinstance(v, (list, dict))][::-1]

    def resolve(self, value: object) -> Node:
        """Return the whole node that an object describes or names; empty if it is unknown."""
        if isinstance(value, str):
            return self._stored(value.strip())
        if not isinstance(value, dict):
            return {}
        stored = self._stored(_id_of(value))
        if _is_reference(value):
            return stored
        return {**stored, **value} if stored and _is_same(stored, value) else value

    def resolved(self, value: object) -> Iterator[Node]:
        """Yield the nodes that a value or a list of values describes or names.

        Many references to nodes with many references would take time without end. Once the nodes of
        a page have been read 20 times on average, nothing is yielded any more.
        """
        for item in items_of(value):
            self._reads_left -= 1
            if self._reads_left >= 0 and (node := self.resolve(item)):
                yield node

    def take(self, node: Node) -> bool:
        """Return whether a node has not been taken before; a node without ``@id`` never has."""
        stored = self._stored(node_id := _id_of(node))
        if not stored or not _is_same(stored, node):
            return True
        is_new = self._facts.get(("taken", node_id)) is None
        self._facts["taken", node_id] = True
        return is_new

    def group_of(self, product: Node) -> Node:
        """Return the group of which a product is a variant; empty if it has none."""
        named = self.resolved(product.get("isVariantOf"))
        group: Node = next((g for g in named if _id_of(g) != (_id_of(product) or None)), {})
        group_id = text_of(group.get("productGroupID") or product.get("inProductGroupWithID"))
        for name in (("parent", _id_of(product)), (_GROUP_PARENT, group_id)):
            if (parent := self._facts.get(name)) is not None:
                group = {**self._stored(parent), **group}
        return group

    def is_group(self, node: Node) -> bool:
        """Return whether a node only describes what its variants have in common.

        Of products that list each other as variants, none is a group.
        """
        types = types_of(node)
        if GROUP in types:
            return True
        if any(self.variants(node)):
            return self._facts.get(("parent", _id_of(node))) is None
        return (
            bool(types & PRODUCTS)
            and self.has_members(node)
            and not (node.get("offers") or node.get("isVariantOf"))
        )

    def variants(self, group: Node) -> Iterator[Node]:
        """Yield the variants that a group lists, except those that are on other pages."""
        for variant in self.resolved(group.get("hasVariant")):
            if variant.keys() - _ADDRESS:
                yield variant

    def has_members(self, group: Node) -> bool:
        """Return whether a product of the page names this group as its own."""
        group_id = text_of(group.get("productGroupID"))
        names = (("members", _id_of(group)), (_GROUP_MEMBERS, group_id))
        return any(self._facts.get(name) is not None for name in names)

    def _stored(self, node_id: str) -> dict[str, Any]:
        stored = self._facts.get(("node", node_id)) if node_id else None
        return stored["node"] if stored else {}

    def _add_node(self, node: Node) -> None:
        node_id = _id_of(node)
        if node_id and not _is_reference(node):
            self._store(node_id, node)
        if (variants := node.get("hasVariant")) or GROUP in types_of(node):
            self._add_group(node, node_id, variants)
        elif types_of(node) & PRODUCTS:
            self._add_member(node, node_id)

    def _store(self, node_id: str, node: Node) -> None:
        """Store a node, joined to what is known of it unless that contradicts it."""
        stored = self._facts.get(("node", node_id))
        parts = 1
        if stored and stored["parts"] < _MAX_PARTS and _is_same(stored["node"], node):
            node, parts = {**stored["node"], **node}, stored["parts"] + 1
        self._facts["node", node_id] = {"node": dict(node), "parts": parts}

    def _add_group(self, group: Node, node_id: str, variants: object) -> None:
        group_id = text_of(group.get("productGroupID"))
        if not node_id:
            self._unnamed += 1
            node_id = f"{_UNNAMED}{self._unnamed}"
            self._store(node_id, group)
        variant_ids = filter(None, map(_id_of, items_of(variants)))
        names = [("parent", variant_id) for variant_id in variant_ids]
        for name in (*names, *([(_GROUP_PARENT, group_id)] if group_id else ())):
            if self._facts.get(name) is None:
                self._facts[name] = node_id

    def _add_member(self, product: Node, node_id: str) -> None:
        for group in items_of(product.get("isVariantOf")):
            if (parent := _id_of(group)) and parent != node_id:
                self._facts["members", parent] = True
            if isinstance(group, dict) and (group_id := text_of(group.get("productGroupID"))):
                self._facts[_GROUP_MEMBERS, group_id] = True
        if group_id := first_text(product.get("inProductGroupWithID")):
            self._facts[_GROUP_MEMBERS, group_id] = True


def _id_of(value: object) -> str:
    """Return the ``@id`` of an object or of a reference to it, or an empty text."""
    if isinstance(value, dict):
        value = value.get("@id")
    return value.strip() if isinstance(value, str) else ""


def _is_reference(node: Node) -> bool:
    return "@id" in node and node.keys() <= _REFERENCE


def _is_same(node: Node, other: Node) -> bool:
    """Return whether two objects with one ``@id`` do not contradict each other.

    Some themes give all products of a page the same ``@id``.
    """
    shared = [
        first_text(node[name]) == first_text(other[name])
        for name in (*IDS, *GTINS)
        if node.get(name) and other.get(name)
    ]
    if shared or not (node.get("name") and other.get("name")):
        return all(shared)
    return first_text(node["name"]) == first_text(other["name"])

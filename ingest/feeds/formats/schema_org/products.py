"""The row of a schema.org product, with what it inherits from its group."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.feeds.formats.lines import printable
from ingest.feeds.formats.schema_org.graph import GROUP, GTINS, IDS, Graph
from ingest.feeds.formats.schema_org.offers import Offers, summarise
from ingest.feeds.formats.schema_org.values import (
    Node,
    all_texts,
    first_text,
    items_of,
    link_of,
    quantities_of,
    text_of,
    types_of,
)
from ingest.feeds.formats.tables.variant_id import join_id
from ingest.feeds.rows.records import RawRow

_TEXT_PROPERTIES = ("color", "material", "pattern", "size", "model", "keywords")
_MEASURED = ("width", "height", "depth", "weight")
_DISTINGUISHING = ("color", "size", "material", "pattern")
_GROUP_IDS = ("productGroupID", *IDS, *GTINS, "@id", "url")
_NOT_INHERITED = frozenset(
    (*IDS, *GTINS, "@context", "@id", "@type", "hasVariant", "isVariantOf", "variesBy", "url")
)
_ORIGINS = {
    "id": "sku, productID, mpn, gtin, @id or url",
    "title": "name",
    "brand": "brand or manufacturer",
    "product_type": "category",
    "price": "offers.price",
    "currency": "offers.priceCurrency",
    "availability": "offers.availability",
    "link": "url",
    "image_link": "image",
}
_READ = frozenset((*IDS, *GTINS, *_TEXT_PROPERTIES, *_MEASURED)) | {
    "@context",
    "@id",
    "@type",
    "additionalProperty",
    "brand",
    "category",
    "description",
    "hasVariant",
    "image",
    "inProductGroupWithID",
    "isVariantOf",
    "manufacturer",
    "name",
    "offers",
    "productGroupID",
    "url",
    "variesBy",
}
_Texts = dict[str, tuple[str, ...]]


def product_row(own: Node, group: Node, graph: Graph, line: int) -> RawRow:
    """Return the row of a product.

    :param own: the node of the product.
    :param group: the group of which it is a variant; it gives the properties that ``own`` lacks.
    """
    inherited = {name: value for name, value in group.items() if name not in _NOT_INHERITED}
    if not isinstance(inherited.get("model"), str):
        inherited.pop("model", None)  # these are variants
    node = inherited | {name: value for name, value in own.items() if _has_value(value, graph)}
    offers = summarise(node.get("offers"), graph)
    own_offers = offers if own.get("offers") else Offers()
    links = (_address(own.get("url")), own_offers.url)
    link = next(filter(None, (*links, _address(group.get("url")), offers.url)), "")
    categories = tuple(_texts(node.get("category"), graph))
    product_id = _id(own, own_offers, links) or _id_in_group(own, group) or link
    fields: _Texts = {
        "id": (product_id,),
        "title": (first_text(node.get("name")),),
        "brand": _first(_texts([node.get("brand"), node.get("manufacturer")], graph)),
        "category" if len(categories) < 2 else "product_type": categories,
        "description": (first_text(node.get("description")),),
        "price": (offers.money.price,),
        "currency": (offers.money.currency,),
        "availability": (offers.availability,),
        "gtin": _first([*_own_numbers(own, GTINS), *own_offers.gtins]),
        "mpn": _first([*_own_numbers(own, ("mpn",)), *own_offers.mpns]),
        "link": (link,),
        "image_link": (_image(node.get("image"), graph),),
    }
    filled = {name: kept for name, texts in fields.items() if (kept := tuple(filter(None, texts)))}
    attributes = _attributes(node, graph) | _properties(group, graph) | _properties(own, graph)
    attributes |= _other_numbers(own, own_offers, product_id) | {
        "item_group_id": (_group_id(node, group),)
    }
    excerpt = printable(fields["title"][0] or fields["id"][0])
    ignored = (own.keys() | node.keys()) - _READ
    return RawRow(line, filled, attributes, excerpt, _ORIGINS, ignored)


def _has_value(value: object, graph: Graph) -> bool:
    """Return false for an empty value and for a reference to an unknown node."""
    return bool(graph.resolve(value) if isinstance(value, dict) else value not in (None, "", []))


def _id(own: Node, offers: Offers, links: tuple[str, str]) -> str:
    """Return the first number or address of a product; that of a blank node comes last."""
    node_id = text_of(own.get("@id"))
    is_blank = node_id.startswith("_:")
    candidates = (
        *(first_text(own.get(name)) for name in (*IDS, *GTINS)),
        first_text(own.get("productGroupID")) if GROUP in types_of(own) else "",
        *offers.skus[:1],
        "" if is_blank else node_id,
        *links,
        node_id,
    )
    return next(filter(None, candidates), "")


def _id_in_group(own: Node, group: Node) -> str:
    """Return an id for a variant without one: that of its group, and what makes it different."""
    group_id = next(filter(None, (first_text(group.get(name)) for name in _GROUP_IDS)), "")
    parts = [first_text(own.get(name)) for name in _DISTINGUISHING]
    differing = list(filter(None, parts)) or list(filter(None, [first_text(own.get("name"))]))
    if not (group_id and differing):
        return ""
    return join_id(group_id, *differing)


def _group_id(node: Node, group: Node) -> str:
    ids = (node.get("inProductGroupWithID"), *(group.get(name) for name in _GROUP_IDS))
    return first_text(*ids)


def _texts(value: object, graph: Graph) -> Iterator[str]:
    """Yield the texts of values; a reference has the name of the node to which it refers."""
    for item in _described(value, graph):
        text = text_of(item)
        if isinstance(item, str) and text.startswith(("https://", "http://", "#")):
            text = text_of(graph.resolve(text))
        if text:
            yield text


def _described(value: object, graph: Graph) -> Iterator[object]:
    """Yield the texts in a value or a list, and the nodes to which its references refer."""
    for item in items_of(value):
        for inner in items_of(item):
            if not isinstance(inner, dict):
                yield inner
            elif node := graph.resolve(inner):
                yield node


def _first(texts: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(texts)[:1]


def _address(value: object) -> str:
    """Return a URL that is a text, a list, or an object such as ``{"@id": "https://..."}``."""
    for item in items_of(value):
        named = item.get("@id") if isinstance(item, dict) else None
        is_url = isinstance(named, str) and named.startswith(("https://", "http://"))
        if text := link_of(item) or (link_of(named) if is_url else ""):
            return text
    return ""


def _image(value: object, graph: Graph) -> str:
    """Return the address of the first image; a reference without its node has no address."""
    return next(filter(None, map(link_of, _described(value, graph))), "")


def _own_numbers(own: Node, names: tuple[str, ...]) -> list[str]:
    return [text for name in names for text in all_texts(own.get(name))]


def _other_numbers(own: Node, offers: Offers, product_id: str) -> _Texts:
    """Return the numbers of a product that no field keeps, such as a SKU per offer."""
    numbers = {
        "sku": (*_own_numbers(own, ("sku",)), *offers.skus),
        "gtin": (*_own_numbers(own, GTINS), *offers.gtins),
        "mpn": (*_own_numbers(own, ("mpn",)), *offers.mpns),
    }
    distinct = {name: tuple(dict.fromkeys(texts)) for name, texts in numbers.items()}
    kept = {"sku": (product_id,), "gtin": distinct["gtin"][:1], "mpn": distinct["mpn"][:1]}
    return {name: texts for name, texts in distinct.items() if texts != kept[name]}


def _attributes(node: Node, graph: Graph) -> _Texts:
    attributes: _Texts = {}
    for name in (*_TEXT_PROPERTIES, *_MEASURED):
        values = _described(node.get(name), graph)
        attributes[name] = tuple(text for value in values for text in _measures(value))
    return attributes


def _measures(value: object) -> tuple[str, ...]:
    return quantities_of(value) or tuple(filter(None, [text_of(value)]))


def _properties(node: Node, graph: Graph) -> _Texts:
    """Return the additional properties of a product by name."""
    properties: dict[str, list[str]] = {}
    for item in graph.resolved(node.get("additionalProperty")):
        if name := first_text(item.get("name")) or first_text(item.get("propertyID")):
            properties.setdefault(name, []).extend(quantities_of(item))
    return {name: tuple(values) for name, values in properties.items()}

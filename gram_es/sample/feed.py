"""Writing products as a Google Merchant feed (RSS 2.0)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as Xml

from gram_es.records import Product

_G = "http://base.google.com/ns/1.0"
_OWN_ELEMENTS = frozenset(
    {"color", "size", "material", "pattern", "gender", "age_group", "condition", "item_group_id"}
)


def write_feed(products: Iterable[Product], path: Path) -> None:
    """Write ``products`` to ``path``; equal products give equal bytes."""
    Xml.register_namespace("g", _G)
    root = Xml.Element("rss", version="2.0")
    channel = Xml.SubElement(root, "channel")
    Xml.SubElement(channel, "title").text = "The sample shop"
    Xml.SubElement(channel, "link").text = "https://shop.example.com"
    Xml.SubElement(channel, "description").text = "A fictional catalogue; no such products are sold"
    for product in products:
        _add_item(channel, product)
    Xml.indent(root)
    path.write_bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _add_item(channel: Xml.Element, product: Product) -> None:
    item = Xml.SubElement(channel, "item")
    fields = {
        "id": product.id,
        "title": product.title,
        "description": product.description,
        "link": product.link,
        "image_link": product.image_link,
        "price": None if product.price is None else f"{product.price:.2f} {product.currency}",
        "availability": product.availability,
        "brand": product.brand,
        "gtin": product.gtin,
        "mpn": product.mpn,
        "product_type": " > ".join(product.category) or None,
    }
    for name, text in fields.items():
        if text is not None:
            _add(item, name, text)
    for name, values in product.attributes.items():
        for value in values:
            _add_attribute(item, name, value)


def _add_attribute(item: Xml.Element, name: str, value: str) -> None:
    if name in _OWN_ELEMENTS:
        _add(item, name, value)
        return
    detail = _add(item, "product_detail")
    _add(detail, "section_name", "Specifications")
    _add(detail, "attribute_name", name)
    _add(detail, "attribute_value", value)


def _add(parent: Xml.Element, name: str, text: str | None = None) -> Xml.Element:
    element = Xml.SubElement(parent, f"{{{_G}}}{name}")
    element.text = text
    return element

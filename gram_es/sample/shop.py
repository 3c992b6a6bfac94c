"""The files of the sample shop: feed, judgments, query classes, queries for things not sold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

from gram_es.records import Product
from gram_es.sample.judgments import JudgedQuery, judge, split_judged
from gram_es.sample.products import list_products
from gram_es.sample.queries import compose_queries, unsold_queries
from gram_es.sample.stock import stock_shop
from gram_es.sample.vocabulary import vocabulary

_G = "http://base.google.com/ns/1.0"
_OWN_ELEMENTS = frozenset(
    {"color", "size", "material", "pattern", "gender", "age_group", "condition", "item_group_id"}
)


@dataclass(frozen=True, slots=True)
class SampleShop:
    """The paths of a sample shop's files, and how many products and queries they contain."""

    feed: Path
    judgments_dev: Path
    judgments_test: Path
    query_classes: Path
    unsold: Path
    products: int
    queries: int


def write_shop(folder: Path, *, seed: int = 7) -> SampleShop:
    """Write feed, judgments, query classes and queries for things not sold into ``folder``.

    The folder is created if it does not exist. Equal seeds give equal bytes in every process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stock = stock_shop(seed)
    products = list_products(stock, seed)
    judged = judge(compose_queries(stock, seed), stock, products, seed)
    dev, test = split_judged(judged, seed)
    shop = SampleShop(
        feed=folder / "feed.xml",
        judgments_dev=folder / "judgments-dev.tsv",
        judgments_test=folder / "judgments-test.tsv",
        query_classes=folder / "query-classes.tsv",
        unsold=folder / "queries-unsold.txt",
        products=len(products),
        queries=len(judged),
    )
    write_feed(products, shop.feed)
    write_judgments(dev, shop.judgments_dev)
    write_judgments(test, shop.judgments_test)
    classes = (f"{each.query.text}\t{each.query.query_class}" for each in judged)
    _write_lines(shop.query_classes, ["query\tclass", *classes])
    _write_lines(shop.unsold, unsold_queries())
    return shop


def write_judgments(judged: Iterable[JudgedQuery], path: Path) -> None:
    """Write all judgments as a TSV with the header ``query, product_id, relevance``."""
    rows = (
        f"{each.query}\t{each.product_id}\t{each.relevance:g}"
        for query in judged
        for each in query.judgments
    )
    _write_lines(path, ["query\tproduct_id\trelevance", *rows])


def write_feed(products: Iterable[Product], path: Path) -> None:
    """Write ``products`` as a Google Merchant feed (RSS 2.0); equal products give equal bytes."""
    shop = vocabulary().shop
    Xml.register_namespace("g", _G)
    root = Xml.Element("rss", version="2.0")
    channel = Xml.SubElement(root, "channel")
    Xml.SubElement(channel, "title").text = shop.title
    Xml.SubElement(channel, "link").text = shop.link
    Xml.SubElement(channel, "description").text = shop.description
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


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")

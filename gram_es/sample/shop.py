"""Writing the whole sample shop into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gram_es.records import Product
from gram_es.sample.catalogue import stock_shop
from gram_es.sample.feed import write_feed
from gram_es.sample.judgments import judge, split_judged, write_classes, write_judgments
from gram_es.sample.listing import list_products
from gram_es.sample.queries import compose_queries, unsold_queries


@dataclass(frozen=True, slots=True)
class SampleShop:
    """Where the files of a sample shop lie, and how many products and queries they hold."""

    feed: Path
    judgments_dev: Path
    judgments_test: Path
    query_classes: Path
    unsold: Path
    products: int
    queries: int


def build_catalogue(seed: int = 7) -> tuple[Product, ...]:
    """Return the products as the feed says them, in its order."""
    return list_products(stock_shop(seed), seed)


def write_shop(folder: Path, *, seed: int = 7) -> SampleShop:
    """Write feed, judgments, query classes and unsold queries; make ``folder`` if need be.

    Equal seeds give equal bytes, in every process.
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
    write_classes(judged, shop.query_classes)
    text = "".join(f"{query}\n" for query in unsold_queries())
    shop.unsold.write_text(text, encoding="utf-8", newline="\n")
    return shop

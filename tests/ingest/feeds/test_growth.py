"""Reading takes time that grows no faster than the feed, whatever it repeats."""

import contextlib
import json
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gram_es.errors import FeedError
from ingest.feeds import open_feed
from ingest.feeds.formats.tables.delimited import parse_details

GROWTH = 4
MAX_RATIO = 8.0  # 16 if the time were quadratic
NEGLIGIBLE_S = 0.3
ATTEMPTS = 3  # on a busy machine a single one can fail; quadratic time fails all of them


def line(*cells: str) -> str:
    return ",".join(cells) + "\n"


def numbered(template: str, n: int) -> str:
    return "".join(template.replace("`", '"') % number for number in range(n))


def page(*nodes: dict[str, Any]) -> str:
    return f'<html><script type="application/ld+json">{json.dumps({"@graph": nodes})}</script>'


def reference(number: int) -> dict[str, str]:
    return {"@id": f"#{number}"}


def cycle(n: int) -> str:
    return page(
        *(
            {
                "@id": f"#{number}",
                "@type": "Product",
                "sku": str(number),
                "name": "Kettle",
                "brand": reference((number + 1) % n),
                "isVariantOf": reference((number + 1) % n),
                "hasVariant": [reference((number + 2) % n)],
            }
            for number in range(n)
        )
    )


def references_to_itself(n: int) -> str:
    product = {"@id": "#1", "@type": "Product", "sku": "1", "name": "Kettle"}
    properties = [{"name": "Size", "value": str(number)} for number in range(n)]
    return page({**product, "offers": [reference(1)] * n, "additionalProperty": properties})


def doubling(n: int) -> str:
    """A graph whose nodes name the next one twice, so that it has 2**n paths."""
    nodes = [
        {
            "@id": f"#{number}",
            "name": [reference(number + 1)] * 2,
            "brand": [reference(number + 1)] * 2,
        }
        for number in range(n)
    ]
    product = {"@type": "Product", "sku": "1", "name": reference(0), "isVariantOf": reference(0)}
    return page(*nodes, {**product, "offers": [reference(0)] * 2})


def big_commerce_rules(n: int) -> str:
    names = ("Item Type", "Product ID", "Product Name", "Product Code/SKU", "Price", "Category")
    skus = "".join(line("SKU", str(k), "[S]Size=L", f"k{k}", "3", "") for k in range(n))
    rules = "".join(line("Rule", "", "", f"k{k % 9}", "[ADD]1", "") for k in range(n))
    return line(*names) + line("Product", "1", "Kettle", "k", "dear", "Shop") + skus + rules


MAGENTO = "sku,name,attribute_set_code,product_type"
ENTITY = '<!DOCTYPE r [<!ENTITY a "x">]>'
FEEDS: dict[str, tuple[int, Callable[[int], str]]] = {
    "columns": (4_500, lambda n: f"id,title{numbered(',c%d', n)}\n1,Kettle{',x' * n}"),
    "equal columns": (24_000, lambda n: f"id,title{',c' * n}\n" + f"1,Kettle{',x' * n}\n" * 12),
    "separators": (60_000, lambda n: f"id,title\n1,Kettle{',' * n}\n2,Pot\n"),
    "rows of separators": (1_000, lambda n: "id,title\n" + ("1,Kettle" + "," * 50 + "\n") * n),
    "open quotation marks": (1_000, lambda n: "id,title,c\n" + '1,"Kettle,x\n' * n),
    "details": (40_000, lambda n: f'id,title,product_detail\n1,K,"{"a:b:c," * n}"\n'),
    "lists of categories": (10_000, lambda n: "id,title,category\n1,Kettle," + "a;" * n),
    "levels of a category": (20_000, lambda n: "id,title,category\n1,Kettle," + "a>" * n),
    "levels of JSON": (25_000, lambda n: f'{{"id": 1, "a": {"[" * n}{"]" * n}}}\n'),
    "objects of JSON": (25_000, lambda n: '{"id": 1, "a": ' + '{"a": ' * n + "1" + "}" * n + "}\n"),
    "digits": (250_000, lambda n: f'{{"id": 1, "title": "K", "price": {"9" * n}}}\n'),
    "digits in a list": (250_000, lambda n: f'[{{"id": 1, "title": "K", "a": 0.{"9" * n}}}]'),
    "keys": (4_500, lambda n: f'{{"id": 1, "title": "K"{numbered(", `k%d`: 1", n)}}}\n'),
    "equal keys": (20_000, lambda n: '{"id": 1, "title": "K"' + ', "k": 1' * n + "}\n"),
    "values": (4_500, lambda n: f'{{"id": 1, "title": "K", "tags": ["a"{numbered(",%d", n)}]}}\n'),
    "attributes of XML": (25_000, lambda n: f"<rss><item{numbered(' a%d=``', n)}></item></rss>"),
    "name spaces of XML": (10_000, lambda n: f"<rss{numbered(' xmlns:a%d=`u`', n)}><item/></rss>"),
    "elements of XML": (10_000, lambda n: f"<rss><item>{numbered('<e%d/>', n)}</item></rss>"),
    "equal elements of XML": (20_000, lambda n: f"<rss><item>{'<e>x</e>' * n}</item></rss>"),
    "levels of XML": (25_000, lambda n: f"<rss><item>{'<e>' * n}{'</e>' * n}</item></rss>"),
    "entities": (25_000, lambda n: f"{ENTITY}<rss><item><id>{'&a;' * n}</id></item></rss>"),
    "a cycle of a graph": (800, cycle),
    "references to itself": (2_000, references_to_itself),
    "a graph that doubles": (80, doubling),
    "rules for variants": (500, big_commerce_rules),
    "commas in categories": (
        30_000,
        lambda n: f'{MAGENTO},categories\n1,K,Default,simple,"Root/A{",b" * n}"\n',
    ),
    "equal attributes": (
        30_000,
        lambda n: f'{MAGENTO},additional_attributes\n1,K,Default,simple,"a={"|".join("x" * n)}"\n',
    ),
}


def seconds(path: Path, text: str) -> float:
    """Return the processor time that it takes to read a feed, whether it is sound or not."""
    path.write_text(text, encoding="utf-8")
    began = time.process_time()
    with contextlib.suppress(FeedError):
        deque(open_feed(path), maxlen=0)
    return time.process_time() - began


def grows_in_proportion(path: Path, make: Callable[[int], str], size: int) -> bool:
    short = seconds(path, make(size))
    return seconds(path, make(GROWTH * size)) < max(NEGLIGIBLE_S, MAX_RATIO * short)


@pytest.mark.parametrize("name", FEEDS)
def test_reading_takes_time_in_proportion_to_the_feed(name: str, tmp_path: Path) -> None:
    size, make = FEEDS[name]
    path = tmp_path / "feed"
    seconds(path, make(2))  # what the first feed loads

    assert any(grows_in_proportion(path, make, size) for _ in range(ATTEMPTS))


def test_the_commas_of_details_take_time_in_proportion_to_their_number() -> None:
    def details_s(commas: int) -> float:
        began = time.process_time()
        assert len(parse_details(f"Ports:Plugs:USB{',' * commas}")["Plugs"][0]) == 3 + commas
        return time.process_time() - began

    assert any(details_s(800_000) < MAX_RATIO * details_s(200_000) for _ in range(ATTEMPTS))

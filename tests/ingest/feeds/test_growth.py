"""Feeds with long rows do not hang a reader, whatever the rows repeat."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

RunGuarded = Callable[..., subprocess.CompletedProcess[str]]
READ_ALL = """
import contextlib, sys
from collections import deque
from pathlib import Path
from gram_es.errors import FeedError
from ingest.feeds import open_feed

for path in sys.argv[1:]:
    watch()
    with contextlib.suppress(FeedError):
        deque(open_feed(Path(path)), maxlen=0)
    print(Path(path).name, flush=True)
"""
PARSE_DETAILS = """
from ingest.feeds.formats.tables.delimited import parse_details

watch()
print(len(parse_details("Ports:Plugs:USB" + "," * 3_000_000)["Plugs"][0]))
"""


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
    "columns": (18_000, lambda n: f"id,title{numbered(',c%d', n)}\n1,Kettle{',x' * n}"),
    "equal columns": (96_000, lambda n: f"id,title{',c' * n}\n" + f"1,Kettle{',x' * n}\n" * 12),
    "separators": (240_000, lambda n: f"id,title\n1,Kettle{',' * n}\n2,Pot\n"),
    "rows of separators": (4_000, lambda n: "id,title\n" + ("1,Kettle" + "," * 50 + "\n") * n),
    "open quotation marks": (4_000, lambda n: "id,title,c\n" + '1,"Kettle,x\n' * n),
    "details": (160_000, lambda n: f'id,title,product_detail\n1,K,"{"a:b:c," * n}"\n'),
    "lists of categories": (40_000, lambda n: "id,title,category\n1,Kettle," + "a;" * n),
    "levels of a category": (80_000, lambda n: "id,title,category\n1,Kettle," + "a>" * n),
    "levels of JSON": (100_000, lambda n: f'{{"id": 1, "a": {"[" * n}{"]" * n}}}\n'),
    "objects of JSON": (
        100_000,
        lambda n: '{"id": 1, "a": ' + '{"a": ' * n + "1" + "}" * n + "}\n",
    ),
    "digits": (1_000_000, lambda n: f'{{"id": 1, "title": "K", "price": {"9" * n}}}\n'),
    "digits in a list": (1_000_000, lambda n: f'[{{"id": 1, "title": "K", "a": 0.{"9" * n}}}]'),
    "keys": (18_000, lambda n: f'{{"id": 1, "title": "K"{numbered(", `k%d`: 1", n)}}}\n'),
    "equal keys": (80_000, lambda n: '{"id": 1, "title": "K"' + ', "k": 1' * n + "}\n"),
    "values": (18_000, lambda n: f'{{"id": 1, "title": "K", "tags": ["a"{numbered(",%d", n)}]}}\n'),
    "attributes of XML": (100_000, lambda n: f"<rss><item{numbered(' a%d=``', n)}></item></rss>"),
    "name spaces of XML": (40_000, lambda n: f"<rss{numbered(' xmlns:a%d=`u`', n)}><item/></rss>"),
    "elements of XML": (40_000, lambda n: f"<rss><item>{numbered('<e%d/>', n)}</item></rss>"),
    "equal elements of XML": (80_000, lambda n: f"<rss><item>{'<e>x</e>' * n}</item></rss>"),
    "levels of XML": (100_000, lambda n: f"<rss><item>{'<e>' * n}{'</e>' * n}</item></rss>"),
    "entities": (100_000, lambda n: f"{ENTITY}<rss><item><id>{'&a;' * n}</id></item></rss>"),
    "a cycle of a graph": (3_200, cycle),
    "references to itself": (8_000, references_to_itself),
    "a graph that doubles": (320, doubling),
    "rules for variants": (2_000, big_commerce_rules),
    "commas in categories": (
        120_000,
        lambda n: f'{MAGENTO},categories\n1,K,Default,simple,"Root/A{",b" * n}"\n',
    ),
    "equal attributes": (
        120_000,
        lambda n: f'{MAGENTO},additional_attributes\n1,K,Default,simple,"a={"|".join("x" * n)}"\n',
    ),
}


def test_no_long_row_makes_a_reader_hang(tmp_path: Path, run_guarded: RunGuarded) -> None:
    paths = [tmp_path / name for name in FEEDS]
    for path, (size, make) in zip(paths, FEEDS.values(), strict=True):
        path.write_text(make(size), encoding="utf-8")

    finished = run_guarded(READ_ALL, *map(str, paths))

    assert finished.stdout.splitlines() == list(FEEDS), finished.stderr[-2_000:]


def test_three_million_commas_in_details_do_not_hang(run_guarded: RunGuarded) -> None:
    finished = run_guarded(PARSE_DETAILS)

    assert finished.stdout == "3000003\n", finished.stderr[-2_000:]

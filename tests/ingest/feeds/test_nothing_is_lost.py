"""Whatever is wrong with a feed, its rows are read as they are or rejected, and never deleted.

Feeds are generated, some of their rows broken, and written in every format. The tests run for a
few seconds; with ``GRAM_ES_TEST_FEEDS=20000`` they try that many feeds of each format.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from pyarrow import parquet

from ingest.feeds import FileFault, RejectedRow, Row, open_feed
from ingest.producer.deletes import ListedIds

FEEDS = int(os.environ.get("GRAM_ES_TEST_FEEDS", "40"))
IS_LONG = FEEDS > 100
CHECKED = settings(
    max_examples=FEEDS,
    deadline=None,
    derandomize=not IS_LONG,
    suppress_health_check=list(HealthCheck),
)
WORDS = ["Kettle", "Lid", 'Pan 15"', "Ünder", "a, b", "c; d", "e | f", "tab", "壺", "O'Hara", '"Q"']
LINES = ["Boils water", "Red, big, round", "a; b; c", "- first: 1", "", "5,00 EUR each", "x\ty"]


@dataclass(frozen=True)
class Written:
    """A product as it is written; each of its values ends in its own tag."""

    tag: str
    id: str
    title: str
    brand: str
    text: str
    price: str

    @property
    def values(self) -> dict[str, str]:
        return {
            "id": self.id,
            "title": self.title,
            "price": self.price,
            "brand": self.brand,
            "description": self.text,
        }


@st.composite
def catalogues(draw: st.DrawFn) -> list[Written]:
    count = draw(st.integers(1, 14))
    form = draw(st.sampled_from(["{n}", "sku-{n}", "A{n}b", "{n:05}", "kettle_{n}"]))
    breaks_lines = draw(st.booleans())
    products = []
    for n in range(1, count + 1):
        tag = f"t{n}t"
        word, brand = draw(st.sampled_from(WORDS)), draw(st.sampled_from(["Acme", "Öl", 'B"x']))
        lines = draw(st.lists(st.sampled_from(LINES), max_size=4)) if breaks_lines else []
        text = "\n".join([f"Fine {tag}", *(f"{line} {tag}" for line in lines)])
        products.append(
            Written(tag, form.format(n=n), f"{word} {tag}", f"{brand} {tag}", text, f"{n}.25 EUR")
        )
    return products


def read(folder: Path, content: bytes) -> list[Row | RejectedRow | FileFault]:
    path = folder / "feed"
    path.write_bytes(content)
    return list(open_feed(path))


def check(
    folder: Path, content: bytes, products: list[Written], broken: set[int], *, exact: bool = True
) -> None:
    """Assert that each row is read as written or rejected, and that nothing is missing."""
    note(f"feed {content!r}")
    listed = ListedIds()
    items = list(listed.recording(iter(read(folder, content))))
    note("read\n" + "\n".join(map(repr, items)))
    faults = [item for item in items if isinstance(item, FileFault)]
    rows = {row.product.id: row.product for row in items if isinstance(row, Row)}
    rejected = [item for item in items if isinstance(item, RejectedRow)]
    written = {product.id: product for product in products}

    assert rows.keys() <= written.keys(), "a product that was not written"
    for product_id, product in rows.items():
        own = written[product_id]
        values = (product.title, product.brand or own.tag, product.description or own.tag)
        assert all(own.tag in value for value in values), "a value is missing"
        others = {other.tag for other in products} - {own.tag}
        assert not any(tag in value for tag in others for value in values), "of another row"
        assert product.price in (None, float(own.price.split()[0])), "the price of another row"
    if not faults:
        assert listed.missing(list(written)) == [], "a product would be deleted"
    if exact:
        assert not faults
        intact = {product.id for n, product in enumerate(products) if n not in broken}
        assert intact <= rows.keys(), "an intact row is not read"
        assert len(rows) + len(rejected) == len(products), "rows are not counted"


def quoted(cell: str, delimiter: str, always: bool) -> str:
    is_needed = any(mark in cell for mark in (delimiter, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if always or is_needed else cell


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, list[Written], set[int], bool]:
    """A table, the products written, the numbers of broken rows, and whether all is clear."""
    products = draw(catalogues())
    delimiter = draw(st.sampled_from([",", ";", "|", "\t"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]))
    always = draw(st.booleans())
    names = draw(st.permutations(["id", "title", "price", "brand", "description"]))
    broken: set[int] = set()
    lines = []
    for n, product in enumerate(products):
        cells = [quoted(product.values[name], delimiter, always) for name in names]
        if draw(st.integers(0, 5)) == 0:
            broken.add(n)
            cells = break_row(cells, names, draw)
        lines.append(delimiter.join(cells))
    header = delimiter.join(
        draw(st.sampled_from(["{}", '"{}"', " {} ", "{}\n", "{} [{}]"])).format(name, name)
        if name != "id"
        else name
        for name in names
    )
    if "\n" in header:
        header = delimiter.join('"' + name + '\n(x)"' if name != "id" else name for name in names)
    above = draw(st.sampled_from(["", f"sep={delimiter}\n", "\n\n", "Our report\n\n"]))
    text = (above + "\n".join([header, *lines, ""])).replace("\n", end)
    is_clear = not any("\n" in product.text for product in products)
    return text.encode(encoding), products, broken, is_clear


def break_row(cells: list[str], names: list[str], draw: st.DrawFn) -> list[str]:
    """Return the cells of a row with a mistake in one of them that is not the id."""
    position = draw(st.sampled_from([p for p, name in enumerate(names) if name != "id"]))
    kind = draw(st.sampled_from(["opened", "unclosed", "bare", "extra", "half", "start", "end"]))
    plain = cells[position].strip('"').replace('""', '"')
    cells = list(cells)
    if kind == "opened":
        cells[position] = '"' + plain.replace('"', "")
    elif kind == "unclosed":
        cells[position] = plain.replace('"', "") + '"'
    elif kind == "bare":
        cells[position] = f'"{plain}" more'
    elif kind == "half":
        cells[position] = '"' + plain
    elif kind == "start":
        cells[position] = cells[position].removeprefix('"')
    elif kind == "end":
        cells[position] = cells[position].removesuffix('"')
    else:
        cells.append("extra")
    return cells


@CHECKED
@given(table=tables())
def test_tables(tmp_path: Path, table: tuple[bytes, list[Written], set[int], bool]) -> None:
    content, products, broken, is_clear = table

    check(tmp_path, content, products, broken, exact=is_clear)


def as_object(product: Written) -> str:
    return json.dumps(product.values, ensure_ascii=False)


def broken_object(product: Written, draw: st.DrawFn) -> str:
    """Return a JSON object with a mistake behind its id."""
    text = as_object(product)
    mistakes = {
        "nan": text[:-1] + ', "x": NaN}',
        "cut": text[: -draw(st.integers(1, len(text) - len(product.id) - 12))],
        "quote": text.replace('"price": "', '"price": ', 1),
        "twice": text[:-1] + ', "id": "other"}',
        "comma": text[:-1] + ",}",
        "deep": text[:-1] + ', "x": ' + "[" * 5_000 + "]" * 5_000 + "}",
        "single": text.replace('"', "'"),
        "byte": text.replace("Fine", "\udcff"),
    }
    return mistakes[draw(st.sampled_from(sorted(mistakes)))]


@st.composite
def objects(draw: st.DrawFn) -> tuple[list[str], list[Written], set[int]]:
    products = draw(catalogues())
    broken = {n for n in range(len(products)) if draw(st.integers(0, 5)) == 0}
    texts = [
        broken_object(product, draw) if n in broken else as_object(product)
        for n, product in enumerate(products)
    ]
    return texts, products, broken


@CHECKED
@given(lines=objects(), end=st.sampled_from(["\n", "\r\n", "\r", ",\n"]), bulk=st.booleans())
def test_lines_of_json(
    tmp_path: Path, lines: tuple[list[str], list[Written], set[int]], end: str, bulk: bool
) -> None:
    texts, products, broken = lines
    action = '{"index": {}}' + end if bulk else ""

    text = "".join(f"{action}{text}{end}" for text in texts)
    text = end.strip(",") + text if broken else text  # the first line shows the format

    check(
        tmp_path, text.encode("utf-8", "surrogateescape"), products, broken, exact=0 not in broken
    )


@CHECKED
@given(
    lines=objects(),
    between=st.sampled_from([",\n", ",\r\n  ", "\n,", ",\n\n\t", ", ", ""]),
    key=st.sampled_from([None, "products", "data"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_lists_of_json(
    tmp_path: Path,
    lines: tuple[list[str], list[Written], set[int]],
    between: str,
    key: str | None,
    encoding: str,
) -> None:
    texts, products, broken = lines
    start = between.replace(",", "")
    text = f"[{start}{between.join(texts)}\n]"
    text = f'{{"meta": {{"n": 1}}, "{key}": {text}, "next": null}}' if key else text
    # Without lines, or at the end, there is no place to go on behind an open bracket.
    cut = "\n" not in between or len(products) - 1 in broken

    check(
        tmp_path,
        text.encode(encoding, "surrogateescape"),
        products,
        broken,
        exact=not (broken and cut),
    )


@CHECKED
@given(products=catalogues(), indent=st.sampled_from([1, 2, "\t"]), one=st.booleans())
def test_pretty_json(tmp_path: Path, products: list[Written], indent: int | str, one: bool) -> None:
    values = [product.values for product in products]
    text = (
        "\n".join(json.dumps(value, indent=indent) for value in values)
        if one
        else json.dumps({"page": {"items": values}}, indent=indent)
    )

    check(tmp_path, text.encode(), products, set())


@CHECKED
@given(products=catalogues(), group=st.integers(1, 5))
def test_parquet(tmp_path: Path, products: list[Written], group: int) -> None:
    file = BytesIO()
    rows = pyarrow.Table.from_pylist([product.values for product in products])
    parquet.write_table(rows, file, row_group_size=group)

    check(tmp_path, file.getvalue(), products, set())


@CHECKED
@given(
    products=catalogues(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    cdata=st.booleans(),
    cut=st.floats(0.5, 1.0),
)
def test_xml(
    tmp_path: Path, products: list[Written], encoding: str, cdata: bool, cut: float
) -> None:
    def text_of(value: str) -> str:
        return f"<![CDATA[{value}]]>" if cdata else escape(value)

    items = "".join(
        "<item>"
        + "".join(f"<g:{name}>{text_of(v)}</g:{name}>" for name, v in product.values.items())
        + "</item>\n"
        for product in products
    )
    text = f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{items}</channel></rss>'
    whole = text.encode(encoding)
    content = whole[: int(len(whole) * cut)] if cut < 0.9 else whole

    check(tmp_path, content, products, set(), exact=content == whole)


@CHECKED
@given(products=catalogues(), page=st.booleans())
def test_json_ld(tmp_path: Path, products: list[Written], page: bool) -> None:
    nodes = [
        {
            "@type": "Product",
            "sku": product.id,
            "name": product.title,
            "brand": product.brand,
            "description": product.text,
            "offers": {"price": product.price.split()[0], "priceCurrency": "EUR"},
        }
        for product in products
    ]
    text = json.dumps({"@context": "https://schema.org", "@graph": nodes})
    if page:
        text = f'<html><script type="application/ld+json">{text}</script></html>'

    check(tmp_path, text.encode(), products, set())


@CHECKED
@given(products=catalogues(), delimiter=st.sampled_from([",", ";"]), end=st.sampled_from("\n\r"))
def test_shopify(tmp_path: Path, products: list[Written], delimiter: str, end: str) -> None:
    rows = [["Handle", "Title", "Vendor", "Body (HTML)", "Variant Price"]]
    rows += [[p.id, p.title, p.brand, p.text, p.price.split()[0]] for p in products]
    lines = [delimiter.join(quoted(cell, delimiter, False) for cell in row) for row in rows]

    check(tmp_path, end.join([*lines, ""]).encode(), products, set())


CUT: list[Callable[[str], str]] = [
    lambda text: text[:-1],
    lambda text: text[: len(text) // 2],
    lambda text: text[: -len(text.rsplit("\n", 2)[-2]) // 2],
]


@CHECKED
@given(products=catalogues(), cut=st.sampled_from(CUT))
def test_a_table_that_is_cut_off_in_a_quoted_cell(
    tmp_path: Path, products: list[Written], cut: Callable[[str], str]
) -> None:
    lines = [",".join(quoted(v, ",", True) for v in p.values.values()) for p in products]
    text = cut("\n".join(["id,title,price,brand,description", *lines]))
    listed = ListedIds()
    if text.count("\n") == 0 or text.count('"') % 2 == 0:
        return

    list(listed.recording(iter(read(tmp_path, text.encode()))))

    assert listed.missing([product.id for product in products]) == []

"""Whatever a page contains, its reader does not crash, and reads it in every form alike."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ingest.feeds import open_feed
from ingest.feeds.formats.schema_org.facts import DiskFacts, LayeredFacts
from ingest.feeds.formats.schema_org.graph import Graph
from ingest.feeds.formats.schema_org.loose_json import parse_json
from ingest.feeds.formats.schema_org.names import with_local_names
from ingest.feeds.formats.schema_org.walk import rows

NAMES = """
@id @type @graph @context @list @value @set type id name sku mpn gtin13 brand offers price lowPrice
priceCurrency priceSpecification priceType referenceQuantity eligibleQuantity validThrough
validFrom availability hasVariant isVariantOf inProductGroupWithID productGroupID itemOffered item
itemListElement mainEntity image url category additionalProperty value unitCode weight color 0 1
schema:name https://schema.org/offers
""".split()  # noqa: SIM905
TEXTS = """
Product ProductGroup ProductModel Offer ItemList #a #b #c https://shop.example/a _:b0 1 9.50
ListPrice SalePrice https://schema.org/InStock OutOfStock 2026-02-30 0001-01-01T00:00:00+14:00 KGM
""".split()  # noqa: SIM905
SCALARS = (
    st.sampled_from(TEXTS)
    | st.none()
    | st.booleans()
    | st.integers(-3, 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
)
NODES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=7)
        | st.builds(lambda text: {"@id": text}, st.sampled_from(["#a", "#b", "#c"]))
    ),
    max_leaves=60,
)
PRODUCTS = st.dictionaries(st.sampled_from(NAMES), NODES, max_size=8).map(
    lambda node: {"@type": "Product", **node}
)
FAST = hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(document=st.lists(NODES | PRODUCTS, max_size=6))
@FAST
def test_no_document_makes_the_reader_crash(document: list[Any]) -> None:
    disk = DiskFacts()
    shared = LayeredFacts(disk, shares_relative=True)
    named = with_local_names(document)
    in_memory, on_disk = Graph({}), Graph(shared)
    in_memory.add(named)
    on_disk.add(named)
    shared.start_page()

    read = list(rows(named, in_memory, 1))

    assert list(rows(named, on_disk, 1)) == read
    disk.close()


@given(text=st.text("{}[]:,;\"'\\/*<!->[CDATA] \n\ufeffa1&quot;", max_size=60))
@FAST
def test_no_script_makes_the_cleaning_crash(text: str) -> None:
    try:
        values = parse_json(text)
    except (ValueError, RecursionError):
        return

    json.dumps(values)


@given(
    value=st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=4),
    before=st.sampled_from(["", "<!--", "/* a */", "//<![CDATA[\n", "<!-- {a} -->", ";"]),
    after=st.sampled_from(["", "-->", ";", "// a", "\n//]]>", ",", '/* " */']),
)
@FAST
def test_cleaning_never_changes_what_strings_contain(
    value: dict[str, str], before: str, after: str
) -> None:
    assert parse_json(f"{before}{json.dumps(value, ensure_ascii=False)}{after}") == [value]


@given(markup=st.text("<>/!-\"'= \nscript&#x0;é\x00", max_size=80))
@FAST
def test_no_markup_hides_the_script_behind_it(markup: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    ends = "</script></style></textarea></title>--></xmp>\"'>"
    script = '<script type="application/ld+json">{"@type":"Product","sku":"1","name":"x"}</script>'
    path.write_text(f"<html><p>{markup}{ends}{script}", encoding="utf-8")

    list(open_feed(path))

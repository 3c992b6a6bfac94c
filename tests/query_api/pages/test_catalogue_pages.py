"""The pages of products, of codes, and of all codes, with a real index of two slots."""

import html
import re
import shlex
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from gram_es.index.documents import slot_value
from gram_es.index.lifecycle import live_index, put_slot
from gram_es.overrides.rules import make_override
from gram_es.overrides.service import OverrideService
from gram_es.overrides.watcher import RulesWatcher
from gram_es.records import Enrichment, Product, ProductCode
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.app import create_app
from query_api.pages.urls import code_url, product_url

SLOT, OTHER = "m0123456789ab", "mba9876543210"
ODD_IDS = (
    "a/b",
    "/a",
    "//a",
    ".",
    "..",
    "a?b#c",
    "100%",
    "%2F",
    "a//b",
    "a/",
    "ü b",
    "-x",
    "<i>'\"",
)
PRODUCTS = (
    Product("p1", "Hammer drill 18V", brand="Bosch", price=99.0, attributes={"colour": ("blue",)}),
    Product("p2", "Drill driver", brand="Makita"),
    Product("p3", "<script>alert(1)</script> drill", link="javascript:alert(2)"),
    Product("bare", "Spanner"),
    Product("unread", "Garden hose"),
    *(Product(name, f"Odd {number}") for number, name in enumerate(ODD_IDS)),
)
CODES = {
    "p1": ("drill", "cordless drill", "bosch drill", "gift"),
    "p2": ("drill", "cordless drill"),
    "p3": ("drill",),
    "bare": (),
    "-x": ("odd thing",),
}


INFERRED = ("gift", "odd thing")


def enrichment(*codes: str) -> Enrichment:
    product_codes = (ProductCode(code, 0.5, is_stated=code not in INFERRED) for code in codes)
    return Enrichment(tuple(product_codes), bytes([1, 2, 3]), "input")


@pytest.fixture(scope="module")
def catalogue_index(client: Elasticsearch, index_products) -> Settings:
    """Return settings of an index with ``PRODUCTS`` and their codes.

    p1 and p2 also have codes of another model, which searches do not use.
    """
    enrichments = {name: enrichment(*codes) for name, codes in CODES.items()}
    settings: Settings = index_products(PRODUCTS, enrichments, SLOT, "f" * 64)
    index = live_index(client, settings.index).index
    put_slot(client, index, slot=OTHER, fingerprint="e" * 64, family="base", live=False)
    for name, codes in {"p1": ("drill", "hammer"), "p2": ("drill", "cordless drill")}.items():
        other_slot = {OTHER: slot_value(enrichment(*codes), "e" * 64, "")}
        client.update(index=index, id=name, doc={"gram": other_slot}, refresh=True)
    return settings


@pytest.fixture(scope="module")
def rules_web(client: Elasticsearch, catalogue_index: Settings) -> Iterator[FlaskClient]:
    """Yield a test client of the application with a lock and a ban on p1, and with a pin."""
    service = OverrideService(client, catalogue_index.index)
    author = {"by": "anna", "note": "<b>June</b>", "at": "2026-05-31T12:00:00+00:00"}
    rules = [
        {"kind": "lock", "product_id": "p1", "code": "summer deal"},
        {"kind": "ban", "product_id": "p1", "code": "gifts"},
        {"kind": "pin", "query": "summer *", "code": "summer deal", "weight": 0.25},
    ]
    service.set([make_override({**rule, **author}) for rule in rules])
    client.indices.refresh(index=catalogue_index.index)
    watcher = RulesWatcher(client, catalogue_index.index)
    watcher.refresh()
    yield create_app(Searcher(client, index=catalogue_index.index, rules=watcher)).test_client()
    service.remove([override.id for override in service.store.read()])


def visible_text(page: str) -> str:
    """Return the text of ``page`` without tags, with each run of blanks collapsed to one."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_a_product_page_shows_the_source_of_each_code(rules_web):
    text = visible_text(rules_web.get("/product/p1").text)

    assert (
        "bosch drill weight 0.50 · 1 product · search for bosch drill "
        "Stated by the product's data; all its words are" in text
    )
    assert "cordless drill weight 0.50 · 2 products" in text
    assert "Stated by the product's data; the product's text does not contain cordless." in text
    assert "summer deal weight 1.00 · 1 product" in text
    assert (
        "Set by a person; the product's text does not contain summer, deal. Locked by anna" in text
    )
    assert "by anna, 2026-05-31 12:00 UTC: <b>June</b>" in text
    banned = text[text.index("Removed by a ban") :]
    assert banned.startswith(
        "Removed by a ban gift Inferred by the model; the product's text does not contain"
    )
    assert "Banned by anna" in banned


def test_the_report_on_a_product_gives_weights_and_origins(rules_web):
    live, other = rules_web.get("/explain/product?id=p1").json["slots"]

    assert (live["live"], other["live"], live["enriched"]) == (True, False, True)
    found = {
        code["code"]: (code["weight"], code["origin"], code["banned"]) for code in live["codes"]
    }
    assert found == {
        "summer deal": (1.0, "person", False),
        "drill": (0.5, "stated", False),
        "cordless drill": (0.5, "stated", False),
        "bosch drill": (0.5, "stated", False),
        "gift": (0.5, "inferred", True),
    }
    assert rules_web.get("/explain/product?id=none").status_code == 404
    errors = rules_web.get("/explain/product?q=drill").json["errors"]
    assert [error["parameter"] for error in errors] == ["q", "id"]


def test_a_product_page_shows_other_slots_fields_and_neighbours(rules_web):
    text = visible_text(rules_web.get("/product/p1").text)

    assert f"Codes of another model, not used by searches {OTHER} summer deal" in text
    assert "price 99.00" in text
    assert "colour blue" in text
    near = text[text.index("Products with similar codes") :]
    assert "Drill driver 2 shared: drill , cordless drill <script>alert(1)" in near
    assert "Spanner" not in near


def test_the_page_of_a_product_without_codes_says_why(rules_web):
    assert "assigned no code to this product" in visible_text(rules_web.get("/product/bare").text)
    assert "has not processed the product yet" in visible_text(
        rules_web.get("/product/unread").text
    )


def test_the_commands_on_a_product_page_are_quoted_for_a_shell(rules_web):
    page = rules_web.get(product_url("-x")).text

    lines = html.unescape(re.search(r"<code>(.*?)</code>", page, re.DOTALL)[1]).splitlines()
    assert [shlex.split(line) for line in lines] == [
        ["gram-es", "override", "lock", "--", "-x", "a code"],
        ["gram-es", "override", "ban", "--product=-x", "odd thing"],
    ]
    assert "gram-es override remove " in rules_web.get("/product/p1").text


@pytest.mark.parametrize("product_id", ODD_IDS)
def test_any_id_has_a_page(rules_web, product_id):
    answer = rules_web.get(product_url(product_id))

    assert answer.status_code == 200
    assert f"Odd {ODD_IDS.index(product_id)}" in answer.text


def test_hostile_text_is_shown_as_text(rules_web):
    assert "<script" not in rules_web.get("/code/<script>").text
    for page in (rules_web.get("/product/p3"), rules_web.get("/code/drill")):
        assert "<script" not in page.text
        assert "&lt;script&gt;" in page.text
        assert "javascript:" not in re.sub(r"<dd>.*?</dd>", "", page.text)


def test_unknown_products_and_codes_are_404_pages(rules_web):
    product, code = rules_web.get("/product/none"), rules_web.get("/code/none")

    assert (product.status_code, code.status_code) == (404, 404)
    assert "has no product with this id" in product.text
    assert "No product has this code" in code.text


@pytest.mark.parametrize("path", ["/product", "/product?id=+", "/code", "/code?label=%20!"])
def test_an_empty_form_is_a_400_with_the_remedy(rules_web, path):
    answer = rules_web.get(path, headers={"Accept": "text/html"})

    assert answer.status_code == 400
    assert "is empty; give a" in answer.text


def test_a_code_page_shows_its_products_and_co_occurring_codes(rules_web):
    text = visible_text(rules_web.get("/code?label=Cordless+DRILL").text)

    assert f"2 of {len(PRODUCTS)} products have it" in text
    assert "Products that have it Hammer drill 18V Bosch · 99.00 Drill driver Makita" in text
    assert "drill 2 100 % bosch drill 1 50 %" in text
    assert "None. Such a search matches words only" in text


def test_a_code_page_shows_its_rules_in_any_surface_form(rules_web):
    text = visible_text(rules_web.get("/code/summer%20deals").text)

    assert "Locked by anna, 2026-05-31 12:00 UTC: <b>June</b> · product p1" in text
    assert "Pinned with weight 0.25 by anna" in text
    assert "queries summer *" in text


def test_a_code_page_shows_whether_a_search_for_its_words_has_the_code(coded_web):
    start = coded_web.get("/").text
    label = html.unescape(re.search(r'class="chip" href="[^"]*"><bdi>([^<]*)', start)[1])

    text = visible_text(coded_web.get(code_url(label)).text)

    assert f"{label} Codes" not in text
    assert "This code is one of them" in text or "This code is not one of them" in text


def test_the_page_of_all_codes_shows_statistics(rules_web):
    text = visible_text(rules_web.get("/codes").text)

    coded = len(CODES) - 1
    share = f"{100 * coded / len(PRODUCTS):.0f} %"
    coverage = f"{share} of the products have codes, 2.0 on average, 0.2 of them inferred"
    assert f"{SLOT} base model live {coverage}" in text
    not_enriched = len(PRODUCTS) - len(CODES)
    assert f"no code to 1 product. The model has not processed {not_enriched} products yet." in text
    assert "Products Codes Share 1 3 60 % 2 to 3 2 40 %" in text
    assert "3 codes have one product (60 % of all codes)" in text
    assert "2 codes are on more than a tenth" in text
    assert "In a random sample of 2 products, 50 % have different codes" in text
    assert "On average, 70 % of a product's codes are in both slots" in text
    assert "Spanner" in text


def test_the_page_of_all_codes_reports_an_index_without_codes(web):
    text = visible_text(web.get("/codes").text)

    assert "0 % of the products have codes" in text
    assert "Products per code" not in text


def test_the_form_for_missing_products_explains_a_product(rules_web):
    form = rules_web.get("/missing").text
    answer = visible_text(rules_web.get("/missing?q=hammer&id=p2").text)

    assert "Why is a product missing?" in form
    assert "Not matched. It shares no word and no code" in answer
    assert 'href="/product/p2"' in rules_web.get("/missing?q=hammer&id=p2").text

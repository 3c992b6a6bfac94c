"""What the pages say of products, of codes, and of all codes, over a real index of two slots."""

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
from gram_es.overrides.service import Desk
from gram_es.overrides.watcher import FollowedRules
from gram_es.records import Enrichment, Product
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


def enrichment(*codes: str) -> Enrichment:
    return Enrichment(codes, bytes([1, 2, 3]), "input")


@pytest.fixture(scope="module")
def inspected(client: Elasticsearch, stock) -> Settings:
    """``PRODUCTS`` with their codes; of p1 and p2 another model's stand beside them."""
    given = {name: enrichment(*codes) for name, codes in CODES.items()}
    settings: Settings = stock(PRODUCTS, given, SLOT, "f" * 64)
    index = live_index(client, settings.index).index
    put_slot(client, index, slot=OTHER, fingerprint="e" * 64, family="base", live=False)
    for name, codes in {"p1": ("drill", "hammer"), "p2": ("drill", "cordless drill")}.items():
        beside = {OTHER: slot_value(enrichment(*codes), "e" * 64)}
        client.update(index=index, id=name, doc={"gram": beside}, refresh=True)
    return settings


@pytest.fixture(scope="module")
def ruled(client: Elasticsearch, inspected: Settings) -> Iterator[FlaskClient]:
    """The application; a person has set what p1 carries."""
    desk = Desk(client, inspected.index)
    by = {"by": "anna", "note": "<b>June</b>", "at": "2026-05-31T12:00:00+00:00"}
    rules = [
        {"kind": "lock", "product_id": "p1", "code": "summer deal"},
        {"kind": "ban", "product_id": "p1", "code": "gifts"},
        {"kind": "pin", "query": "summer *", "code": "summer deal", "weight": 0.25},
    ]
    desk.set([make_override({**rule, **by}) for rule in rules])
    client.indices.refresh(index=inspected.index)
    followed = FollowedRules(client, inspected.index)
    followed.look()
    yield create_app(Searcher(client, index=inspected.index, rules=followed)).test_client()
    desk.lift([one.id for one in desk.store.read()])


def words(page: str) -> str:
    """Return what a reader sees of ``page``, blanks single."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_a_product_says_where_each_code_came_from(ruled):
    text = words(ruled.get("/product/p1").text)

    assert "bosch drill 1 product · search for bosch drill The model; its words are" in text
    assert "cordless drill 2 products" in text
    assert "The model; the product's own text lacks cordless." in text
    assert "summer deal 1 product" in text
    assert "A person; the product's own text lacks summer, deal. Locked by anna" in text
    assert "by anna, 2026-05-31 12:00 UTC: <b>June</b>" in text
    banned = text[text.index("Removed by a ban") :]
    assert banned.startswith("Removed by a ban gift The model; the product's own text lacks")
    assert "Banned by anna" in banned


def test_a_product_shows_other_slots_its_fields_and_its_neighbours(ruled):
    text = words(ruled.get("/product/p1").text)

    assert f"Codes of another model, not in use {OTHER} summer deal" in text
    assert "price 99.00" in text
    assert "colour blue" in text
    near = text[text.index("Products that share most of its codes") :]
    assert "Drill driver 2 in common: drill , cordless drill <script>alert(1)" in near
    assert "Spanner" not in near


def test_a_product_without_codes_says_why(ruled):
    assert "found no code that suits" in words(ruled.get("/product/bare").text)
    assert "has not been read by this model yet" in words(ruled.get("/product/unread").text)


def test_the_commands_that_change_its_codes_can_be_pasted(ruled):
    page = ruled.get(product_url("-x")).text

    lines = html.unescape(re.search(r"<code>(.*?)</code>", page, re.DOTALL)[1]).splitlines()
    assert [shlex.split(line) for line in lines] == [
        ["gram-es", "override", "lock", "--", "-x", "a code"],
        ["gram-es", "override", "ban", "--product=-x", "odd thing"],
    ]
    assert "gram-es override remove " in ruled.get("/product/p1").text


@pytest.mark.parametrize("product_id", ODD_IDS)
def test_any_id_has_a_page(ruled, product_id):
    answer = ruled.get(product_url(product_id))

    assert answer.status_code == 200
    assert f"Odd {ODD_IDS.index(product_id)}" in answer.text


def test_hostile_text_is_shown_as_text(ruled):
    assert "<script" not in ruled.get("/code/<script>").text
    for page in (ruled.get("/product/p3"), ruled.get("/code/drill")):
        assert "<script" not in page.text
        assert "&lt;script&gt;" in page.text
        assert "javascript:" not in re.sub(r"<dd>.*?</dd>", "", page.text)


def test_what_is_not_there_is_a_page_that_says_so(ruled):
    product, code = ruled.get("/product/none"), ruled.get("/code/none")

    assert (product.status_code, code.status_code) == (404, 404)
    assert "has no product with this id" in product.text
    assert "No product carries this code" in code.text


@pytest.mark.parametrize("path", ["/product", "/product?id=+", "/code", "/code?label=%20!"])
def test_an_empty_form_is_a_400_with_the_remedy(ruled, path):
    answer = ruled.get(path, headers={"Accept": "text/html"})

    assert answer.status_code == 400
    assert "is empty; give a" in answer.text


def test_a_code_says_who_carries_it_and_what_goes_with_it(ruled):
    text = words(ruled.get("/code?label=Cordless+DRILL").text)

    assert f"2 of {len(PRODUCTS)} products carry it" in text
    assert "Products that carry it Hammer drill 18V Bosch · 99.00 Drill driver Makita" in text
    assert "drill 2 100 % bosch drill 1 50 %" in text
    assert "None: such a search goes by words alone" in text


def test_a_code_shows_the_rules_about_it_in_whatever_form(ruled):
    text = words(ruled.get("/code/summer%20deals").text)

    assert "Locked by anna, 2026-05-31 12:00 UTC: <b>June</b> · product p1" in text
    assert "Pinned with weight 0.25 by anna" in text
    assert "queries summer *" in text


def test_a_search_for_a_codes_words_shows_whether_it_gets_the_code(coded_web):
    start = coded_web.get("/").text
    label = html.unescape(re.search(r'class="chip" href="[^"]*"><bdi>([^<]*)', start)[1])

    text = words(coded_web.get(code_url(label)).text)

    assert f"{label} Codes" not in text
    assert "It is among them" in text or "It is not among them" in text


def test_the_health_of_all_codes_is_counted(ruled):
    text = words(ruled.get("/codes").text)

    coded = len(CODES) - 1
    share = f"{100 * coded / len(PRODUCTS):.0f} %"
    assert f"{SLOT} tiny model live {share} of the products have codes, 2.0 each" in text
    unread = len(PRODUCTS) - len(CODES)
    assert f"For 1 the model found no code that fits; {unread} it has not read yet." in text
    assert "Products of a code Codes Share 1 3 60 % 2 to 3 2 40 %" in text
    assert "3 codes with one product (60 % of all)" in text
    assert "2 are on more than a tenth" in text
    assert "50 % of 2 products that were drawn by chance have other codes" in text
    assert "70 % of both models' codes in common" in text
    assert "Spanner" in text


def test_an_index_without_any_model_has_that_reported(web):
    text = words(web.get("/codes").text)

    assert "0 % of the products have codes" in text
    assert "How many products a code has" not in text


def test_why_a_product_is_missing_can_be_asked_from_the_page(ruled):
    form = ruled.get("/missing").text
    answer = words(ruled.get("/missing?q=hammer&id=p2").text)

    assert "Why is a product missing?" in form
    assert "Not matched. It shares no word and no code" in answer
    assert 'href="/product/p2"' in ruled.get("/missing?q=hammer&id=p2").text

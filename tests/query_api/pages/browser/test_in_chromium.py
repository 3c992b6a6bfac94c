"""The pages in headless Chromium: at two widths, by keyboard alone, and by axe-core's rules."""

import pytest
from flask.testing import FlaskClient
from selenium.webdriver import Keys

from gram_es.records import Product
from query_api.pages.urls import code_url, product_url

QUERY = "/?q=cordless+drill"
PAGES = ("start", "results", "without", "nothing", "product", "code", "codes", "ask", "missing")
FEW_TABS = 45


@pytest.fixture(scope="module")
def paths(coded_web: FlaskClient, shop: tuple[Product, ...]) -> dict[str, str]:
    """Where each of ``PAGES`` is."""
    code = coded_web.get("/search?q=cordless+drill").json["query"]["codes"][0]["code"]
    return {
        "start": "/",
        "results": QUERY,
        "without": f"{QUERY}&exclude_code=nothing+such",
        "nothing": "/?q=qqqqqq",
        "product": product_url(shop[0].id),
        "code": code_url(code),
        "codes": "/codes",
        "ask": "/missing",
        "missing": f"/missing?q=cordless+drill&id={shop[-1].id}",
    }


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sound_at_both_widths_in_light_and_dark(browser, axe, paths, page):
    for width, scheme in ((1280, "light"), (390, "dark")):
        browser.open(paths[page], width=width, scheme=scheme)

        assert browser.console() == []
        assert browser.overflow() == 0
        assert browser.faults(axe) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_walked_by_keyboard_in_its_order_with_the_focus_seen(browser, paths, page):
    browser.open(paths[page])

    stops = browser.tab(FEW_TABS)

    assert len(stops) > 3
    assert [stop for stop in stops if not stop["seen"] or stop["ring"] < 2] == []
    assert all(stop["onwards"] for stop in stops)


def test_the_first_tab_leads_past_the_header(browser, paths):
    browser.open(paths["product"])

    [first] = browser.tab(1)
    browser.type(Keys.ENTER)

    assert "Skip to the content" in first["what"]
    assert browser.focused() == "main"


@pytest.mark.parametrize(
    ("page", "field", "typed", "leads"),
    [
        ("start", "#q", "hose", "/?q=hose"),
        ("codes", "#look-code", "Drill", "/code?label=Drill"),
        ("codes", "#look-product", "none", "/product?id=none"),
        ("results", "#missing-id", "none", "/missing?q=cordless+drill&id=none"),
    ],
)
def test_enter_sends_a_form(browser, paths, page, field, typed, leads):
    browser.open(paths[page])

    browser.submit(field, typed)

    assert browser.path == leads


def test_where_a_product_is_can_be_asked_from_its_page(browser, paths):
    browser.open(paths["product"])

    browser.submit("#ask-q", "cordless drill")

    assert browser.path.startswith("/missing?id=")
    assert "Codes of the query" in browser.text


def test_a_code_is_switched_off_and_on_by_a_click(browser):
    browser.open(QUERY)
    code = browser.find(".switchable bdi").text

    browser.follow(".switchable .switch")
    off = (browser.path, browser.find(".struck bdi").text)
    browser.follow(".struck")

    assert off[0].startswith(f"{QUERY}&exclude_code=")
    assert off[1] == code
    assert browser.path == QUERY
    assert browser.find(".switchable bdi").text == code


def test_a_code_is_locked_and_lifted_on_the_page_of_its_product(browser, paths, admin_token):
    browser.open(paths["product"])

    browser.find("#hand-code").send_keys("summer deal")
    browser.find("#hand-by").send_keys("ada")
    browser.submit("#hand-token", admin_token)
    locked = (browser.path, browser.text)
    browser.find("#hand-token").send_keys(admin_token)
    browser.follow("[name=lift]")

    assert locked[0] == paths["product"]
    assert "summer deal" in locked[1]
    assert "Locked by ada" in locked[1]
    assert "summer deal" not in browser.text


def test_a_stranger_finds_out_which_codes_products_and_reasons_there_are(browser):
    browser.open(QUERY)
    title = browser.find(".hit h2").text
    browser.find(".why summary").click()
    why = browser.find(".why .panel").text

    browser.follow(".hit .inspect")
    product = (browser.heading, browser.text)
    browser.follow(".rows .chip.code")
    code = browser.text

    assert "Found by" in why
    assert "Rank" in why
    assert product[0] == title
    assert "Codes that searches use" in product[1]
    assert "The model;" in product[1]
    assert "carry it" in code
    assert title in code or "Some of the products" in code

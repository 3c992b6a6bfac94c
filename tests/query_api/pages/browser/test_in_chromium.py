"""The pages in headless Chromium: at two widths, by keyboard, and by axe-core's rules."""

import pytest
from flask.testing import FlaskClient
from selenium.webdriver import Keys

from gram_es.records import Product
from query_api.pages.urls import code_url, product_url

QUERY = "/?q=cordless+drill"
PAGES = ("start", "results", "excluded", "empty", "product", "code", "codes", "form", "missing")
MAX_TABS = 45


@pytest.fixture(scope="module")
def paths(coded_web: FlaskClient, shop: tuple[Product, ...]) -> dict[str, str]:
    """Return the path of each of ``PAGES``."""
    code = coded_web.get("/search?q=cordless+drill").json["query"]["codes"][0]["code"]
    return {
        "start": "/",
        "results": QUERY,
        "excluded": f"{QUERY}&exclude_code=nothing+such",
        "empty": "/?q=qqqqqq",
        "product": product_url(shop[0].id),
        "code": code_url(code),
        "codes": "/codes",
        "form": "/missing",
        "missing": f"/missing?q=cordless+drill&id={shop[-1].id}",
    }


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_faults_at_both_widths_in_light_and_dark(browser, axe, paths, page):
    for width, scheme in ((1280, "light"), (390, "dark")):
        browser.open(paths[page], width=width, scheme=scheme)

        assert browser.console() == []
        assert browser.overflow() == 0
        assert browser.faults(axe) == []


@pytest.mark.parametrize("page", PAGES)
def test_tab_moves_a_visible_focus_through_the_page_in_order(browser, paths, page):
    browser.open(paths[page])

    stops = browser.tab(MAX_TABS)

    assert len(stops) > 3
    assert [stop for stop in stops if not stop["visible"] or stop["outline_px"] < 2] == []
    assert all(stop["in_order"] for stop in stops)


def test_the_first_link_skips_the_header(browser, paths):
    browser.open(paths["product"])

    [first] = browser.tab(1)
    browser.type(Keys.ENTER)

    assert "Skip to the content" in first["html"]
    assert browser.focused() == "main"


@pytest.mark.parametrize(
    ("page", "field", "typed", "path"),
    [
        ("start", "#q", "hose", "/?q=hose"),
        ("codes", "#lookup-code", "Drill", "/code?label=Drill"),
        ("codes", "#lookup-product", "none", "/product?id=none"),
        ("results", "#missing-id", "none", "/missing?q=cordless+drill&id=none"),
    ],
)
def test_enter_submits_a_form(browser, paths, page, field, typed, path):
    browser.open(paths[page])

    browser.submit(field, typed)

    assert browser.path == path


def test_a_product_page_leads_to_the_explanation_of_its_rank(browser, paths):
    browser.open(paths["product"])

    browser.submit("#ask-q", "cordless drill")

    assert browser.path.startswith("/missing?id=")
    assert "Codes of the query" in browser.text


def test_one_click_excludes_a_code_and_another_includes_it(browser):
    browser.open(QUERY)
    code = browser.find(".excludable bdi").text

    browser.follow(".excludable .exclude")
    excluding_path, excluded_code = browser.path, browser.find(".excluded bdi").text
    browser.follow(".excluded")

    assert excluding_path.startswith(f"{QUERY}&exclude_code=")
    assert excluded_code == code
    assert browser.path == QUERY
    assert browser.find(".excludable bdi").text == code


def test_a_code_is_locked_and_unlocked_on_a_product_page(browser, paths, admin_token):
    browser.open(paths["product"])

    browser.find("#edit-code").send_keys("summer deal")
    browser.find("#edit-by").send_keys("ada")
    browser.submit("#edit-token", admin_token)
    locked_path, locked_text = browser.path, browser.text
    browser.find("#edit-token").send_keys(admin_token)
    browser.follow("[name=remove]")

    assert locked_path == paths["product"]
    assert "summer deal" in locked_text
    assert "Locked by ada" in locked_text
    assert "summer deal" not in browser.text


def test_links_lead_from_a_hit_to_its_explanation_its_codes_and_their_products(browser):
    browser.open(QUERY)
    title = browser.find(".hit h2").text
    browser.find(".explanation summary").click()
    explanation = browser.find(".explanation .panel").text

    browser.follow(".hit .inspect")
    product_heading, product_text = browser.heading, browser.text
    browser.follow(".rows .chip.code")
    code_text = browser.text

    assert "Matched by" in explanation
    assert "Rank" in explanation
    assert product_heading == title
    assert "Codes used by searches" in product_text
    assert "Stated by the product's data;" in product_text
    assert "Inferred by the model;" in product_text
    assert "products have it" in code_text
    assert title in code_text

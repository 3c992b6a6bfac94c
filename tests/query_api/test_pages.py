import re
from html.parser import HTMLParser

import pytest


class Page(HTMLParser):
    """Checks that tags close in order, and keeps what a test asks about."""

    VOID = frozenset({"meta", "link", "input", "br", "img", "circle", "path"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.attributes += values
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_start_page_offers_searches_of_this_catalogue(web):
    answer = web.get("/")

    page = Page(answer.text)
    assert answer.status_code == 200
    assert "Search 49 products" in answer.text
    assert "/?q=Bosch" in page.links
    assert "no model is loaded" in answer.text.lower()


def test_hits_show_what_a_shopper_looks_for(web):
    text = web.get("/?q=hammer+drill").text

    for shown in ("Hammer drill 18V", "£99.00", "In stock", "Bosch", "Drills", "brushless"):
        assert shown in text
    assert 'href="https://shop.example/p1"' in text
    assert "Why here" in text


def test_hostile_text_is_shown_as_text(web):
    answer = web.get("/?q=alert+drill")

    page = Page(answer.text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not any(name.startswith("on") for name in page.attributes)
    assert not any(link.startswith("javascript") for link in page.links)
    assert "{{ 7 * 7 }}" in answer.text
    assert re.search(r"<bdi>[^<]*\u202e", answer.text)  # its reversal ends with the element


def test_a_hostile_query_is_shown_as_text(web):
    answer = web.get("/", query_string={"q": '"><script>alert(1)</script>'})

    assert "script" not in Page(answer.text).tags
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", "/?q=drill&brand=Bosch", "/?q=qqqq", "/?q=" + "x" * 600])
def test_pages_hold_no_inline_script_or_style_and_ids_are_unique(web, path):
    page = Page(web.get(path).text)

    assert "style" not in page.tags
    assert "style" not in page.attributes
    assert "script" not in page.tags
    assert len(page.ids) == len(set(page.ids))


def test_a_chosen_brand_can_be_taken_back(web):
    page = Page(web.get("/?q=drill&brand=Bosch").text)

    assert "/?q=drill" in page.links
    assert "/?q=drill&brand=Bosch&brand=Makita+%26+Sons" in page.links


def test_the_price_form_sends_two_fields(web):
    text = web.get("/?q=drill&price_from=10&price_to=60").text

    assert "Drill driver" in text
    assert "Hammer drill" not in text
    assert 'value="10"' in text


def test_pages_lead_to_each_other(web):
    first, last = web.get("/?q=spanner"), web.get("/?q=spanner&from=40")

    assert "/?q=spanner&from=20" in Page(first.text).links
    assert "/?q=spanner&from=40" in Page(first.text).links
    assert "/?q=spanner&from=20" in Page(last.text).links
    assert 'aria-current="page"' in last.text
    assert 'rel="next"' not in last.text


def test_nothing_found_is_said_plainly_with_a_way_on(web):
    answer = web.get("/?q=qqqq")

    assert answer.status_code == 200
    assert "No product matches" in answer.text
    assert "/?q=Bosch" in Page(answer.text).links


def test_filters_that_leave_nothing_can_be_dropped(web):
    answer = web.get("/?q=spanner&brand=Bosch")

    assert "Nothing left under these filters" in answer.text
    assert "/?q=spanner" in Page(answer.text).links


def test_facets_stay_where_a_filter_leaves_nothing(web):
    answer = web.get("/?q=drill&brand=None+Such&price=1000..")

    assert "Nothing left under these filters" in answer.text
    assert 'name="price_from"' in answer.text
    assert "/?q=drill&price=1000.." in Page(answer.text).links
    assert "/?q=drill&brand=None+Such" in Page(answer.text).links


def test_partial_matches_are_called_near(web):
    answer = web.get("/?q=hammer+spanner")

    assert "These are the nearest products" in answer.text
    assert "Hammer drill" in answer.text


def test_where_the_products_that_match_end_is_shown(web):
    text = web.get("/?q=hammer+drill").text

    end = text.index("the products that match end")
    assert text.index("Hammer drill 18V</bdi>") < end < text.index("Drill driver</bdi>")


def test_a_bad_parameter_is_a_page_that_says_why(web):
    answer = web.get("/?q=drill&price_from=abc&size=1000")

    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "write it as 50..200" in answer.text
    assert "at most 100" in answer.text


def test_a_cluster_that_is_down_is_a_page_too(lost):
    answer = lost.get("/?q=drill", headers={"Accept": "text/html"})

    assert answer.status_code == 503
    assert "Please try again" in answer.text
    assert "127.0.0.1" not in answer.text


def test_the_style_sheet_and_icon_are_served(web):
    for name in ("style.css", "favicon.svg"):
        with web.get(f"/static/{name}") as answer:
            assert answer.status_code == 200

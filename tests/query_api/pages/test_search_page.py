import re
from html.parser import HTMLParser

import pytest
from elasticsearch import Elasticsearch

from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.app import compile_pages, create_app


class Page(HTMLParser):
    """Checks that tags close in order, and collects tags, links, ids and attribute names."""

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

    assert "<mark>Hammer</mark> <mark>drill</mark>" in text
    for expected in ("18V</bdi>", "£99.00", "In stock", "Bosch", "Drills", "brushless"):
        assert expected in text
    assert 'href="https://shop.example/p1"' in text
    assert "Why at this rank" in text


def test_hostile_text_is_shown_as_text(web):
    answer = web.get("/?q=alert+drill")

    page = Page(answer.text)
    assert "&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt; <mark>drill</mark>" in answer.text
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not any(name.startswith("on") for name in page.attributes)
    assert not any(link.startswith("javascript") for link in page.links)
    assert "{{ 7 * 7 }}" in answer.text
    assert re.search(r"<bdi>(?:(?!</bdi>).)*\u202e", answer.text)  # closed with the element


def test_a_hostile_query_is_shown_as_text(web):
    answer = web.get("/", query_string={"q": '"><script>alert(1)</script>'})

    assert "script" not in Page(answer.text).tags
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", "/?q=drill&brand=Bosch", "/?q=qqqq", "/?q=" + "x" * 600])
def test_pages_have_no_inline_script_or_style_and_unique_ids(web, path):
    page = Page(web.get(path).text)

    assert "style" not in page.tags
    assert "style" not in page.attributes
    assert "script" not in page.tags
    assert len(page.ids) == len(set(page.ids))


def test_a_chosen_brand_can_be_removed(web):
    page = Page(web.get("/?q=drill&brand=Bosch").text)

    assert "/?q=drill" in page.links
    assert "/?q=drill&brand=Bosch&brand=Makita+%26+Sons" in page.links


def test_a_condition_is_a_chip_that_searches_its_words(web):
    text = web.get("/?q=drill+under+50").text

    assert "price up to 50" in text
    assert "Hammer" not in text
    assert "/?q=drill+under+50&literal=under+50" in Page(text).links
    literal = web.get("/?q=drill+under+50&literal=under+50").text
    assert "price up to 50" not in literal
    assert "Hammer" in literal


def test_a_search_for_cheap_products_offers_the_other_orders(web):
    links = Page(web.get("/?q=cheap+drill").text).links

    assert "/?q=cheap+drill&sort=relevance" in links
    assert "/?q=cheap+drill" in links


def test_the_price_form_sends_two_fields(web):
    text = web.get("/?q=drill&price_from=10&price_to=60").text

    assert "</mark> driver" in text
    assert "Hammer" not in text
    assert 'value="10"' in text


def test_pages_link_to_each_other(web):
    first, last = web.get("/?q=spanner"), web.get("/?q=spanner&from=40")

    assert "/?q=spanner&from=20" in Page(first.text).links
    assert "/?q=spanner&from=40" in Page(first.text).links
    assert "/?q=spanner&from=20" in Page(last.text).links
    assert 'aria-current="page"' in last.text
    assert 'rel="next"' not in last.text


def test_a_search_without_results_offers_other_searches(web):
    answer = web.get("/?q=qqqq")

    assert answer.status_code == 200
    assert "No product matches “qqqq”" in answer.text
    assert "/?q=Bosch" in Page(answer.text).links


def test_filters_without_results_can_be_removed(web):
    answer = web.get("/?q=spanner&brand=Bosch&relax=false")

    assert "No product matches “spanner” with these filters" in answer.text
    assert "/?q=spanner&relax=false" in Page(answer.text).links


def test_facets_are_shown_if_a_filter_leaves_no_results(web):
    answer = web.get("/?q=drill&brand=None+Such&price=1000..&relax=false")

    assert "No product matches “drill” with these filters" in answer.text
    assert 'name="price_from"' in answer.text
    assert "/?q=drill&price=1000..&relax=false" in Page(answer.text).links
    assert "/?q=drill&brand=None+Such&relax=false" in Page(answer.text).links


def test_dropped_constraints_are_shown(web):
    filtered = web.get("/?q=spanner&brand=Bosch").text
    worded = web.get("/?q=spanner+qqqq").text

    assert "Nothing matches with the filter brand: Bosch, so the search ignores it." in filtered
    assert "/?q=spanner&from=20" in Page(filtered).links
    assert "No product matches qqqq, so the search ignores it." in worded
    assert "<strong>45 close matches</strong>" in filtered
    assert "<strong>45 close matches</strong>" in worded


def test_less_close_hits_are_a_list_of_their_own(web):
    text = web.get("/?q=drill+driver").text
    close, _, less_close = text.partition('<h2 id="less-close">Less close</h2>')

    assert "<strong>1 close match</strong>" in close
    assert "Close matches are the <bdi>products that contain both words</bdi>." in close
    assert (close.count("</article>"), less_close.count("</article>")) == (1, 3)
    assert '<ol class="hits" start="2">' in less_close
    assert "Less close" not in web.get("/?q=drill").text
    assert "Less close" not in web.get("/?q=drill+driver&sort=price_asc").text


def test_the_page_after_the_last_close_match_is_announced_as_less_close(web):
    text = web.get("/?q=drill+driver&size=1").text

    assert 'rel="next" href="/?q=drill+driver&amp;from=1&amp;size=1">Less close' in text


def test_a_sentence_says_why_a_hit_is_there(web):
    hammer, *others = web.get("/?q=hammer+drill").text.split('<p class="reason">')[1:]

    assert hammer.startswith("Because its title matches.</p>")
    assert all(other.startswith("Because its title matches in part.</p>") for other in others)
    assert "BM25" in hammer.partition("<details")[2]  # the numbers are behind the fold
    assert "BM25" not in hammer.partition("<details")[0]


def test_a_product_is_not_reported_as_filtered_by_a_dropped_filter(web):
    answer = web.get("/missing?q=spanner&brand=Bosch&id=s1")

    assert "Nothing matches with the filter brand: Bosch, so the search ignores it." in answer.text
    assert "Filtered out" not in answer.text


def test_filters_dropped_together_are_reported_together(web):
    answer = web.get("/?q=drill&brand=None+Such&category=None+Such").text

    assert (
        "Nothing matches with all filters, so the search ignores brand: None Such; "
        "category: None Such." in answer
    )


def test_a_category_is_browsed_without_words(web):
    answer = web.get("/?category=Drills")

    page = Page(answer.text)
    assert answer.status_code == 200
    assert "<h1><bdi>Drills</bdi></h1>" in answer.text
    assert "<strong>2 products</strong>" in answer.text
    assert "/?category=Drills&sort=price_asc" in page.links
    assert "/" in page.links  # removing the only filter leads to the start page
    assert "Relevance" not in answer.text


def test_orders_can_be_chosen(web):
    text = web.get("/?q=drill&sort=price_asc").text

    assert text.index("bit</bdi>") < text.index("driver</bdi>") < text.index("18V</bdi>")
    assert '<a href="/?q=drill&amp;sort=price_asc" aria-current="true">' in text
    assert "/?q=drill" in Page(text).links


def test_attributes_and_availability_can_be_chosen(web):
    text = web.get("/?q=drill&attr.colour=blue").text

    assert "Hammer" in text
    assert "colour: blue" in text.lower()
    assert "/?q=drill" in Page(text).links
    offered = Page(web.get("/?q=drill").text).links
    assert "/?q=drill&attr.colour=blue" in offered
    assert "/?q=drill&availability=in_stock" in offered


def test_variants_are_one_hit_that_links_to_them(variant_web):
    collapsed = variant_web.get("/?q=shirt").text
    separate = variant_web.get("/?q=shirt&collapse=false").text

    assert collapsed.count("</article>") == 1
    assert "2 variants" in collapsed
    assert "/?q=shirt&group=shirts" in Page(collapsed).links
    assert separate.count("</article>") == 2
    assert variant_web.get("/?q=shirt&group=shirts").text.count("</article>") == 2


def test_the_box_offers_completions_without_a_script(web):
    text = web.get("/").text

    assert 'list="completions"' in text
    assert '<option value="Makita &amp; Sons"></option>' in text


def test_a_page_explains_why_a_product_is_missing(web):
    form = web.get("/?q=drill&brand=Bosch").text
    answer = web.get("/missing?q=drill&brand=Bosch&id=p2")

    Page(answer.text)
    assert 'action="/missing"' in form
    assert "Filtered out" in answer.text
    assert "its brand is Makita &amp; Sons" in answer.text
    assert "/?q=drill&brand=Bosch" in Page(answer.text).links
    assert web.get("/missing?q=drill&id=").status_code == 400
    hostile = web.get("/missing?q=drill&id=evil&brand=Bosch").text
    assert "script" not in Page(hostile).tags
    assert "&lt;script&gt;" in hostile


def test_a_notice_introduces_hits_of_which_none_is_close(web):
    answer = web.get("/?q=hammer+spanner")

    assert "<strong>No close match</strong>" in answer.text
    assert "<bdi>No product matches “hammer spanner” closely</bdi>." in answer.text
    assert "<mark>Hammer</mark> drill" in answer.text
    assert 'aria-label="Sort by"' not in answer.text


def test_a_bad_parameter_is_a_page_that_says_why(web):
    answer = web.get("/?q=drill&price_from=abc&size=1000")

    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "write it as 50..200" in answer.text
    assert "at most 100" in answer.text


def test_an_unreachable_cluster_is_an_error_page(disconnected_web):
    answer = disconnected_web.get("/?q=drill", headers={"Accept": "text/html"})

    assert answer.status_code == 503
    assert "please try again" in answer.text
    assert "127.0.0.1" not in answer.text


def test_the_style_sheet_and_icon_are_served(web):
    for name in ("style.css", "favicon.svg"):
        with web.get(f"/static/{name}") as answer:
            assert answer.status_code == 200


def test_no_page_is_compiled_for_a_shopper(
    client: Elasticsearch, small_shop: Settings, monkeypatch: pytest.MonkeyPatch
):
    app = create_app(Searcher(client, index=small_shop.index))
    compile_pages(app)
    monkeypatch.setattr(app.jinja_env, "compile", None)

    pages = [app.test_client().get(path) for path in ("/", "/?q=drill", "/missing")]

    assert [page.status_code for page in pages] == [200, 200, 200]

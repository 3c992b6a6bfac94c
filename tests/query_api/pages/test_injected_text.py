"""Hostile text in feeds and in queries.

A page shows hostile text as plain text, unless the feed's row or the query was rejected. No text
causes an internal error.
"""

import json
import re
from html import unescape
from html.parser import HTMLParser
from itertools import product
from string import ascii_lowercase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gram_es.index.documents import FeedPosition, build_document
from gram_es.records import Product
from gram_es.retrieval.searcher import Searcher
from ingest.feeds import read_products
from query_api.app import create_app

SLOT = "m0123456789ab"
# Each mark is a word in the titles of one Hypothesis example, so that a search for the mark returns
# only products of this example. A mark has only letters, because digits would split the word.
MARKS = map("".join, product(ascii_lowercase, repeat=8))
WORDS = st.sampled_from(["drill", "saw", "hose", "лампа", "電気"])
SIGNS = st.sampled_from([*'+-=&|><!(){}[]^"~*?:\\/ ', "AND", "OR", "NOT", "TO", "title", "_id"])
TAGS = st.sampled_from(["script", "img", "svg", "iframe", "style", "b"])
TAILS = st.sampled_from(["; DROP TABLE products; --", " OR 1=1", " UNION SELECT * FROM users"])


def mixed(odd, *, max_size=30):
    """Return a strategy for texts that mix words and ``odd`` parts."""
    return st.lists(WORDS | odd, min_size=1, max_size=max_size).map(" ".join)


CLASSES = {
    "markup": mixed(TAGS.map(lambda tag: f'<{tag} src=x onerror="alert(1)">alert(2)</{tag}>')),
    "quotes_that_end_an_attribute": mixed(st.sampled_from(["\"><b id='x'>", "' onload='x", "`"])),
    "templates": mixed(st.sampled_from(["{{ 7 * 7 }}", "{% raw %}", "${jndi:ldap://x}", "%s%n"])),
    "control_characters": mixed(st.characters(categories=["Cc"])),
    "null_bytes": mixed(st.just("\0")),
    "right_to_left_overrides": mixed(st.sampled_from("\u202a\u202b\u202d\u202e\u2066\u2067\u2069")),
    "lone_surrogates": mixed(st.characters(categories=["Cs"])),
    "emoji": mixed(st.sampled_from(["🔨", "🪛", "👩‍🔧", "🇩🇪", "❤️"])),
    "combining_marks": mixed(st.characters(categories=["Mn"])),
    "ten_thousand_characters": WORDS.map(lambda word: (word * 10_000)[:10_000]),
    "five_thousand_words": mixed(WORDS).map(lambda text: f"{text} " * 5_000),
    "lucene_syntax": mixed(SIGNS),
    "json": st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    ).map(json.dumps),
    "sql": mixed(TAILS.map(lambda tail: f"'{tail}")),
    "percent_encoded_nonsense": mixed(st.sampled_from(["%00", "%ff%fe", "%zz", "%", "%25%32%35"])),
    "huge_numbers": mixed(st.integers(10**18, 10**60).map(str) | st.just("1e999")),
    "paths": mixed(st.sampled_from(["../../etc/passwd", "C:\\con", "file:///etc/passwd"])),
}
QUICK = settings(
    max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


class Page(HTMLParser):
    """Collects the tags and the event handlers of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.handlers = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


@pytest.fixture(scope="module")
def index(index_products):
    return index_products([Product("plain", "Spanner")], {}, SLOT, "f" * 64).index


@pytest.fixture(scope="module")
def open_web(client, index):
    return create_app(Searcher(client, index=index)).test_client()


@pytest.mark.parametrize("name", CLASSES)
def test_hostile_text_of_a_feed_is_shown_as_text(client, index, open_web, tmp_path, name):
    @given(st.lists(CLASSES[name], min_size=4, max_size=4))
    @QUICK
    def is_shown(texts):
        mark = next(MARKS)
        feed = tmp_path / f"{mark}.ndjson"
        rows = [
            {"id": f"{mark}-{n}", "title": f"{mark} {text}", "brand": text, text: text}
            | {"description": text, "price": text, "link": text, "product_type": text}
            for n, text in enumerate(texts)
        ]
        feed.write_text("".join(json.dumps(row) + "\n" for row in rows))
        products, rejected = read_products(feed)
        operations = []
        for one in products:
            position = FeedPosition("test", 1, 1, "2026-01-01T00:00:00Z")
            document = build_document(
                one, enrichment=None, slot=SLOT, fingerprint="f" * 64, feed=position
            )
            operations += [{"index": {"_id": one.id}}, document]
        if operations:
            written = client.bulk(index=index, operations=operations, refresh=True)
            assert not written["errors"], written
        query = {"q": mark, "highlight": "true", "explain": "true"}

        answer = open_web.get("/search", query_string=query)
        page = open_web.get("/", query_string={"q": mark})

        assert len(products) + len(rejected) == len(texts)
        assert (answer.status_code, page.status_code) == (200, 200)
        titles = {hit["product"]["title"] for hit in answer.json["hits"]}
        assert titles == {one.title for one in products}
        for hit in answer.json["hits"]:
            assert (
                "".join(part["text"] for part in hit["highlight"]["title"])
                == (hit["product"]["title"])
            )
        parsed = Page(page.text)
        assert parsed.handlers == []
        assert not parsed.tags & {"script", "iframe", "style", "b"}
        assert not re.search(r'href="\s*(?:javascript|data|file):', unescape(page.text), re.I)

    is_shown()


@pytest.mark.parametrize("name", CLASSES)
def test_hostile_queries_are_answered_or_rejected(web, name):
    @given(CLASSES[name])
    @settings(parent=QUICK, max_examples=6)
    def is_answered(text):
        query = {"q": text.encode("utf-8", "surrogatepass")}
        for path in ("/search", "/", "/suggest"):
            answer = web.get(path, query_string=query)
            assert answer.status_code in (200, 400), path
        raw = web.get("/search?q=drill&brand=" + text.encode("ascii", "ignore").decode()[:400])
        assert raw.status_code in (200, 400)

    is_answered()

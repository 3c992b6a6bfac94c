"""A shop front on another origin, with the stock InstantSearch, searches gram-es in a browser."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch
from flask import Flask

from gram_es.model.gram import Gram
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.app import create_app
from query_api.http.options import Options

PAGE = """<!doctype html><meta charset="utf-8"><title>Shop</title>
<div id="box"></div><div id="stats"></div><div id="sort"></div><div id="brands"></div>
<div id="menu"></div><div id="price"></div><div id="hits"></div><div id="pages"></div>
<script src="/instantsearch.js"></script>
<script>
const searchClient = {
  async search(requests) {
    const answer = await fetch("SERVICE/instantsearch", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ requests }),
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    return answer.json();
  },
};
const initialUiState = { "INDEX": { query: "cordless drill" } };
const search = instantsearch({ indexName: "INDEX", searchClient, initialUiState });
const w = instantsearch.widgets;
search.addWidgets([
  w.searchBox({ container: "#box" }),
  w.stats({ container: "#stats" }),
  w.sortBy({ container: "#sort", items: [
    { label: "Best", value: "INDEX" }, { label: "Cheap", value: "INDEX_price_asc" }] }),
  w.refinementList({ container: "#brands", attribute: "brand" }),
  w.hierarchicalMenu({ container: "#menu", attributes: ["category.lvl0", "category.lvl1"] }),
  w.rangeInput({ container: "#price", attribute: "price" }),
  w.hits({ container: "#hits", templates: { item: (hit, { html, components }) =>
    html`<b>${components.Highlight({ hit, attribute: "title" })}</b> <i>${hit.price}</i>` } }),
  w.pagination({ container: "#pages" }),
]);
search.start();
</script>"""


@pytest.fixture(scope="module")
def front(
    serve, visit, client: Elasticsearch, gram: Gram, shop_index: Settings, instantsearch_js: str
) -> Iterator:
    """Yield a browser of a shop front whose service has another origin."""
    shop = Flask("shop")
    shop.add_url_rule("/instantsearch.js", "script", lambda: instantsearch_js)
    with visit(shop) as browser:
        options = Options(cors_origins=frozenset({browser.site}))
        service = create_app(Searcher(client, gram, index=shop_index.index), options=options)
        with serve(service) as origin:
            page = PAGE.replace("SERVICE", origin).replace("INDEX", shop_index.index)
            shop.add_url_rule("/", "page", lambda: page)
            yield browser


def test_the_stock_widgets_work(front):
    def prices() -> list[float]:
        return [float(text) for text in front.texts("#hits i")]

    front.open("/")
    front.wait_until(lambda: {"Cordless", "Drill"} <= {*front.texts("#hits mark")})
    brands = front.texts("#brands li")
    assert len(brands) > 1

    count = front.texts("#brands .ais-RefinementList-count")[0]
    of_the_brand = f"{count} result"
    front.click("#brands input")
    front.wait_until(lambda: front.find("#stats").text.startswith(of_the_brand))
    assert len(front.texts("#brands li")) == len(brands)

    front.click("#brands input")
    front.wait_until(lambda: not front.find("#stats").text.startswith(of_the_brand))
    front.click("#menu a")
    front.wait_until(lambda: len(front.texts("#menu li li")) > 0)
    front.click("#sort select option:nth-child(2)")
    front.wait_until(lambda: len(prices()) > 2 and prices() == sorted(prices()))

    limit = prices()[1]
    front.find("#price .ais-RangeInput-input--max").send_keys(f"{limit:.0f}")
    front.click("#price button")
    front.wait_until(lambda: prices()[-1] <= round(limit))
    assert [line for line in front.console() if "favicon" not in line] == []

"""The examples of docs/own-queries.md run on the sample shop."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

import gram_es
from gram_es.settings import Settings
from mappings import search_templates

PAGE = Path(gram_es.__file__).parents[1] / "docs/own-queries.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
TEMPLATE = search_templates()["gram-es-codes"]["script"]["source"]
INVERTED = re.compile(r"\{\{\^(\w+)\}\}(.*?)\{\{/\1\}\}")
TO_JSON = re.compile(r"\{\{#toJson\}\}(\w+)\{\{/toJson\}\}")
VALUE = re.compile(r"\{\{(\w+)\}\}")


def render(params: Mapping[str, Any]) -> dict[str, Any]:
    """Render the template as Elasticsearch does: texts are escaped for JSON and not quoted."""
    text = INVERTED.sub(lambda found: "" if found[1] in params else found[2], TEMPLATE)
    text = TO_JSON.sub(lambda found: json.dumps(params[found[1]]), text)
    text = VALUE.sub(lambda found: json.dumps(params.get(found[1], "")).strip('"'), text)
    rendered: dict[str, Any] = json.loads(text)
    return rendered


@pytest.fixture(scope="module")
def page(coded_web: FlaskClient, client: Elasticsearch, shop_index: Settings) -> dict[str, Any]:
    """Run all examples one after the other, and return their variables."""

    def post(url: str, json: dict[str, Any]) -> SimpleNamespace:
        answer = coded_web.post(f"/{url.rpartition('/')[2]}", json=json)
        assert answer.status_code == 200, answer.text
        return SimpleNamespace(json=lambda: answer.json)

    class Cluster:
        def search(self, index: str, **request: Any) -> Any:
            assert index == "shop"
            return client.search(index=shop_index.index, **request)

        def search_template(self, index: str, params: dict[str, Any], **named: str) -> Any:
            assert named["id"] in search_templates()
            return self.search(
                index,
                **{
                    {"from": "from_"}.get(name, name): value
                    for name, value in render(params).items()
                },
            )

    names: dict[str, Any] = {"client": Cluster()}
    for block in BLOCKS:
        code = block.replace("import requests\n", "")
        exec(code, {**names, "requests": SimpleNamespace(post=post)}, names)  # noqa: S102
    return names


def ids(client: Elasticsearch, index: str, **request: Any) -> list[str]:
    found = client.search(index=index, size=50, source=False, **request)["hits"]["hits"]
    return [hit["_id"] for hit in found]


def test_every_example_ran(page):
    assert {"answer", "query", "standard", "rrf", "linear", "params", "hits", "order"} <= {*page}
    assert page["answer"]["codes"]
    assert page["order"]["hits"]


def test_the_standard_retriever_finds_by_codes_what_words_do_not(
    page, client: Elasticsearch, shop_index: Settings
):
    words = {"match": {"title": "grey couch"}}
    found = ids(client, shop_index.index, retriever=page["standard"])

    assert {*found} - {*ids(client, shop_index.index, query=words)}


def test_the_retrievers_inside_rrf_and_linear_run(
    page, client: Elasticsearch, shop_index: Settings
):
    inside = [
        *page["rrf"]["rrf"]["retrievers"],
        *(each["retriever"] for each in page["linear"]["linear"]["retrievers"]),
    ]

    found = [bool(ids(client, shop_index.index, retriever=each)) for each in inside]
    assert found == [False, True, False, True]  # the words of the page are in no title


def test_the_template_renders_to_the_query_with_its_parameters(page):
    text = 'the "big" \\ couch'
    params = {**page["params"], "text": text, "from": 40}

    rendered = render(params)

    words, codes = rendered["query"]["bool"]["should"]
    assert words["multi_match"]["query"] == text
    assert codes == page["answer"]["sparse_vector"]
    assert rendered["query"]["bool"]["filter"] == params["filters"]
    assert (rendered["size"], rendered["from"]) == (20, 40)
    assert render({**page["params"], "size": 5})["from"] == 0


def test_the_template_finds_products_within_its_filters(page):
    assert page["hits"]
    assert all(hit["_source"]["price"] <= 400 for hit in page["hits"])


def test_the_template_names_no_parameter_that_the_page_does_not_describe():
    names = {*TO_JSON.findall(TEMPLATE), *VALUE.findall(TEMPLATE)}
    table = PAGE.read_text("utf-8").partition("## A stored search template")[2]

    assert names == {"text", "fields", "sparse_vector", "filters", "size", "from"}
    assert [name for name in names if f"`{name}`" not in table] == []

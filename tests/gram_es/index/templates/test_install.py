import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.errors import CatalogueIndexError
from gram_es.index.templates.install import (
    ensure_templates,
    put_templates,
    template_differences,
    template_requests,
)
from gram_es.settings import current_settings
from mappings import component_templates


@pytest.fixture
def run(
    cluster_url: str, clean_index: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Result]]:
    """Return a function that runs gram-es index templates for one index."""
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster_url)
    monkeypatch.setenv("GRAM_ES_INDEX", clean_index)
    current_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(main, ["index", "templates", *words])
    current_settings.cache_clear()


JSON = {"accept": "application/json", "content-type": "application/json"}


def parse_console(text: str) -> list[tuple[str, Any]]:
    """Return the requests in the format of Kibana's console: method and path, then the body."""
    parts = ("\n" + text).split("\nPUT ")[1:]
    return [(path, json.loads(body)) for path, _, body in (p.partition("\n") for p in parts)]


def test_the_command_puts_every_template(
    run: Callable[..., Result], client: Elasticsearch, clean_index: str
) -> None:
    assert f"{clean_index} is missing" in template_differences(client, clean_index)

    result = run()

    assert (result.exit_code, result.stderr) == (0, "")
    assert f"/_index_template/{clean_index} version 4" in result.stdout.splitlines()
    assert template_differences(client, clean_index) == []


def test_the_printed_requests_put_the_same_templates(
    run: Callable[..., Result], client: Elasticsearch, clean_index: str
) -> None:
    printed = run("--print")

    assert f"{clean_index} is missing" in template_differences(client, clean_index)
    for path, body in parse_console(printed.stdout):
        client.perform_request("PUT", path, body=body, headers=JSON)
    assert template_differences(client, clean_index) == []


def test_printing_with_a_stemming_needs_no_cluster(
    run: Callable[..., Result], clean_index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", "http://127.0.0.1:9")
    current_settings.cache_clear()

    result = run("--print", "--stemming", "stemmer", "--json")

    requests = json.loads(result.stdout)
    assert [request["method"] for request in requests] == ["PUT"] * 9
    assert requests[0]["path"] == "/_component_template/gram-es@settings"
    assert requests[2]["path"] == f"/_index_template/{clean_index}"
    assert run("--print").exit_code == 2


def old_version(client: Elasticsearch, index: str) -> None:
    products = template_requests(index, "english", "stemmer")[2].body
    client.indices.put_index_template(name=index, body={**products, "version": 3})


def other_language(client: Elasticsearch, index: str) -> None:
    settings = component_templates("none", "german")["gram-es@settings"]
    client.cluster.put_component_template(name="gram-es@settings", body=settings)


def another_field(client: Elasticsearch, index: str) -> None:
    mappings = component_templates()["gram-es@mappings"]
    mappings["template"]["mappings"]["properties"]["x"] = {"type": "long"}
    client.cluster.put_component_template(name="gram-es@mappings", body=mappings)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (old_version, "{} has version 3 instead of 4"),
        (other_language, "gram-es@settings is for german instead of english"),
        (
            another_field,
            "gram-es@mappings was changed in template.mappings.properties.x.type",
        ),
    ],
)
def test_a_template_of_another_version_language_or_content_is_replaced(
    client: Elasticsearch,
    clean_index: str,
    change: Callable[[Elasticsearch, str], None],
    difference: str,
) -> None:
    put_templates(client, clean_index)

    change(client, clean_index)
    found = template_differences(client, clean_index)
    ensure_templates(client, clean_index)

    assert found == [difference.format(clean_index)]
    assert template_differences(client, clean_index) == []


def test_templates_of_a_newer_version_are_kept(client: Elasticsearch, clean_index: str) -> None:
    put_templates(client, clean_index)
    products = template_requests(clean_index, "english", "stemmer")[2].body
    client.indices.put_index_template(name=clean_index, body={**products, "version": 99})

    for call in (put_templates, ensure_templates):
        with pytest.raises(CatalogueIndexError, match=r"99 \(ours: 4\); upgrade this gram-es"):
            call(client, clean_index)

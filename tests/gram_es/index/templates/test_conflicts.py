"""Index templates of someone else that match the names of gram-es."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.errors import CatalogueIndexError
from gram_es.index.alias_swap import create_successor
from gram_es.index.lifecycle import install
from gram_es.index.names import write_alias
from gram_es.index.templates.conflicts import template_conflicts
from gram_es.settings import Settings, current_settings
from mappings import SCHEMA

MODEL = {"slot": "m0123456789ab", "fingerprint": "0123456789abcdef", "family": "base"}
TEXT_FIELDS = {"mappings": {"properties": {"brand": {"type": "text"}, "run": {"type": "text"}}}}
Foreign = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def foreign(client: Elasticsearch, clean_index: str) -> Foreign:
    """A function that installs the template ``everything`` during a block."""

    @contextmanager
    def template(pattern: str = "*", priority: int = 900, **body: Any) -> Iterator[None]:
        body = {"template": TEXT_FIELDS, **body}
        client.indices.put_index_template(
            name="everything", index_patterns=[pattern], priority=priority, **body
        )
        try:
            yield
        finally:
            client.indices.delete_index_template(name="everything")

    return template


def test_install_names_the_template_that_would_replace_its_own_and_creates_nothing(
    client: Elasticsearch, cluster_settings: Settings, foreign: Foreign
) -> None:
    alias = cluster_settings.index

    with foreign(), pytest.raises(CatalogueIndexError) as caught:
        install(client, cluster_settings, **MODEL)

    assert "the index template everything (pattern *, priority 900)" in str(caught.value)
    assert f"takes precedence over {alias}" in str(caught.value)
    assert not client.indices.exists(index=f"{alias}*", allow_no_indices=False)


def test_install_rejects_an_index_that_a_foreign_template_shaped(
    client: Elasticsearch, cluster_settings: Settings, foreign: Foreign
) -> None:
    alias = cluster_settings.index
    with foreign(f"{alias}-*"):
        client.indices.create(index=f"{alias}-3-20260101t000000", aliases={alias: {}})

        with pytest.raises(CatalogueIndexError, match="no text analysis; the index template"):
            install(client, cluster_settings, **MODEL)


def test_install_rejects_an_index_whose_fields_have_other_types(
    client: Elasticsearch, cluster_settings: Settings, foreign: Foreign
) -> None:
    alias = cluster_settings.index
    body = {"composed_of": ["gram-es@settings", "gram-es@mappings"]}
    install(client, cluster_settings, **MODEL)
    client.indices.delete(index=list(client.indices.get(index=alias).body))
    with foreign(f"{alias}-*", **body), pytest.raises(CatalogueIndexError) as caught:
        install(client, cluster_settings, **MODEL)

    assert "it differs in properties.brand.type" in str(caught.value)


def test_a_lower_priority_or_a_template_with_our_components_is_no_conflict(
    client: Elasticsearch, cluster_settings: Settings, foreign: Foreign
) -> None:
    alias = cluster_settings.index
    install(client, cluster_settings, **MODEL)
    ours = {"composed_of": ["gram-es@settings", "gram-es@mappings"], "template": {}}

    with foreign(priority=499):
        assert template_conflicts(client, alias) == []
    with foreign(f"{alias}-*", **ours):
        assert template_conflicts(client, alias) == []


def test_an_installed_index_stays_usable_but_gets_no_successor(
    client: Elasticsearch, cluster_settings: Settings, foreign: Foreign
) -> None:
    alias = cluster_settings.index
    live = install(client, cluster_settings, **MODEL).index

    with foreign(f"{alias}-*"):
        assert install(client, cluster_settings, **MODEL).index == live
        with pytest.raises(CatalogueIndexError, match="the index template everything"):
            create_successor(client, alias)

    assert list(client.indices.get_alias(name=write_alias(alias)).body) == [live]


def test_a_template_of_the_same_priority_is_named(
    client: Elasticsearch, cluster_settings: Settings, foreign: Foreign
) -> None:
    with (
        foreign(f"{cluster_settings.index}-{SCHEMA}-*", priority=500),
        pytest.raises(Exception, match="everything"),
    ):
        install(client, cluster_settings, **MODEL)


def test_install_and_the_doctor_exit_with_1(
    cluster_url: str,
    foreign: Foreign,
    clean_index: str,
    gram_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster_url)
    monkeypatch.setenv("GRAM_ES_INDEX", clean_index)
    current_settings.cache_clear()

    with foreign():
        results = [
            CliRunner().invoke(main, [*command, "--model", str(gram_dir)])
            for command in (("index", "install"), ("doctor",))
        ]

    current_settings.cache_clear()
    assert [result.exit_code for result in results] == [1, 1]
    assert all("the index template everything (pattern *" in result.output for result in results)

"""The doctor's checks of the index, each on a real index with a fault."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import install, live_index, put_slot
from gram_es.index.names import LEDGER, PRECOMPUTED, write_alias
from gram_es.index.templates.install import INSTALL_TEMPLATES
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.doctor import catalogue_checks
from ingest.doctor.findings import Finding, Level, Site
from ingest.feeds import Row
from ingest.runs.outcomes import Origin
from ingest.worker.pipeline import Pipeline
from mappings import component_templates, index_templates

Findings = Callable[..., list[Finding]]


@pytest.fixture
def name(client: Elasticsearch, installed: Settings) -> str:
    """The name of the concrete index."""
    return live_index(client, installed.index).index


@pytest.fixture
def shelf(client: Elasticsearch, pipeline: Pipeline, installed: Settings) -> None:
    """Index one product, a kettle."""
    pipeline.index_rows([Row(1, 1, Product("k", "Kettle"))], Origin("shop", 1))
    client.indices.refresh(index=installed.index)


def test_templates_as_shipped_are_fine(findings: Findings) -> None:
    assert findings(catalogue_checks.templates) == [
        Finding(Level.OK, "9 templates, all as shipped")
    ]


def test_a_template_that_is_missing_or_of_another_version_names_the_command(
    client: Elasticsearch, installed: Settings, findings: Findings
) -> None:
    body = index_templates(installed.index)[installed.index]
    client.indices.put_index_template(name=installed.index, body={**body, "version": 1})
    (older,) = findings(catalogue_checks.templates)
    client.indices.put_index_template(name=installed.index, body={**body, "version": 99})
    (newer,) = findings(catalogue_checks.templates)
    client.indices.delete_index_template(name=installed.index)
    (missing,) = findings(catalogue_checks.templates)

    shipped = f"this gram-es ships version {body['version']}"
    assert older.message == f"{installed.index} is version 1, {shipped}"
    assert older.remedy == missing.remedy == INSTALL_TEMPLATES
    assert newer.remedy == "upgrade this gram-es"
    assert missing.message == f"{installed.index} is missing, {shipped}"


def test_a_template_that_was_edited_by_hand_shows_where(
    client: Elasticsearch, findings: Findings
) -> None:
    body = component_templates("hunspell")["gram-es@mappings"]
    edited = component_templates("hunspell")["gram-es@mappings"]
    properties = edited["template"]["mappings"]["properties"]
    properties["brand"]["ignore_above"] = 8
    properties["colour"] = {"type": "keyword"}
    client.cluster.put_component_template(name="gram-es@mappings", body=edited)
    try:
        (finding,) = findings(catalogue_checks.templates)
    finally:
        client.cluster.put_component_template(name="gram-es@mappings", body=body)

    assert finding.level is Level.WARNING
    assert "properties.brand.ignore_above" in finding.message
    assert "properties.colour.type" in finding.message
    assert "gram-es@custom" in finding.remedy


def test_both_aliases_on_one_index_are_fine(findings: Findings, name: str) -> None:
    (finding,) = findings(catalogue_checks.aliases)

    assert finding.level is Level.OK
    assert name in finding.message


@pytest.mark.parametrize("purpose", ["read", "write"])
def test_a_missing_alias_is_a_failure(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str, purpose: str
) -> None:
    alias = installed.index if purpose == "read" else write_alias(installed.index)
    client.indices.delete_alias(index=name, name=alias)

    (finding,) = findings(catalogue_checks.aliases)

    assert finding.level is Level.FAILURE
    assert finding.message.startswith(f"{alias} ")
    assert finding.message.endswith("to no index")
    assert "gram-es index install --model DIR" in finding.remedy


def test_one_alias_on_two_indices_fails_and_two_aliases_on_two_warn(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    other = f"{installed.index}-other"
    client.indices.create(index=other)
    client.indices.put_alias(index=other, name=installed.index)
    (both,) = findings(catalogue_checks.aliases)
    client.indices.delete_alias(index=name, name=installed.index)
    (different,) = findings(catalogue_checks.aliases)

    assert both.level is Level.FAILURE
    assert both.message == f"{installed.index} points to {name}, {other}"
    assert different.level is Level.WARNING
    assert different.message == f"searches read {other}, ingest writes to {name}"


def test_an_index_with_the_name_of_the_alias_is_a_failure(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    client.indices.delete(index=name)
    client.indices.create(index=installed.index)

    (finding,) = findings(catalogue_checks.aliases)

    assert (finding.level, finding.message) == (
        Level.FAILURE,
        f"{installed.index} is an index, not an alias",
    )


def test_a_missing_side_index_is_reported(
    client: Elasticsearch, installed: Settings, findings: Findings
) -> None:
    (complete,) = findings(catalogue_checks.side_indices)
    client.indices.delete(index=PRECOMPUTED)
    try:
        (missing,) = findings(catalogue_checks.side_indices)
    finally:
        client.indices.create(index=PRECOMPUTED)  # its template has the mapping

    assert (complete.level, missing.level) == (Level.OK, Level.WARNING)
    assert missing.message == f"missing, or not readable with this key: {PRECOMPUTED}"


def test_a_different_mapping_is_reported_with_its_fields(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    assert [finding.level for finding in findings(catalogue_checks.mappings)] == [Level.OK]
    client.indices.delete(index=name)
    alias = {installed.index: {}}
    mapping = {"properties": {"price": {"type": "float"}}}
    client.indices.create(index=f"{installed.index}-own", mappings=mapping, aliases=alias)

    (finding,) = findings(catalogue_checks.mappings)

    assert finding.level is Level.WARNING
    assert finding.message.startswith(
        f"the mapping of {installed.index}-own differs from the shipped one: "
    )


def test_the_users_own_component_is_no_drift(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    custom = {"template": {"mappings": {"properties": {"brand": {"ignore_above": 512}}}}}
    custom["template"]["mappings"]["properties"]["brand"]["type"] = "keyword"  # type: ignore[index]
    client.indices.put_mapping(index=name, properties=custom["template"]["mappings"]["properties"])
    assert [finding.level for finding in findings(catalogue_checks.mappings)] == [Level.WARNING]
    client.cluster.put_component_template(name="gram-es@custom", body=custom)
    try:
        (finding,) = findings(catalogue_checks.mappings)
    finally:
        client.cluster.delete_component_template(name="gram-es@custom")

    assert finding.level is Level.OK


def test_the_model_in_the_folder_is_compared_with_the_index(
    client: Elasticsearch, installed: Settings, findings: Findings, site: Site, model: Any
) -> None:
    (same,) = findings(catalogue_checks.model)
    put_slot(client, installed.index, slot="mother", fingerprint="e" * 64, family="base")
    (stored,) = findings(catalogue_checks.model)
    (site.model_dir / "gram.json").write_text(
        (site.model_dir / "gram.json").read_text().replace(model.fingerprint, "d" * 64)
    )
    (unknown,) = findings(catalogue_checks.model)
    (site.model_dir / "gram.json").unlink()
    (missing,) = findings(catalogue_checks.model)

    assert same.level is Level.OK
    assert (stored.level, unknown.level) == (Level.WARNING, Level.FAILURE)
    assert f"the model in {site.model_dir} is {'d' * 12}, but the live codes of " in unknown.message
    assert unknown.message.endswith(f"come from {'e' * 12}")
    assert f"gram-es index migrate --model {site.model_dir}" in unknown.remedy
    assert missing.message.startswith(f"no model in {site.model_dir}")
    assert "GRAM_ES_MODEL" in missing.remedy


@pytest.mark.usefixtures("shelf")
def test_products_without_the_live_models_codes_are_counted(
    client: Elasticsearch, installed: Settings, findings: Findings
) -> None:
    (complete,) = findings(catalogue_checks.codes)
    client.index(index=write_alias(installed.index), document={"id": "x"}, refresh=True)
    (incomplete,) = findings(catalogue_checks.codes)

    assert complete == Finding(Level.OK, "1 of 1 products have the codes of 0123456789ab")
    assert incomplete.level is Level.WARNING
    assert incomplete.message.startswith("1 of 2 products")
    assert incomplete.remedy.startswith("run gram-es ingest FEED")


def test_a_codes_alias_that_points_to_another_field_is_a_failure(
    client: Elasticsearch, findings: Findings, name: str, model: Any
) -> None:
    properties = {"gram_codes": {"type": "alias", "path": "brand"}}
    client.indices.put_mapping(index=name, properties=properties)

    finding, _ = findings(catalogue_checks.codes)

    assert finding.level is Level.FAILURE
    assert finding.message == f"gram_codes points to brand, not to gram.{model.slot}.codes"


def test_an_index_without_a_live_slot_is_a_failure(
    client: Elasticsearch, findings: Findings, name: str
) -> None:
    client.indices.put_mapping(index=name, meta={"managed_by": "gram-es", "schema": 2})

    (finding,) = findings(catalogue_checks.codes)

    assert (finding.level, finding.message) == (Level.FAILURE, f"{name} has no live slot")


@pytest.mark.parametrize(
    ("max_token_length", "level", "message"),
    [
        (255, Level.WARNING, "treats as different words: Drills and drill"),
        (1, Level.FAILURE, "as one word"),
    ],
)
def test_an_analyzer_that_does_not_stem_or_merges_all_words_is_reported(
    client: Elasticsearch,
    installed: Settings,
    findings: Findings,
    name: str,
    max_token_length: int,
    level: Level,
    message: str,
) -> None:
    assert [finding.level for finding in findings(catalogue_checks.analyzer)] == [Level.OK]
    client.indices.delete(index=name)
    tokenizer = {"type": "standard", "max_token_length": max_token_length}
    analyzer = {"type": "custom", "tokenizer": "cut", "filter": ["lowercase"]}
    analysis = {"tokenizer": {"cut": tokenizer}, "analyzer": {"gram_text": analyzer}}
    text = {"type": "text", "analyzer": "gram_text"}
    client.indices.create(
        index=f"{installed.index}-own",
        settings={"analysis": analysis},
        mappings={"properties": {"text": text}},
        aliases={installed.index: {}},
    )

    (finding,) = findings(catalogue_checks.analyzer)

    assert finding.level is level
    assert message in finding.message


@pytest.mark.usefixtures("shelf")
def test_a_value_that_is_not_indexed_is_reported_with_its_field(
    client: Elasticsearch, installed: Settings, pipeline: Pipeline, findings: Findings
) -> None:
    assert [finding.level for finding in findings(catalogue_checks.ignored_values)] == [Level.OK]
    long_brand = replace(Product("w", "Kettle"), brand="b" * 300)
    pipeline.index_rows([Row(1, 1, long_brand)], Origin("shop", 2))
    client.indices.refresh(index=installed.index)

    (finding,) = findings(catalogue_checks.ignored_values)

    assert finding.level is Level.WARNING
    assert finding.message == (
        "1 products have values too long to be searched: brand (1); for example w"
    )


def test_without_an_index_each_check_names_the_command_that_creates_it(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    client.indices.delete(index=name)

    (aliases,), (model,) = findings(catalogue_checks.aliases), findings(catalogue_checks.model)

    assert aliases.level is Level.FAILURE
    assert model.level is Level.WARNING
    assert model.message.startswith("not checked: there is no index behind the alias")
    assert model.remedy == "make it with gram-es index install --model DIR"
    assert LEDGER in client.indices.get(index=LEDGER)


@pytest.mark.parametrize(
    ("installed_language", "language", "level", "message"),
    [
        ("russian", "russian", Level.OK, "the field text stems russian"),
        ("german", "german", Level.WARNING, "the field text does not stem german"),
        ("english", "russian", Level.FAILURE, "the field text of "),
    ],
)
def test_the_stemming_of_another_language_is_reported(
    client: Elasticsearch,
    cluster_settings: Settings,
    model: Any,
    use_language: Callable[[str], None],
    installed_language: str,
    language: str,
    level: Level,
    message: str,
) -> None:
    use_language(installed_language)
    install(client, cluster_settings, slot=model.slot, fingerprint=model.fingerprint, family="base")
    settings = cluster_settings.model_copy(update={"language": language})

    (finding,) = catalogue_checks.analyzer(Site(settings, Path("model")))

    assert finding.level is level
    assert finding.message.startswith(message)

"""The doctor's checks of the index, each on a real one that is not as it should be."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import install, live_index, put_slot
from gram_es.index.names import HEADS, LEDGER, write_alias
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.doctor import catalogue_checks
from ingest.doctor.findings import Finding, Level, Site
from ingest.feeds import Row
from ingest.worker.pipeline import Origin, Pipeline
from mappings import component_templates, index_templates

Findings = Callable[..., list[Finding]]


@pytest.fixture
def name(client: Elasticsearch, installed: Settings) -> str:
    """The concrete index."""
    return live_index(client, installed.index).index


@pytest.fixture
def shelf(client: Elasticsearch, pipeline: Pipeline, installed: Settings) -> None:
    """A kettle in the index, and room for more."""
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

    assert older.found == f"{installed.index} is version 1, this gram-es ships version 2"
    assert older.remedy == missing.remedy == "gram-es index install --model DIR"
    assert newer.remedy == "upgrade this gram-es"
    assert missing.found == f"{installed.index} is missing, this gram-es ships version 2"


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
        (found,) = findings(catalogue_checks.templates)
    finally:
        client.cluster.put_component_template(name="gram-es@mappings", body=body)

    assert found.level is Level.WARNING
    assert "properties.brand.ignore_above" in found.found
    assert "properties.colour.type" in found.found
    assert "gram-es@custom" in found.remedy


def test_both_aliases_on_one_index_are_fine(findings: Findings, name: str) -> None:
    (found,) = findings(catalogue_checks.aliases)

    assert found.level is Level.OK
    assert name in found.found


@pytest.mark.parametrize("which", ["read", "write"])
def test_an_alias_that_is_gone_is_a_failure(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str, which: str
) -> None:
    alias = installed.index if which == "read" else write_alias(installed.index)
    client.indices.delete_alias(index=name, name=alias)

    (found,) = findings(catalogue_checks.aliases)

    assert found.level is Level.FAILURE
    assert found.found.startswith(f"{alias} ")
    assert found.found.endswith("to no index")
    assert "gram-es index install --model DIR" in found.remedy


def test_aliases_on_two_indices_are_told_apart(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    other = f"{installed.index}-other"
    client.indices.create(index=other)
    client.indices.put_alias(index=other, name=installed.index)
    (both,) = findings(catalogue_checks.aliases)
    client.indices.delete_alias(index=name, name=installed.index)
    (apart,) = findings(catalogue_checks.aliases)

    assert both.level is Level.FAILURE
    assert both.found == f"{installed.index} leads to {name}, {other}"
    assert apart.level is Level.WARNING
    assert apart.found == f"searches read {other}, ingest writes to {name}"


def test_an_index_in_the_aliass_place_is_a_failure(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    client.indices.delete(index=name)
    client.indices.create(index=installed.index)

    (found,) = findings(catalogue_checks.aliases)

    assert (found.level, found.found) == (
        Level.FAILURE,
        f"{installed.index} is an index, not an alias",
    )


def test_a_side_index_that_is_missing_is_told(
    client: Elasticsearch, installed: Settings, findings: Findings
) -> None:
    (whole,) = findings(catalogue_checks.side_indices)
    client.indices.delete(index=HEADS)
    try:
        (missing,) = findings(catalogue_checks.side_indices)
    finally:
        client.indices.create(index=HEADS)  # as its template has it

    assert (whole.level, missing.level) == (Level.OK, Level.WARNING)
    assert missing.found.startswith(f"there is no {HEADS}, ")


def test_an_index_that_is_mapped_otherwise_shows_where(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    assert [one.level for one in findings(catalogue_checks.mappings)] == [Level.OK]
    client.indices.delete(index=name)
    alias = {installed.index: {}}
    mapping = {"properties": {"price": {"type": "float"}}}
    client.indices.create(index=f"{installed.index}-own", mappings=mapping, aliases=alias)

    (found,) = findings(catalogue_checks.mappings)

    assert found.level is Level.WARNING
    assert found.found.startswith(f"{installed.index}-own is not mapped as this gram-es maps it: ")


def test_the_users_own_component_is_no_drift(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    custom = {"template": {"mappings": {"properties": {"brand": {"ignore_above": 512}}}}}
    custom["template"]["mappings"]["properties"]["brand"]["type"] = "keyword"  # type: ignore[index]
    client.indices.put_mapping(index=name, properties=custom["template"]["mappings"]["properties"])
    assert [one.level for one in findings(catalogue_checks.mappings)] == [Level.WARNING]
    client.cluster.put_component_template(name="gram-es@custom", body=custom)
    try:
        (found,) = findings(catalogue_checks.mappings)
    finally:
        client.cluster.delete_component_template(name="gram-es@custom")

    assert found.level is Level.OK


def test_the_model_in_the_folder_is_held_against_the_index(
    client: Elasticsearch, installed: Settings, findings: Findings, site: Site, model: Any
) -> None:
    (fits,) = findings(catalogue_checks.model)
    put_slot(client, installed.index, slot="mother", fingerprint="e" * 64, family="tiny")
    (kept,) = findings(catalogue_checks.model)
    (site.model_dir / "gram.json").write_text(
        (site.model_dir / "gram.json").read_text().replace(model.fingerprint, "d" * 64)
    )
    (unknown,) = findings(catalogue_checks.model)
    (site.model_dir / "gram.json").unlink()
    (missing,) = findings(catalogue_checks.model)

    assert fits.level is Level.OK
    assert (kept.level, unknown.level) == (Level.WARNING, Level.FAILURE)
    assert f"the model in {site.model_dir} is {'d' * 12}, but the live codes of " in unknown.found
    assert unknown.found.endswith(f"are those of {'e' * 12}")
    assert f"gram-es index migrate --model {site.model_dir}" in unknown.remedy
    assert missing.found.startswith(f"no model in {site.model_dir}")
    assert "GRAM_ES_MODEL" in missing.remedy


@pytest.mark.usefixtures("shelf")
def test_products_without_the_live_models_codes_are_counted(
    client: Elasticsearch, installed: Settings, findings: Findings
) -> None:
    (whole,) = findings(catalogue_checks.codes)
    client.index(index=write_alias(installed.index), document={"id": "x"}, refresh=True)
    (part,) = findings(catalogue_checks.codes)

    assert whole == Finding(Level.OK, "1 of 1 products carry the codes of 0123456789ab")
    assert part.level is Level.WARNING
    assert part.found.startswith("1 of 2 products")
    assert part.remedy.startswith("gram-es ingest FEED")


def test_a_codes_alias_that_leads_to_another_slot_is_a_failure(
    client: Elasticsearch, findings: Findings, name: str, model: Any
) -> None:
    properties = {"gram_codes": {"type": "alias", "path": "brand"}}
    client.indices.put_mapping(index=name, properties=properties)

    found, _ = findings(catalogue_checks.codes)

    assert found.level is Level.FAILURE
    assert found.found == f"gram_codes leads to brand, not to gram.{model.slot}.codes"


def test_an_index_without_a_live_slot_is_a_failure(
    client: Elasticsearch, findings: Findings, name: str
) -> None:
    client.indices.put_mapping(index=name, meta={"schema": 2})

    (found,) = findings(catalogue_checks.codes)

    assert (found.level, found.found) == (Level.FAILURE, f"{name} has no live slot")


@pytest.mark.parametrize(
    ("longest", "level", "said"),
    [(255, Level.WARNING, "tells apart Drills and drill"), (1, Level.FAILURE, "as one word")],
)
def test_an_analyzer_that_does_not_stem_or_joins_all_words_is_told(
    client: Elasticsearch,
    installed: Settings,
    findings: Findings,
    name: str,
    longest: int,
    level: Level,
    said: str,
) -> None:
    assert [one.level for one in findings(catalogue_checks.analyzer)] == [Level.OK]
    client.indices.delete(index=name)
    tokenizer = {"type": "standard", "max_token_length": longest}
    analyzer = {"type": "custom", "tokenizer": "cut", "filter": ["lowercase"]}
    analysis = {"tokenizer": {"cut": tokenizer}, "analyzer": {"gram_text": analyzer}}
    text = {"type": "text", "analyzer": "gram_text"}
    client.indices.create(
        index=f"{installed.index}-own",
        settings={"analysis": analysis},
        mappings={"properties": {"text": text}},
        aliases={installed.index: {}},
    )

    (found,) = findings(catalogue_checks.analyzer)

    assert found.level is level
    assert said in found.found


@pytest.mark.usefixtures("shelf")
def test_a_value_that_was_left_out_of_the_index_is_told_with_its_field(
    client: Elasticsearch, installed: Settings, pipeline: Pipeline, findings: Findings
) -> None:
    assert [one.level for one in findings(catalogue_checks.ignored_values)] == [Level.OK]
    wordy = replace(Product("w", "Kettle"), brand="b" * 300)
    pipeline.index_rows([Row(1, 1, wordy)], Origin("shop", 2))
    client.indices.refresh(index=installed.index)

    (found,) = findings(catalogue_checks.ignored_values)

    assert found.level is Level.WARNING
    assert found.found == (
        "1 products hold values too long to be searched: brand (1); among them w"
    )


def test_without_an_index_each_check_says_what_makes_one(
    client: Elasticsearch, installed: Settings, findings: Findings, name: str
) -> None:
    client.indices.delete(index=name)

    (aliases,), (model,) = findings(catalogue_checks.aliases), findings(catalogue_checks.model)

    assert aliases.level is Level.FAILURE
    assert model.level is Level.WARNING
    assert model.found.startswith("not checked: there is no index behind the alias")
    assert model.remedy == "make it with gram-es index install --model DIR"
    assert LEDGER in client.indices.get(index=LEDGER)


@pytest.mark.parametrize(
    ("spoken", "asked", "level", "said"),
    [
        ("russian", "russian", Level.OK, "the field text stems russian"),
        ("german", "german", Level.WARNING, "the field text does not stem german"),
        ("english", "russian", Level.FAILURE, "the field text of "),
    ],
)
def test_how_another_language_is_stemmed_is_told(
    client: Elasticsearch,
    cluster_settings: Settings,
    model: Any,
    speak: Callable[[str], None],
    spoken: str,
    asked: str,
    level: Level,
    said: str,
) -> None:
    speak(spoken)
    install(client, cluster_settings, slot=model.slot, fingerprint=model.fingerprint, family="tiny")
    shop = cluster_settings.model_copy(update={"language": asked})

    (found,) = catalogue_checks.analyzer(Site(shop, Path("model")))

    assert found.level is level
    assert found.found.startswith(said)

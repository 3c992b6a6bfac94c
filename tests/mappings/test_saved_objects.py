"""The saved objects meet the requirements of Kibana's importer and apps."""

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from gram_es.index.names import SIDE_INDICES
from gram_es.index.slots import CODES_ALIAS, INFERRED_ALIAS
from mappings import component_templates, index_templates, saved_objects

VERSIONS = {"tag": "8.0.0", "index-pattern": "8.0.0", "search": "10.5.0", "dashboard": "10.2.0"}
VIEW = "index-pattern"
LAYER = "indexpattern-datasource-layer-"


@pytest.fixture(scope="module")
def objects() -> dict[tuple[str, str], dict[str, Any]]:
    lines = [json.loads(line) for line in saved_objects().splitlines()]
    by_id = {(o["type"], o["id"]): o for o in lines}
    assert len(by_id) == len(lines)
    return by_id


@pytest.fixture(scope="module")
def dashboard(objects: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    return objects["dashboard", "gram-es-codes"]


@pytest.fixture(scope="module")
def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    assert isinstance(panels, list)
    return panels


def lens(panels: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for panel in panels:
        if panel["type"] == "lens":
            yield panel["panelIndex"], panel["embeddableConfig"]["attributes"]


def layers(attributes: dict[str, Any]) -> dict[str, Any]:
    layers = attributes["state"]["datasourceStates"]["formBased"]["layers"]
    assert isinstance(layers, dict)
    return layers


def controls(dashboard: dict[str, Any]) -> dict[str, Any]:
    controls = json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"])
    assert isinstance(controls, dict)
    return controls


def names(references: list[dict[str, Any]]) -> set[str]:
    return {reference["name"] for reference in references}


def test_versions_are_those_of_the_oldest_supported_kibana(
    objects: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for (kind, _), item in objects.items():
        assert (item["coreMigrationVersion"], item["typeMigrationVersion"]) == (
            "8.8.0",
            VERSIONS[kind],
        )
        assert not {"version", "created_at", "updated_at"} & set(item)


def test_every_reference_points_to_an_object_of_the_file(
    objects: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for item in objects.values():
        assert len(names(item["references"])) == len(item["references"])
        for reference in item["references"]:
            assert (reference["type"], reference["id"]) in objects


def test_every_string_that_kibana_parses_is_json(
    objects: dict[tuple[str, str], dict[str, Any]],
) -> None:
    json_keys = {
        "fieldFormatMap", "fieldAttrs", "runtimeFieldMap", "sourceFilters", "fields", "typeMeta",
        "searchSourceJSON", "panelsJSON", "optionsJSON", "ignoreParentSettingsJSON",
    }  # fmt: skip

    def walk(value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key, inner
                yield from walk(inner)

    strings = [
        value
        for item in objects.values()
        for key, value in walk(item["attributes"])
        if key in json_keys
    ]
    assert len(strings) == 31
    for string in strings:
        json.loads(string)


def test_the_saved_search_names_its_data_view(
    objects: dict[tuple[str, str], dict[str, Any]],
) -> None:
    search = objects["search", "gram-es-uncoded"]
    source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])

    assert source["indexRefName"] in names(search["references"])
    assert source["query"] == {"query": "NOT gram_codes: *", "language": "kuery"}


def test_the_data_view_reads_the_alias_and_has_no_time_field(
    objects: dict[tuple[str, str], dict[str, Any]],
) -> None:
    attributes = objects["index-pattern", "gram-es-products"]["attributes"]

    assert attributes["title"] == "products-gram"
    assert "timeFieldName" not in attributes
    assert attributes["allowNoIndex"] is True


def test_the_data_views_read_indices_of_gram_es_alone(
    objects: dict[tuple[str, str], dict[str, Any]],
) -> None:
    read = {item["attributes"]["title"] for (kind, _), item in objects.items() if kind == VIEW}
    views = {reference for reference in objects if reference[0] == VIEW}
    used = {
        (reference["type"], reference["id"])
        for item in objects.values()
        for reference in item["references"]
        if reference["type"] == VIEW
    }

    assert read <= {"products-gram", *SIDE_INDICES}
    assert used <= views


@pytest.mark.parametrize("name", ["gram-es-queries", "gram-es-ledger", "gram-es-dead"])
def test_data_views_of_side_indices_name_fields_of_their_mapping(
    objects: dict[tuple[str, str], dict[str, Any]], name: str
) -> None:
    attributes = objects["index-pattern", name]["attributes"]
    mapped = index_templates()[name]["template"]["mappings"]["properties"]

    assert attributes["title"] == name
    assert mapped[attributes["timeFieldName"]] == {"type": "date"}
    assert set(json.loads(attributes["fieldAttrs"])) <= set(mapped)


def test_the_search_for_queries_without_results_names_fields_of_the_log(
    objects: dict[tuple[str, str], dict[str, Any]],
) -> None:
    attributes = objects["search", "gram-es-nothing-found"]["attributes"]
    source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
    mapped = index_templates()["gram-es-queries"]["template"]["mappings"]["properties"]

    assert source["query"]["query"] == "nothing_found: true"
    assert mapped["nothing_found"] == {"type": "boolean"}
    assert {*attributes["columns"], *(field for field, _ in attributes["sort"])} <= set(mapped)


def test_both_lists_of_layer_references_agree(
    dashboard: dict[str, Any], panels: list[dict[str, Any]]
) -> None:
    inner = {
        f"{panel}:{name}"
        for panel, attributes in lens(panels)
        for name in names(attributes["references"])
    }
    used = {
        f"{panel}:{LAYER}{layer}"
        for panel, attributes in lens(panels)
        for layer in layers(attributes)
    }
    outer = {name for name in names(dashboard["references"]) if LAYER in name}

    assert inner == outer == used
    assert len(outer) == 8


def test_panels_and_controls_name_their_references(
    dashboard: dict[str, Any], panels: list[dict[str, Any]]
) -> None:
    by_reference = {f"{p['panelIndex']}:{p['panelRefName']}" for p in panels if "panelRefName" in p}
    kinds = {
        "optionsListControl": "optionsListDataView",
        "rangeSliderControl": "rangeSliderDataView",
    }
    by_control = {
        f"controlGroup_{key}:{kinds[control['type']]}"
        for key, control in controls(dashboard).items()
    }

    rest = {name for name in names(dashboard["references"]) if LAYER not in name}
    assert rest == by_reference | by_control | {"tag-ref-gram-es"}
    assert [c["explicitInput"]["id"] for c in controls(dashboard).values()] == list(
        controls(dashboard)
    )
    assert [c["order"] for c in controls(dashboard).values()] == [0, 1, 2, 3]


def test_panels_are_on_the_grid_without_overlap(panels: list[dict[str, Any]]) -> None:
    grids = [panel["gridData"] for panel in panels]

    assert [g["i"] for g in grids] == [p["panelIndex"] for p in panels]
    assert len({g["i"] for g in grids}) == len(grids)
    assert all(g["x"] >= 0 and g["x"] + g["w"] <= 48 for g in grids)
    for a, b in combinations(grids, 2):
        separate_columns = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        separate_rows = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert separate_columns or separate_rows, (a["i"], b["i"])


def test_columns_are_ordered_buckets_first_and_all_shown(panels: list[dict[str, Any]]) -> None:
    for panel, attributes in lens(panels):
        visualization = json.dumps(attributes["state"]["visualization"])
        for layer_id, layer in layers(attributes).items():
            order = layer["columnOrder"]
            bucketed = [layer["columns"][column]["isBucketed"] for column in order]
            assert set(order) == set(layer["columns"]), panel
            assert bucketed == sorted(bucketed, reverse=True), panel
            assert all(f'"{column}"' in visualization for column in order), panel
            assert f'"layerId": "{layer_id}"' in visualization, panel


def test_every_field_is_in_the_mapping(
    objects: dict[tuple[str, str], dict[str, Any]],
    dashboard: dict[str, Any],
    panels: list[dict[str, Any]],
) -> None:
    mapped = {
        name: field["type"]
        for component in component_templates().values()
        for name, field in component["template"].get("mappings", {}).get("properties", {}).items()
        if "type" in field
    }
    view = objects["index-pattern", "gram-es-products"]["attributes"]
    runtime = json.loads(view["runtimeFieldMap"])
    allowed = {*mapped, *runtime, CODES_ALIAS, INFERRED_ALIAS, "___records___"}

    used = {
        column["sourceField"]
        for _, attributes in lens(panels)
        for layer in layers(attributes).values()
        for column in layer["columns"].values()
        if "sourceField" in column
    }
    used |= {control["explicitInput"]["fieldName"] for control in controls(dashboard).values()}
    listed = {
        *objects["search", "gram-es-uncoded"]["attributes"]["columns"],
        *json.loads(view["fieldAttrs"]),
        *json.loads(view["fieldFormatMap"]),
    }
    assert used | listed <= allowed
    # Kibana cannot aggregate text fields.
    assert not {name for name in used if mapped.get(name) == "text"}

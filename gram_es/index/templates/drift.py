"""Find templates and mappings in the cluster that differ from the templates in this package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import SIDE_INDICES
from gram_es.index.templates.bodies import CUSTOM, SETTINGS, installed_templates, merge_bodies
from mappings import component_templates, index_templates


def drifted_templates(client: Elasticsearch, index: str) -> dict[str, tuple[str, ...]]:
    """Return, by template name, the paths at which a template differs from the shipped template.

    An example of a path is ``template.settings.index.refresh_interval``. Templates that the cluster
    lacks, or has in another version, are left out.
    """
    installed = installed_templates(client)
    meta = installed.get(SETTINGS, {}).get("_meta", {})
    language = {n: meta[n] for n in ("stemming", "language") if isinstance(meta.get(n), str)}
    shipped = {**component_templates(**language), **index_templates(index)}
    drift: dict[str, tuple[str, ...]] = {}
    for name, body in shipped.items():
        template = installed.get(name)
        if template is None or template.get("version") != body["version"]:
            continue
        if paths := differing_paths(body, template):
            drift[name] = paths
    return drift


def differing_paths(shipped: Mapping[str, Any], installed: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths at which the body of a template differs from the shipped body."""
    return (*_changed_paths(shipped, installed), *_extra_paths(shipped, installed))


def drifted_mappings(
    client: Elasticsearch, index: str, *, only_types: bool = False
) -> dict[str, tuple[str, ...]]:
    """Return, by index name, the paths at which a mapping differs from the shipped templates.

    Paths that only the mapping has are not returned. The user's own component template
    ``gram-es@custom`` overrides shipped values, so its values are the expected ones. Side indices
    that the caller may not read are left out.

    :param index: the read alias.
    :param only_types: return only the fields of another type, not those that are missing.
    """
    custom = installed_templates(client).get(CUSTOM, {}).get("template", {})
    products: dict[str, Any] = {}
    for component in (*component_templates().values(), {"template": custom}):
        products = merge_bodies(products, component["template"].get("mappings", {}))
    templates = index_templates(index)
    expected = {name: templates[name]["template"]["mappings"] for name in SIDE_INDICES}
    with cluster_errors("read the mappings"):
        installed = client.indices.get_mapping(
            index=[index, *SIDE_INDICES], ignore_unavailable=True
        )
    changed = _changed_types if only_types else _changed_paths
    drift = {
        name: tuple(changed(expected.get(name, products), entry["mappings"]))
        for name, entry in installed.items()
    }
    return {name: paths for name, paths in drift.items() if paths}


def _changed_paths(expected: Mapping[str, Any], installed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths of ``expected`` at which ``installed`` has no value or a different value."""
    values = dict(_leaves(installed))
    for path, value in _leaves(expected):
        if values.get(path) != value:
            yield path


def _changed_types(expected: Mapping[str, Any], installed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths of the fields that ``installed`` maps with another type."""
    types = {path: value for path, value in _leaves(installed) if path.endswith(".type")}
    for path, value in _leaves(expected):
        if types.get(path, value) != value:
            yield path


def _extra_paths(expected: Mapping[str, Any], installed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths of the values under ``template`` that only ``installed`` has."""
    expected_paths = {path for path, _ in _leaves(expected)}
    for path, _ in _leaves(installed):
        if path.startswith("template.") and path not in expected_paths:
            yield path


def _leaves(body: Mapping[str, Any], parent: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the value of each leaf; the value is a string in lower case."""
    for name, value in body.items():
        path = f"{parent}{name}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}.")
        elif (name, value) != ("type", "object"):  # Elasticsearch omits it if there are fields
            yield path, str(value).lower()

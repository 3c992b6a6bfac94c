"""Find templates and mappings in the cluster that differ from those that this package ships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import SIDE_INDICES
from gram_es.index.templates import CUSTOM, installed_templates, merge_bodies
from mappings import component_templates, index_templates

_SETTINGS = "gram-es@settings"


def drifted_templates(client: Elasticsearch, index: str) -> dict[str, tuple[str, ...]]:
    """Return the templates of our version whose content differs from ours, each with the paths.

    Templates of another version and missing ones are not listed.
    """
    installed = installed_templates(client)
    meta = installed.get(_SETTINGS, {}).get("_meta", {})
    language = {n: meta[n] for n in ("stemming", "language") if isinstance(meta.get(n), str)}
    shipped = {**component_templates(**language), **index_templates(index)}
    drift: dict[str, tuple[str, ...]] = {}
    for name, body in shipped.items():
        template = installed.get(name)
        if template is None or template.get("version") != body["version"]:
            continue
        paths = [*_changed_paths(body, template), *_extra_paths(body, template)]
        if paths:
            drift[name] = tuple(paths)
    return drift


def drifted_mappings(client: Elasticsearch, index: str) -> dict[str, tuple[str, ...]]:
    """Return the indices whose mapping lacks a value of ours or has another one, with the paths.

    The user's own component template ``gram-es@custom`` overrides ours. Side indices that the
    caller may not read are left out.

    :param index: the read alias.
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
    drift = {
        name: tuple(_changed_paths(expected.get(name, products), entry["mappings"]))
        for name, entry in installed.items()
    }
    return {name: paths for name, paths in drift.items() if paths}


def _changed_paths(expected: Mapping[str, Any], installed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths of ``expected`` that ``installed`` lacks or has with another value."""
    values = dict(_leaves(installed))
    for path, value in _leaves(expected):
        if values.get(path) != value:
            yield path


def _extra_paths(expected: Mapping[str, Any], installed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths under ``template`` that only ``installed`` has."""
    expected_paths = {path for path, _ in _leaves(expected)}
    for path, _ in _leaves(installed):
        if path.startswith("template.") and path not in expected_paths:
            yield path


def _leaves(body: Mapping[str, Any], parent: str = "") -> Iterator[tuple[str, str]]:
    """Yield each leaf's path and its value as a string, as Elasticsearch returns it."""
    for name, value in body.items():
        path = f"{parent}{name}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}.")
        elif (name, value) != ("type", "object"):  # Elasticsearch omits it where there are fields
            yield path, str(value).lower()

"""Where templates and mappings in the cluster are no longer those that this package ships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import SIDE_INDICES
from gram_es.index.templates import CUSTOM, installed_templates, merged
from mappings import component_templates, index_templates

_SETTINGS = "gram-es@settings"


def edited_templates(client: Elasticsearch, index: str) -> dict[str, tuple[str, ...]]:
    """Return the templates of our version that say something else, each with the paths.

    What another version says differs by right, and what is missing differs in everything: neither
    is listed.
    """
    installed = installed_templates(client)
    said = installed.get(_SETTINGS, {}).get("_meta", {})
    known = {n: said[n] for n in ("stemming", "language") if isinstance(said.get(n), str)}
    shipped = {**component_templates(**known), **index_templates(index)}
    edited: dict[str, tuple[str, ...]] = {}
    for name, body in shipped.items():
        found = installed.get(name)
        if found is None or found.get("version") != body["version"]:
            continue
        paths = [*_unlike(body, found), *_added(body, found)]
        if paths:
            edited[name] = tuple(paths)
    return edited


def unlike_mappings(client: Elasticsearch, index: str) -> dict[str, tuple[str, ...]]:
    """Return the indices whose mapping lacks what ours has, or has it otherwise, with the paths.

    The user's own component template has its say. Side indices that the caller may not look at
    are left out.

    :param index: the alias to read by.
    """
    custom = installed_templates(client).get(CUSTOM, {}).get("template", {})
    products: dict[str, Any] = {}
    for component in (*component_templates().values(), {"template": custom}):
        products = merged(products, component["template"].get("mappings", {}))
    templates = index_templates(index)
    expected = {name: templates[name]["template"]["mappings"] for name in SIDE_INDICES}
    with cluster_errors("read the mappings"):
        found = client.indices.get_mapping(index=[index, *SIDE_INDICES], ignore_unavailable=True)
    unlike = {
        name: tuple(_unlike(expected.get(name, products), entry["mappings"]))
        for name, entry in found.items()
    }
    return {name: paths for name, paths in unlike.items() if paths}


def _unlike(shipped: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths that are missing from ``found`` or have another value there."""
    held = dict(_leaves(found))
    for path, value in _leaves(shipped):
        if held.get(path) != value:
            yield path


def _added(shipped: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths under ``template`` that we do not ship."""
    known = dict(_leaves(shipped))
    for path, _ in _leaves(found):
        if path.startswith("template.") and path not in known:
            yield path


def _leaves(body: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield each value by its path, written as Elasticsearch gives it back: as a string."""
    for name, value in body.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}.")
        elif (name, value) != ("type", "object"):  # that of an object with fields goes unsaid
            yield path, str(value).lower()

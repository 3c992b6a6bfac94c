"""Component and index templates: put into the cluster, and compared with those we ship."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from elasticsearch import BadRequestError, Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.settings import current_settings
from mappings import Stemming, component_templates, index_templates, stem_filter

CUSTOM = "gram-es@custom"
_STEMMINGS: Final[tuple[Stemming, ...]] = ("stemmer", "hunspell")


@dataclass(frozen=True)
class TemplateState:
    """One template's version in the cluster (``None`` if it is not there) and in this package."""

    name: str
    installed: int | None
    shipped: int


def shipped_components(client: Elasticsearch) -> dict[str, dict[str, Any]]:
    """Return the component templates for the shop's language, as the cluster can stem it."""
    language = current_settings().language
    return component_templates(_stemming(client, language), language)


def _stemming(client: Elasticsearch, language: str) -> Stemming:
    """Ask the cluster how it can stem: by its own filter, by a dictionary, or not at all."""
    for stemming in _STEMMINGS:
        with cluster_errors("ask for the text analyzers"), suppress(BadRequestError):
            client.indices.analyze(
                tokenizer="standard", filter=[stem_filter(stemming, language)], text="-"
            )
            return stemming
    return "none"


def put_templates(client: Elasticsearch, index: str) -> None:
    """Put every template that gram-es ships, in the order that they need each other.

    :raises CatalogueIndexError: if the cluster holds templates of a newer gram-es.
    """
    _refuse_older(read_templates(client, index))
    with cluster_errors("put the templates"):
        for name, body in shipped_components(client).items():
            client.cluster.put_component_template(name=name, body=body)
        for name, body in index_templates(index).items():
            client.indices.put_index_template(name=name, body=body)


def _refuse_older(templates: tuple[TemplateState, ...]) -> None:
    newer = [t for t in templates if t.installed is not None and t.installed > t.shipped]
    if newer:
        names = ", ".join(f"{t.name} {t.installed} (ours: {t.shipped})" for t in newer)
        raise CatalogueIndexError(
            f"the cluster holds templates of a newer gram-es: {names}; upgrade this gram-es"
        )


def read_templates(client: Elasticsearch, index: str) -> tuple[TemplateState, ...]:
    """Return the version of each template in the cluster beside the one we ship."""
    installed = installed_templates(client)
    shipped = {**component_templates(), **index_templates(index)}
    return tuple(
        TemplateState(name, installed.get(name, {}).get("version"), body["version"])
        for name, body in shipped.items()
    )


def installed_templates(client: Elasticsearch) -> dict[str, dict[str, Any]]:
    """Return the bodies of our component templates and of all index templates, by name."""
    with cluster_errors("read the templates"):
        components = client.options(ignore_status=404).cluster.get_component_template(
            name="gram-es@*"
        )
        indices = client.indices.get_index_template()
    return {
        item["name"]: item[kind]
        for items, kind in (
            (components.get("component_templates", []), "component_template"),
            (indices["index_templates"], "index_template"),
        )
        for item in items
    }


def composed_body(client: Elasticsearch) -> dict[str, Any]:
    """Return settings and mappings of a products index, the user's own component included.

    For an index whose name no template matches; the templates need not be installed.
    """
    shipped = shipped_components(client)
    with cluster_errors(f"read the component template {CUSTOM}"):
        found = client.options(ignore_status=404).cluster.get_component_template(name=CUSTOM)
    custom = [item["component_template"] for item in found.get("component_templates", [])]
    body: dict[str, Any] = {}
    for component in [*shipped.values(), *custom]:
        body = merged(body, component["template"])
    return body


def lacking(shipped: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of ``shipped`` properties that ``found`` does not map, however it maps."""
    added: dict[str, Any] = {}
    for name, field in shipped.items():
        if name not in found:
            added[name] = field
        elif inner := lacking(field.get("properties", {}), found[name].get("properties", {})):
            added[name] = {"properties": inner}
    return added


def merged(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Return both bodies, key by key; where they disagree, ``upper`` stands."""
    both = dict(lower)
    for key, value in upper.items():
        below = lower.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            both[key] = merged(below, value)
        else:
            both[key] = value
    return both

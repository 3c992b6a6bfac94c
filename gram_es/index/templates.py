"""Put component and index templates into the cluster, and read the installed ones."""

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
"""The name of the user's own component template, which overrides the shipped ones."""
_STEMMINGS: Final[tuple[Stemming, ...]] = ("stemmer", "hunspell")


@dataclass(frozen=True)
class TemplateState:
    """The two versions of a template.

    ``installed`` is the version in the cluster, or ``None`` if the cluster lacks the template.
    ``shipped`` is the version in this package.
    """

    name: str
    installed: int | None
    shipped: int


def shipped_components(client: Elasticsearch) -> dict[str, dict[str, Any]]:
    """Return the component templates for the shop's language.

    They use the best kind of stemming that the cluster supports for this language.
    """
    language = current_settings().language
    return component_templates(_stemming(client, language), language)


def _stemming(client: Elasticsearch, language: str) -> Stemming:
    """Return the first of ``stemmer``, ``hunspell`` and ``none`` that the cluster supports."""
    for stemming in _STEMMINGS:
        with cluster_errors("check the text analyzers"), suppress(BadRequestError):
            client.indices.analyze(
                tokenizer="standard", filter=[stem_filter(stemming, language)], text="-"
            )
            return stemming
    return "none"


def put_templates(client: Elasticsearch, index: str) -> None:
    """Put every template that gram-es ships into the cluster, component templates first.

    :raises CatalogueIndexError: if the cluster has templates of a newer gram-es.
    """
    _check_not_newer(read_templates(client, index))
    with cluster_errors("put the templates"):
        for name, body in shipped_components(client).items():
            client.cluster.put_component_template(name=name, body=body)
        for name, body in index_templates(index).items():
            client.indices.put_index_template(name=name, body=body)


def _check_not_newer(templates: tuple[TemplateState, ...]) -> None:
    newer = [t for t in templates if t.installed is not None and t.installed > t.shipped]
    if newer:
        names = ", ".join(f"{t.name} {t.installed} (ours: {t.shipped})" for t in newer)
        raise CatalogueIndexError(
            f"the cluster has templates of a newer gram-es: {names}; upgrade this gram-es"
        )


def read_templates(client: Elasticsearch, index: str) -> tuple[TemplateState, ...]:
    """Return the installed and the shipped version of each template."""
    installed = installed_templates(client)
    shipped = {**component_templates(), **index_templates(index)}
    return tuple(
        TemplateState(name, installed.get(name, {}).get("version"), body["version"])
        for name, body in shipped.items()
    )


def installed_templates(client: Elasticsearch) -> dict[str, dict[str, Any]]:
    """Return the bodies of templates in the cluster by template name.

    These are the component templates ``gram-es@*`` and all index templates.
    """
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


def compose_index_body(client: Elasticsearch) -> dict[str, Any]:
    """Return the settings and mappings with which to create a products index.

    They are merged from the shipped component templates and the user's own one, ``gram-es@custom``.
    Use them for an index whose name matches no index template. The shipped templates need not be
    installed.
    """
    shipped = shipped_components(client)
    with cluster_errors(f"read the component template {CUSTOM}"):
        answer = client.options(ignore_status=404).cluster.get_component_template(name=CUSTOM)
    custom = [item["component_template"] for item in answer.get("component_templates", [])]
    body: dict[str, Any] = {}
    for component in [*shipped.values(), *custom]:
        body = merge_bodies(body, component["template"])
    return body


def missing_fields(shipped: Mapping[str, Any], installed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the ``shipped`` properties that ``installed`` does not map at all."""
    missing: dict[str, Any] = {}
    for name, field in shipped.items():
        if name not in installed:
            missing[name] = field
            continue
        inner = missing_fields(field.get("properties", {}), installed[name].get("properties", {}))
        if inner:
            missing[name] = {"properties": inner}
    return missing


def merge_bodies(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Return both bodies merged key by key; where both have a value, ``override`` is used."""
    result = dict(base)
    for key, value in override.items():
        base_value = base.get(key)
        if isinstance(base_value, dict) and isinstance(value, dict):
            result[key] = merge_bodies(base_value, value)
        else:
            result[key] = value
    return result

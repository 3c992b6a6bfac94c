"""The component and index templates that gram-es ships, and those that the cluster has."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, get_args

from elasticsearch import AuthorizationException, BadRequestError, Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.settings import current_settings
from mappings import Stemming, component_templates, index_templates, stem_filter

CUSTOM = "gram-es@custom"
"""The name of the user's own component template, which overrides the shipped ones."""
SETTINGS = "gram-es@settings"
"""The name of the component template with the text analysis, which depends on the language."""
_CHECKED: Final[tuple[Stemming, ...]] = ("stemmer", "hunspell")


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

    They use the best kind of stemming that the cluster supports for this language. A caller who may
    not check this gets the kind in the installed templates, or else Elasticsearch's own stemmer.
    """
    language = current_settings().language
    with cluster_errors("check the text analyzers"):
        try:
            stemming = supported_stemming(client, language)
        except AuthorizationException:
            stemming = _installed_stemming(client, language)
    return component_templates(stemming, language)


def supported_stemming(client: Elasticsearch, language: str) -> Stemming:
    """Return the first of ``stemmer``, ``hunspell`` and ``none`` that the cluster supports.

    :raises AuthorizationException: if the caller may not analyze text outside an index.
    """
    for stemming in _CHECKED:
        with suppress(BadRequestError):
            client.indices.analyze(
                tokenizer="standard", filter=[stem_filter(stemming, language)], text="-"
            )
            return stemming
    return "none"


def _installed_stemming(client: Elasticsearch, language: str) -> Stemming:
    meta = installed_templates(client).get(SETTINGS, {}).get("_meta", {})
    if meta.get("language") == language:
        for stemming in get_args(Stemming):
            if meta.get("stemming") == stemming:
                return stemming  # type: ignore[no-any-return]
    return "stemmer"


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

"""Install the templates of gram-es in a cluster, or refuse to create an index without them.

To put templates is a privilege over the whole cluster: whoever has it can give any new index an
alias, and so read and write what is in it. No role of gram-es has this privilege. A cluster
administrator installs the templates; all other commands only compare them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import AuthorizationException, Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterError
from gram_es.index.templates.bodies import (
    installed_templates,
    read_templates,
    shipped_components,
    supported_stemming,
)
from gram_es.index.templates.drift import differing_paths
from gram_es.settings import current_settings
from mappings import Stemming, component_templates, index_templates

INSTALL_TEMPLATES = (
    "a cluster administrator has to run gram-es index templates, "
    "or send the requests of gram-es index templates --print"
)
"""The remedy for templates that are missing or differ, as a clause."""
_MAX_SHOWN = 3


class TemplatesError(CatalogueIndexError):
    """The cluster lacks templates that a new index needs, and the caller may not put them."""

    exit_code = 1


@dataclass(frozen=True)
class TemplateRequest:
    """A request that puts one template into a cluster."""

    method: str
    path: str
    body: Mapping[str, Any]

    def __str__(self) -> str:
        """Return the request as the console of Kibana reads it."""
        return f"{self.method} {self.path}\n{json.dumps(self.body, indent=2, ensure_ascii=False)}\n"


def template_requests(index: str, language: str, stemming: Stemming) -> list[TemplateRequest]:
    """Return the requests that put every template of gram-es, in the order to send them in."""
    components, indices = component_templates(stemming, language), index_templates(index)
    return [
        TemplateRequest("PUT", f"/{kind}/{name}", body)
        for kind, bodies in (("_component_template", components), ("_index_template", indices))
        for name, body in bodies.items()
    ]


def put_templates(
    client: Elasticsearch, index: str, stemming: Stemming | None = None
) -> list[TemplateRequest]:
    """Put every template that gram-es ships into the cluster; return the requests that were sent.

    :param stemming: how text is stemmed; ``None`` stands for the best that the cluster supports.
    :raises CatalogueIndexError: if the cluster has templates of a newer gram-es.
    :raises ClusterError: if the caller may not manage templates.
    """
    _check_not_newer(client, index)
    language = current_settings().language
    kind = stemming or checked_stemming(client, language)
    with cluster_errors("put the templates"):
        for name, body in component_templates(kind, language).items():
            client.cluster.put_component_template(name=name, body=body)
        for name, body in index_templates(index).items():
            client.indices.put_index_template(name=name, body=body)
    return template_requests(index, language, kind)


def checked_stemming(client: Elasticsearch, language: str) -> Stemming:
    """Return the best kind of stemming that the cluster supports for ``language``.

    :raises ClusterError: if the caller may not check it.
    """
    with cluster_errors("check the text analyzers"):
        try:
            return supported_stemming(client, language)
        except AuthorizationException as error:
            raise ClusterError(
                f"this key may not check which stemming the cluster supports for {language}; use "
                "the key of a cluster administrator, or give --stemming"
            ) from error


def ensure_templates(client: Elasticsearch, index: str) -> None:
    """Put the templates if they differ from those that a new index needs.

    :raises TemplatesError: if they differ and the caller may not put them; the message has the
        remedy.
    :raises CatalogueIndexError: if the cluster has templates of a newer gram-es.
    """
    differences = template_differences(client, index)
    if not differences:
        return
    try:
        put_templates(client, index)
    except ClusterError as error:
        if not isinstance(error.__cause__, AuthorizationException):
            raise
        more = len(differences) - _MAX_SHOWN
        shown = [*differences[:_MAX_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        raise TemplatesError(
            f"the cluster lacks templates that a new index needs ({', '.join(shown)}), and this "
            f"key may not put them; {INSTALL_TEMPLATES}"
        ) from None


def template_differences(client: Elasticsearch, index: str) -> list[str]:
    """Return, as clauses of text, how the templates in the cluster differ from the needed ones.

    :raises CatalogueIndexError: if the cluster has templates of a newer gram-es.
    """
    _check_not_newer(client, index)
    installed = installed_templates(client)
    needed = {**shipped_components(client), **index_templates(index)}
    clauses = (_difference(name, body, installed.get(name)) for name, body in needed.items())
    return [clause for clause in clauses if clause]


def _difference(name: str, needed: Mapping[str, Any], installed: Mapping[str, Any] | None) -> str:
    if installed is None:
        return f"{name} is missing"
    if installed.get("version") != needed["version"]:
        return f"{name} has version {installed.get('version')} instead of {needed['version']}"
    language, shop_language = (
        body.get("_meta", {}).get("language") for body in (installed, needed)
    )
    if language != shop_language:
        return f"{name} is for {language} instead of {shop_language}"
    paths = differing_paths(needed, installed)
    return f"{name} was changed in {paths[0]}" if paths else ""


def _check_not_newer(client: Elasticsearch, index: str) -> None:
    templates = read_templates(client, index)
    newer = [t for t in templates if t.installed is not None and t.installed > t.shipped]
    if newer:
        names = ", ".join(f"{t.name} {t.installed} (ours: {t.shipped})" for t in newer)
        raise CatalogueIndexError(
            f"the cluster has templates of a newer gram-es: {names}; upgrade this gram-es"
        )

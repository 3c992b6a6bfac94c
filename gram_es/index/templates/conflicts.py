"""Find foreign index templates that would replace those of gram-es, or did when an index was made.

Elasticsearch applies one index template to a new index: of those whose patterns match its name, the
one with the highest priority.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.names import SIDE_INDICES, concrete_index
from gram_es.index.templates.bodies import installed_templates
from gram_es.index.templates.drift import drifted_mappings
from mappings import index_templates


class TemplateConflictError(CatalogueIndexError):
    """An index would not get, or did not get, what the templates of gram-es contain."""

    exit_code = 1


@dataclass(frozen=True)
class TemplateConflict:
    """A foreign index template that takes precedence over one of gram-es.

    ``own`` is the name of the template of gram-es, and ``index`` that of an index that gets the
    ``foreign`` template instead.
    """

    index: str
    own: str
    own_priority: int
    foreign: str
    priority: int
    patterns: tuple[str, ...]

    def __str__(self) -> str:
        patterns = ", ".join(self.patterns)
        return (
            f"the index template {self.foreign} (pattern {patterns}, priority {self.priority:,}) "
            f"takes precedence over {self.own} for {self.index}"
        )

    @property
    def remedy(self) -> str:
        """What the operator can do, as a clause."""
        return (
            f"exclude {self.own} from the patterns of {self.foreign}, or lower its priority below "
            f"{self.own_priority:,}"
        )


def template_conflicts(client: Elasticsearch, alias: str) -> list[TemplateConflict]:
    """Return the conflicts for the next products index behind ``alias`` and the side indices.

    A foreign template that contains all components of the template of gram-es is none.
    """
    installed = installed_templates(client)
    own_templates = index_templates(alias)
    names = {concrete_index(alias, datetime.now(UTC)): alias, **{n: n for n in SIDE_INDICES}}
    conflicts = []
    for index, own in names.items():
        applied = _applied(installed, index)
        if applied in (None, own) or _contains(installed[applied], own_templates[own]):
            continue
        foreign = installed[applied]
        priorities = own_templates[own]["priority"], applied, _priority(foreign)
        conflicts.append(TemplateConflict(index, own, *priorities, (*foreign["index_patterns"],)))
    return conflicts


def check_no_conflicts(client: Elasticsearch, alias: str, missing: Collection[str]) -> None:
    """Check that the templates of gram-es will apply to new indices.

    :param missing: the side indices that are to be created, and ``alias`` if a products index is.
    :raises TemplateConflictError: if a foreign template takes precedence; the message names it.
    """
    for conflict in template_conflicts(client, alias):
        if conflict.own in missing:
            raise TemplateConflictError(f"{conflict}; {conflict.remedy}")


def check_as_shipped(client: Elasticsearch, alias: str, index: str) -> None:
    """Check that a products index and the side indices have the text analysis and types of fields.

    Fields that an index lacks are not reported.

    :param index: the products index behind ``alias``.
    :raises TemplateConflictError: if an index differs; the message names the foreign template from
        which the difference may come.
    """
    with cluster_errors(f"read the settings of {index}"):
        (answer,) = client.indices.get_settings(index=index).body.values()
    if "analysis" not in answer["settings"]["index"]:
        raise _not_as_shipped(client, alias, index, "it has no text analysis")
    for name, paths in drifted_mappings(client, alias, only_types=True).items():
        raise _not_as_shipped(client, alias, name, f"it differs in {', '.join(paths[:3])}")


def _not_as_shipped(
    client: Elasticsearch, alias: str, index: str, difference: str
) -> TemplateConflictError:
    conflict = next(iter(template_conflicts(client, alias)), None)
    cause = f"; {conflict}; {conflict.remedy}, then" if conflict else ";"
    is_products = index not in SIDE_INDICES
    copy = ", or copy its products to a new one with gram-es index migrate" if is_products else ""
    return TemplateConflictError(
        f"{index} is not as gram-es creates it: {difference}{cause} delete the index and run the "
        f"command again{copy}"
    )


def _applied(installed: Mapping[str, Mapping[str, Any]], index: str) -> str | None:
    """Return the name of the index template that Elasticsearch applies to a new index."""
    matching = [
        name
        for name, template in installed.items()
        if any(fnmatchcase(index, pattern) for pattern in template.get("index_patterns", ()))
    ]
    return max(matching, key=lambda name: _priority(installed[name]), default=None)


def _priority(template: Mapping[str, Any]) -> int:
    return int(template.get("priority", 0))


def _contains(template: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Return whether ``template`` is composed of all components of ``own``, if it has any."""
    components = own.get("composed_of", [])
    optional = own.get("ignore_missing_component_templates", [])
    required = set(components) - set(optional)
    return bool(required) and required <= set(template.get("composed_of", ()))

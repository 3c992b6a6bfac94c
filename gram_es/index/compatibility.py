"""Find the reasons why an index has to be replaced by a new one.

The schema, the text analysis, the BM25 and the number of shards of an existing index are fixed.
"""

from __future__ import annotations

from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.lifecycle import LiveIndex
from gram_es.index.templates.bodies import compose_index_body
from mappings import SCHEMA

_FIXED_AT_CREATION = {
    "analysis": "another text analyzer",
    "similarity": "another BM25",
    "number_of_shards": "another number of shards",
}


def incompatibilities(client: Elasticsearch, live: LiveIndex) -> list[str]:
    """Return, as clauses of text, how ``live`` differs from an index created now.

    Only differences that need a new index are returned; an empty list means that there are none.
    """
    clauses = []
    if live.schema not in (None, SCHEMA):
        clauses.append(f"documents of schema {live.schema}, where this gram-es writes {SCHEMA}")
    expected = compose_index_body(client)["settings"]["index"]
    with cluster_errors(f"read the settings of {live.index}"):
        (answer,) = client.indices.get_settings(index=live.index).body.values()
    stored = answer["settings"]["index"]
    differences = [
        description
        for name, description in _FIXED_AT_CREATION.items()
        if stringify_settings(expected.get(name)) != stringify_settings(stored.get(name))
    ]
    if differences:
        clauses.append(f"{' and '.join(differences)} than the templates have now")
    return clauses


def stringify_settings(value: Any) -> Any:
    """Return ``value`` with all its leaves as strings, as in settings from Elasticsearch."""
    if isinstance(value, dict):
        return {name: stringify_settings(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [stringify_settings(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)

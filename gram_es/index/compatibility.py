"""What only a new index mends: the old one was made for other documents or another text search."""

from __future__ import annotations

from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.lifecycle import LiveIndex
from gram_es.index.templates import composed_body
from mappings import SCHEMA

_FIXED_AT_CREATION = {
    "analysis": "another text analyzer",
    "similarity": "another BM25",
    "number_of_shards": "another number of shards",
}


def obstacles(client: Elasticsearch, found: LiveIndex) -> list[str]:
    """Return in what an index that is made now would differ, a clause each."""
    differences = []
    if found.schema not in (None, SCHEMA):
        differences.append(
            f"documents of schema {found.schema}, where this gram-es writes {SCHEMA}"
        )
    wanted = composed_body(client)["settings"]["index"]
    with cluster_errors(f"read the settings of {found.index}"):
        (answer,) = client.indices.get_settings(index=found.index).body.values()
    held = answer["settings"]["index"]
    others = [
        meaning
        for name, meaning in _FIXED_AT_CREATION.items()
        if as_kept(wanted.get(name)) != as_kept(held.get(name))
    ]
    if others:
        differences.append(f"{' and '.join(others)} than the templates have now")
    return differences


def as_kept(value: Any) -> Any:
    """Return settings as Elasticsearch gives them back: every leaf a string."""
    if isinstance(value, dict):
        return {name: as_kept(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_kept(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)

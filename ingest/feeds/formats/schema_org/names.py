"""Property names without prefixes: ``name`` for ``schema:name`` and ``https://schema.org/name``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

_PREFIXES = ("schema:", "https://schema.org/", "http://schema.org/")
_ALIASES = {"id": "@id", "type": "@type", "graph": "@graph"}  # of schema.org's own context
_SAMPLE = 3
_MAX_DEPTH = 16


def with_local_names(document: Any) -> Any:
    """Return a JSON value with local names of properties; most values need no change."""
    sample = list(_first_nodes(document))
    has_prefixes = any(name.startswith(_PREFIXES) for node in sample for name in node)
    has_aliases = any("@context" in n and "@type" not in n and "type" in n for n in sample)
    if not (has_prefixes or has_aliases):
        return document
    return _renamed(document, _ALIASES if has_aliases else {}, 0)


def _first_nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the first objects in a value and in its lists."""
    for item in islice(value, _SAMPLE) if isinstance(value, list) else (value,):
        if isinstance(item, dict):
            yield item
            for inner in item.values():
                if isinstance(inner, list):
                    yield from (node for node in inner[:_SAMPLE] if isinstance(node, dict))


def _renamed(value: Any, aliases: Mapping[str, str], depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [_renamed(item, aliases, depth + 1) for item in value]
    if isinstance(value, dict):
        return {
            aliases.get(name, _local(name)): _renamed(inner, aliases, depth + 1)
            for name, inner in value.items()
        }
    return value


def _local(name: str) -> str:
    prefix = next(filter(name.startswith, _PREFIXES), "")
    return name[len(prefix) :]

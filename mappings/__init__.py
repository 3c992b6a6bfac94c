"""What gram-es puts into Elasticsearch and Kibana: JSON files, and the loader that reads them.

The files stand for the index ``products-gram`` and can be sent as they are; the loader puts
another index's name in its place.
"""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

SCHEMA = 2
"""The version of the document's schema; it stands in the name of every index of products."""

DEFAULT_INDEX = "products-gram"

Analysis = Literal["english", "hunspell"]
"""How text is stemmed: by Elasticsearch's own filter, or by a dictionary that lies on its nodes."""

Body = dict[str, Any]


def component_templates(analysis: Analysis) -> dict[str, Body]:
    """Return the bodies of the component templates by name, with ``analysis`` for the text."""
    folder = files(__name__) / "component_templates"
    return {
        "gram-es@settings": _read(folder / f"gram-es@settings.{analysis}.json"),
        "gram-es@mappings": _read(folder / "gram-es@mappings.json"),
    }


def index_templates(index: str = DEFAULT_INDEX) -> dict[str, Body]:
    """Return the bodies of the index templates by name: products, and the side indices."""
    folder = files(__name__) / "index_templates"
    products = _read(folder / f"{DEFAULT_INDEX}.json", index)
    kept = ("ledger", "dead", "state", "overrides", "heads", "queries")
    side = [f"gram-es-{name}" for name in kept]
    return {index: products, **{name: _read(folder / f"{name}.json") for name in side}}


def roles(index: str = DEFAULT_INDEX) -> dict[str, Body]:
    """Return the role descriptors by name: who installs, ingests, searches, administers."""
    folder = files(__name__) / "roles"
    names = [f"gram-es-{task}" for task in ("install", "ingest", "search", "admin")]
    return {name: _read(folder / f"{name}.json", index) for name in names}


def saved_objects(index: str = DEFAULT_INDEX) -> str:
    """Return Kibana's saved objects as NDJSON: data views, saved searches, dashboard, their tag."""
    text = (files(__name__) / "kibana" / "gram-es.ndjson").read_text(encoding="utf-8")
    return text.replace(f'"title":"{DEFAULT_INDEX}"', f'"title":"{index}"')


def _read(file: Traversable, index: str = DEFAULT_INDEX) -> Body:
    text = file.read_text(encoding="utf-8").replace(f'"{DEFAULT_INDEX}', f'"{index}')
    body = json.loads(text)
    assert isinstance(body, dict)
    return body

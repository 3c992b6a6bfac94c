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

Stemming = Literal["stemmer", "hunspell", "none"]
"""How text is stemmed: by Elasticsearch's own filter, a dictionary on its nodes, or not at all."""

Body = dict[str, Any]

_LOCALES = {
    "danish": "da_DK",
    "dutch": "nl_NL",
    "english": "en_US",
    "french": "fr_FR",
    "german": "de_DE",
    "hungarian": "hu_HU",
    "italian": "it_IT",
    "norwegian": "nb_NO",
    "polish": "pl_PL",
    "portuguese": "pt_PT",
    "russian": "ru_RU",
    "spanish": "es_ES",
    "swedish": "sv_SE",
    "ukrainian": "uk_UA",
}


def stem_filter(stemming: Stemming, language: str) -> Body:
    """Return the token filter that stems ``language``; with ``none`` one that changes nothing."""
    match stemming:
        case "stemmer":
            return {"type": "stemmer", "language": language}
        case "hunspell":
            return {"type": "hunspell", "locale": _LOCALES.get(language, language), "dedup": True}
        case "none":
            return {"type": "stop", "stopwords": "_none_"}


def component_templates(
    stemming: Stemming = "stemmer", language: str = "english"
) -> dict[str, Body]:
    """Return the bodies of the component templates by name, for text that is stemmed so."""
    folder = files(__name__) / "component_templates"
    settings = _read(folder / "gram-es@settings.json")
    settings["_meta"] |= {"language": language, "stemming": stemming}
    settings["template"]["settings"]["index"]["analysis"]["filter"] = {
        "gram_stem": stem_filter(stemming, language)
    }
    return {
        "gram-es@settings": settings,
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

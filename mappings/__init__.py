"""The JSON files that gram-es sends to Elasticsearch and Kibana, and functions that load them.

The files contain the index name ``products-gram`` and can be sent unchanged. The functions can
replace this name by another one.
"""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

SCHEMA = 4
"""The version of the documents' schema; the name of every products index contains it."""

DEFAULT_INDEX = "products-gram"

Stemming = Literal["stemmer", "hunspell", "none"]
"""How text is stemmed: by Elasticsearch's own filter, a dictionary on the nodes, or not at all."""

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
    """Return the token filter that stems ``language``; ``none`` gives a filter without effect."""
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
    """Return the bodies of the component templates by template name."""
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
    """Return the bodies of the index templates by template name.

    There is one template for the products index, whose read alias is ``index``, and one for each
    side index. A side index contains data of gram-es other than products, such as overrides.
    """
    folder = files(__name__) / "index_templates"
    products = _read(folder / f"{DEFAULT_INDEX}.json", index)
    purposes = ("ledger", "dead", "state", "overrides", "precomputed", "queries")
    side_indices = [f"gram-es-{purpose}" for purpose in purposes]
    return {index: products, **{name: _read(folder / f"{name}.json") for name in side_indices}}


def enrichments_index() -> Body:
    """Return the body of the index that keeps enrichments of the products of shops' own indices."""
    return _read(files(__name__) / "shop_index" / "gram-es-enrichments.json")


def enrich_role(shop_index: str, index: str = DEFAULT_INDEX) -> Body:
    """Return the descriptor of the role that writes codes into the shop's own index."""
    text = json.dumps(_read(files(__name__) / "shop_index" / "gram-es-enrich.json", index))
    body = json.loads(text.replace('"wares', f'"{shop_index}'))
    assert isinstance(body, dict)
    return body


def roles(index: str = DEFAULT_INDEX) -> dict[str, Body]:
    """Return the descriptors of Elasticsearch roles by role name.

    There is one role each for installing, ingesting, searching and administering.
    """
    folder = files(__name__) / "roles"
    names = [f"gram-es-{task}" for task in ("install", "ingest", "search", "admin")]
    return {name: _read(folder / f"{name}.json", index) for name in names}


def search_templates() -> dict[str, Body]:
    """Return the bodies of stored search templates by name, for a shop's own queries."""
    folder = files(__name__) / "search_templates"
    return {"gram-es-codes": _read(folder / "gram-es-codes.json")}


def saved_objects(index: str = DEFAULT_INDEX) -> str:
    """Return Kibana's saved objects as NDJSON: data views, searches, a dashboard and a tag."""
    text = (files(__name__) / "kibana" / "gram-es.ndjson").read_text(encoding="utf-8")
    return text.replace(f'"title":"{DEFAULT_INDEX}"', f'"title":"{index}"')


def _read(file: Traversable, index: str = DEFAULT_INDEX) -> Body:
    text = file.read_text(encoding="utf-8").replace(f'"{DEFAULT_INDEX}', f'"{index}')
    body = json.loads(text)
    assert isinstance(body, dict)
    return body

"""Checks of the index: templates, aliases, mappings, model, codes, analyzer, ignored values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from elasticsearch import Elasticsearch, NotFoundError

from gram_es.errors import ModelError
from gram_es.index.compatibility import stringify_settings
from gram_es.index.lifecycle import live_index
from gram_es.index.names import SIDE_INDICES, write_alias
from gram_es.index.slots import CODES_ALIAS, codes_field
from gram_es.index.templates.bodies import read_templates
from gram_es.index.templates.conflicts import template_conflicts
from gram_es.index.templates.drift import drifted_mappings, drifted_templates
from gram_es.index.templates.install import INSTALL_TEMPLATES
from gram_es.model.manifest import read_manifest
from gram_es.text.languages import ENGLISH, OTHER, Language
from ingest.doctor.findings import Finding, Site, failure, live_fingerprint, ok, short, warning
from mappings import stem_filter

_INSTALL = "run gram-es index install --model DIR"
_FULL_INGEST = "run gram-es ingest FEED --wait for each full feed, with a worker of the live model"
_ENRICH = "run gram-es enrich INDEX --mapping FILE, which lists the documents without codes"
_MAX_SHOWN = 3
# Pairs of a word in a query and a word in a product that must have the same stem.
_SAME_STEM_PAIRS = (("Drills", "drill"), ("batteries", "battery"), ("WRENCHES", "wrench"))
_DIFFERENT_STEM_PAIR = ("drill", "battery")


def templates(site: Site) -> Iterator[Finding]:
    """Check the templates in the cluster against those that this gram-es ships.

    Also check that no foreign template takes precedence over them.
    """
    name = site.settings.index
    states = read_templates(site.client, name)
    are_as_shipped = True
    for conflict in template_conflicts(site.client, name):
        are_as_shipped = False
        yield failure(str(conflict), f"{conflict.remedy}, then {_INSTALL}")
    for state in states:
        if state.installed == state.shipped:
            continue
        are_as_shipped = False
        installed = "missing" if state.installed is None else f"version {state.installed}"
        message = f"{state.name} is {installed}, this gram-es ships version {state.shipped}"
        is_newer = state.installed is not None and state.installed > state.shipped
        yield warning(message, "upgrade this gram-es" if is_newer else INSTALL_TEMPLATES)
    for template, paths in drifted_templates(site.client, name).items():
        are_as_shipped = False
        yield warning(
            f"{template} was edited: {_shortened(paths)}",
            f"move your settings to the component template gram-es@custom; {INSTALL_TEMPLATES}",
        )
    if are_as_shipped:
        yield ok(f"{len(states)} templates, all as shipped")


def aliases(site: Site) -> Iterator[Finding]:
    """Check that the read alias and the write alias point to one and the same index."""
    read = site.settings.index
    read_from = _indices_behind(site.client, read)
    written = _indices_behind(site.client, write_alias(read))
    write_to = [name for name, entry in written.items() if entry.get("is_write_index", True)]
    if read in site.client.indices.get(index=read, ignore_unavailable=True):
        yield failure(f"{read} is an index, not an alias", "set GRAM_ES_INDEX to another name")
    elif len(read_from) != 1:
        yield failure(f"{read} points to {_joined(read_from)}", _alias_remedy(read))
    elif len(write_to) != 1:
        yield failure(f"{write_alias(read)} writes to {_joined(write_to)}", _alias_remedy(read))
    elif [*read_from] != write_to:
        yield warning(
            f"searches read {_joined(read_from)}, ingest writes to {_joined(write_to)}",
            f"unless a migration is running, point both aliases to one index: {_INSTALL}",
        )
    else:
        yield ok(f"{read} and {write_alias(read)} point to {write_to[0]}")


def _indices_behind(client: Elasticsearch, alias: str) -> dict[str, dict[str, bool]]:
    """Return the indices an alias points to, each with its options, such as ``is_write_index``."""
    try:
        answer = client.indices.get_alias(name=alias)
    except NotFoundError:
        return {}
    return {name: entry["aliases"][alias] for name, entry in answer.items()}


def _alias_remedy(index: str) -> str:
    return f"point {index} and {write_alias(index)} to one index (POST /_aliases), or {_INSTALL}"


def side_indices(site: Site) -> Iterator[Finding]:
    """Check that all indices other than the product index exist: ledger, dead letters and so on."""
    existing = site.client.indices.get_settings(index=list(SIDE_INDICES), ignore_unavailable=True)
    missing = [name for name in SIDE_INDICES if name not in existing]
    if missing:
        yield warning(
            f"missing, or not readable with this key: {', '.join(missing)}",
            f"{_INSTALL}, or use a key of the role mappings/roles/gram-es-ingest.json",
        )
    else:
        yield ok(f"all {len(SIDE_INDICES)} exist")


def mappings(site: Site) -> Iterator[Finding]:
    """Check the mappings of the existing indices against those that this gram-es ships.

    Templates apply only to new indices, so an upgrade of gram-es does not change these mappings.
    """
    drifted = drifted_mappings(site.client, site.settings.index)
    for name, paths in drifted.items():
        yield warning(
            f"the mapping of {name} differs from the shipped one: {_shortened(paths)}",
            f"to add missing fields, {_INSTALL}"
            if name in SIDE_INDICES
            else f"to add missing fields, {_INSTALL}; to change the type of a field, copy the "
            "products into a new index with gram-es index migrate --model DIR",
        )
    if not drifted:
        yield ok("all mappings are as shipped")


def model(site: Site) -> Iterator[Finding]:
    """Check that the model in the folder is the live one, whose codes the search uses."""
    live = live_index(site.client, site.settings.index)
    try:
        fingerprint = read_manifest(site.model_dir).fingerprint
    except ModelError as error:
        yield warning(str(error), "or set --model or GRAM_ES_MODEL to another folder")
        return
    live_model = live_fingerprint(live)
    if fingerprint == live_model:
        yield ok(f"the model in {site.model_dir} and {live.index} are both {short(fingerprint)}")
        return
    is_stored = fingerprint in {slot.fingerprint for slot in live.slots.values()}
    yield (warning if is_stored else failure)(
        f"the model in {site.model_dir} is {short(fingerprint)}, but the live codes of "
        f"{live.index} come from {short(live_model)}",
        "use the folder of that model (--model, GRAM_ES_MODEL), or make this model live with "
        f"gram-es index migrate --model {site.model_dir}",
    )


def codes(site: Site) -> Iterator[Finding]:
    """Check that every product has codes of the live model, and the search uses these codes."""
    live = live_index(site.client, site.settings.index)
    live_model = live_fingerprint(live)
    if live.live_slot is None or live_model is None:
        yield failure(f"{live.index} has no live slot", _INSTALL)
        return
    mapping = site.client.indices.get_mapping(index=live.index)[live.index]["mappings"]
    path = mapping["properties"].get(CODES_ALIAS, {}).get("path")
    if path != codes_field(live.live_slot):
        yield failure(
            f"{CODES_ALIAS} points to {path}, not to {codes_field(live.live_slot)}", _INSTALL
        )
    has_live_codes = {"term": {f"gram.{live.live_slot}.model": live_model}}
    products = site.client.count(index=live.index)["count"]
    coded = site.client.count(index=live.index, query=has_live_codes)["count"]
    message = f"{coded:,} of {products:,} products have the codes of {short(live_model)}"
    remedy = _ENRICH if live.is_shops else _FULL_INGEST
    yield ok(message) if coded == products else warning(message, remedy)


def analyzer(site: Site) -> Iterator[Finding]:
    """Check that the index matches the forms of one word, but does not match different words."""
    if site.settings.language != ENGLISH:
        yield from _stemming(site)
        return
    unmatched = [
        f"{typed} and {stored}"
        for typed, stored in _SAME_STEM_PAIRS
        if not _terms(site, typed) & _terms(site, stored)
    ]
    if unmatched:
        yield warning(
            f"the field text treats as different words: {', '.join(unmatched)}",
            "if your shop is not English, set GRAM_ES_LANGUAGE; if gram-es@custom has an analyzer "
            "of your own, nothing is wrong; otherwise rebuild the index with gram-es index migrate "
            "on a cluster that can stem English",
        )
    elif _terms(site, _DIFFERENT_STEM_PAIR[0]) & _terms(site, _DIFFERENT_STEM_PAIR[1]):
        yield failure(
            f"the field text treats {' and '.join(_DIFFERENT_STEM_PAIR)} as one word",
            "correct the analyzer gram_text in gram-es@custom, then rebuild the index with gram-es "
            "index migrate",
        )
    else:
        pairs = ", ".join("/".join(pair) for pair in _SAME_STEM_PAIRS)
        yield ok(f"the field text treats as one word: {pairs}")


def _stemming(site: Site) -> Iterator[Finding]:
    """Check that the index stems words in the configured language, unless this is English."""
    language = site.settings.language
    for index, answer in site.client.indices.get_settings(index=site.settings.index).items():
        analysis = answer["settings"]["index"].get("analysis", {})
        analyzer = analysis.get("analyzer", {}).get("gram_text", {})
        stemmer = analysis.get("filter", {}).get("gram_stem")
        stemmed_language = _language_of(stemmer)
        if analyzer.get("type") != "custom" or "gram_stem" not in analyzer.get("filter", ()):
            yield ok("the field text has an analyzer of your own")
        elif stemmed_language == language or (
            stemmed_language is None
            and stemmer != stringify_settings(stem_filter("none", language))
        ):
            yield ok(f"the field text stems {language}")
        elif stemmed_language is not None:
            yield failure(
                f"the field text of {index} stems {stemmed_language}, but GRAM_ES_LANGUAGE is "
                f"{language}",
                "rebuild the index with gram-es index migrate, or correct GRAM_ES_LANGUAGE",
            )
        elif language == OTHER:
            yield ok(f"the field text stems no words, as GRAM_ES_LANGUAGE is {language}")
        else:
            yield warning(
                f"the field text does not stem {language}: the forms of a word do not match",
                "add an analyzer gram_text of your own to gram-es@custom, then rebuild the index "
                "with gram-es index migrate",
            )


def _language_of(stemmer: Mapping[str, str] | None) -> str | None:
    """Return the language of a stem filter, or ``None`` if gram-es does not define the filter."""
    languages = (
        language
        for language in get_args(Language)
        for stemming in ("stemmer", "hunspell")
        if stemmer == stringify_settings(stem_filter(stemming, language))
    )
    return next(languages, None)


def _terms(site: Site, word: str) -> set[str]:
    """Return the terms into which the analyzer of the index turns a word.

    The request needs only the privilege ``read``.
    """
    answer = site.client.termvectors(
        index=site.settings.index,
        doc={"text": word},
        fields=["text"],
        offsets=False,
        positions=False,
        field_statistics=False,
    )
    return set(answer["term_vectors"].get("text", {}).get("terms", {}))


def ignored_values(site: Site) -> Iterator[Finding]:
    """Check for values that Elasticsearch did not index because they are too long."""
    answer = site.client.search(
        index=site.settings.index,
        query={"exists": {"field": "_ignored"}},
        size=_MAX_SHOWN,
        source=False,
        track_total_hits=True,
        aggs={"fields": {"terms": {"field": "_ignored", "size": 20}}},
    )
    total = answer["hits"]["total"]["value"]
    if not total:
        yield ok("all values of all products are indexed")
        return
    buckets = answer["aggregations"]["fields"]["buckets"]
    fields = [f"{bucket['key']} ({bucket['doc_count']:,})" for bucket in buckets]
    ids = [hit["_id"] for hit in answer["hits"]["hits"]]
    yield warning(
        f"{total:,} products have values too long to be searched: {', '.join(fields)}; "
        f"for example {', '.join(ids)}",
        'shorten the values in the feed; the query {"exists": {"field": "_ignored"}} lists the '
        "products",
    )


def _shortened(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _MAX_SHOWN} more" if len(paths) > _MAX_SHOWN else ""
    return ", ".join(paths[:_MAX_SHOWN]) + more


def _joined(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "no index"

"""Checks of the index: templates, aliases, mapping, whose codes it holds, how it reads words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from elasticsearch import Elasticsearch, NotFoundError

from gram_es.errors import ModelError
from gram_es.index.compatibility import as_kept
from gram_es.index.lifecycle import live_index
from gram_es.index.names import SIDE_INDICES, write_alias
from gram_es.index.slots import CODES_ALIAS, codes_field
from gram_es.index.template_drift import edited_templates, unlike_mappings
from gram_es.index.templates import read_templates
from gram_es.model.manifest import read_manifest
from gram_es.text.languages import ENGLISH, OTHER, Language
from ingest.doctor.findings import Finding, Site, failure, live_fingerprint, ok, short, warning
from mappings import stem_filter

_INSTALL = "gram-es index install --model DIR"
_FULL_INGEST = "gram-es ingest FEED --wait, with a worker of the live model"
_SHOWN = 3
# What is typed, and what has to find it.
_SAME_WORD = (("Drills", "drill"), ("batteries", "battery"), ("WRENCHES", "wrench"))
_OTHER_WORD = ("drill", "battery")


def templates(site: Site) -> Iterator[Finding]:
    """Check the cluster's templates against those that this package ships."""
    name = site.settings.index
    states = read_templates(site.client, name)
    whole = True
    for state in states:
        if state.installed == state.shipped:
            continue
        whole = False
        held = "missing" if state.installed is None else f"version {state.installed}"
        found = f"{state.name} is {held}, this gram-es ships version {state.shipped}"
        is_newer = state.installed is not None and state.installed > state.shipped
        yield warning(found, "upgrade this gram-es" if is_newer else _INSTALL)
    for template, paths in edited_templates(site.client, name).items():
        whole = False
        yield warning(
            f"{template} was edited: {_some(paths)}",
            f"put your own settings into the component template gram-es@custom, then {_INSTALL}",
        )
    if whole:
        yield ok(f"{len(states)} templates, all as shipped")


def aliases(site: Site) -> Iterator[Finding]:
    """Check that each of the two aliases leads to one index, and both to the same."""
    read = site.settings.index
    read_from = _indices_behind(site.client, read)
    written = _indices_behind(site.client, write_alias(read))
    write_to = [name for name, entry in written.items() if entry.get("is_write_index", True)]
    if read in site.client.indices.get(index=read, ignore_unavailable=True):
        yield failure(f"{read} is an index, not an alias", "set GRAM_ES_INDEX to another name")
    elif len(read_from) != 1:
        yield failure(f"{read} leads to {_listed(read_from)}", _one_alias(read))
    elif len(write_to) != 1:
        yield failure(f"{write_alias(read)} writes to {_listed(write_to)}", _one_alias(read))
    elif [*read_from] != write_to:
        yield warning(
            f"searches read {_listed(read_from)}, ingest writes to {_listed(write_to)}",
            f"let both aliases lead to one index, unless a migration is under way: {_INSTALL}",
        )
    else:
        yield ok(f"{read} and {write_alias(read)} lead to {write_to[0]}")


def _indices_behind(client: Elasticsearch, alias: str) -> dict[str, dict[str, bool]]:
    """Return the indices behind an alias, each with what the alias says of it."""
    try:
        found = client.indices.get_alias(name=alias)
    except NotFoundError:
        return {}
    return {name: entry["aliases"][alias] for name, entry in found.items()}


def _one_alias(index: str) -> str:
    return f"leave {index} and {write_alias(index)} on one index (POST /_aliases), or {_INSTALL}"


def side_indices(site: Site) -> Iterator[Finding]:
    """Check that what stands beside the products is there: ledger, dead letters, state, ..."""
    found = site.client.indices.get_settings(index=list(SIDE_INDICES), ignore_unavailable=True)
    missing = [name for name in SIDE_INDICES if name not in found]
    if missing:
        yield warning(
            f"there is no {', no '.join(missing)}, or this key may not look at it",
            f"{_INSTALL}, or use a key of the role mappings/roles/gram-es-ingest.json",
        )
    else:
        yield ok(f"all {len(SIDE_INDICES)} are there")


def mappings(site: Site) -> Iterator[Finding]:
    """Check how the indices are mapped: templates reach new ones only."""
    unlike = unlike_mappings(site.client, site.settings.index)
    for name, paths in unlike.items():
        yield warning(
            f"{name} is not mapped as this gram-es maps it: {_some(paths)}",
            f"add what it lacks: {_INSTALL}"
            if name in SIDE_INDICES
            else f"add what it lacks: {_INSTALL}; a field that is mapped otherwise keeps its first "
            "mapping: copy the catalogue into a new index with gram-es index migrate --model DIR",
        )
    if not unlike:
        yield ok("the indices are mapped as shipped")


def model(site: Site) -> Iterator[Finding]:
    """Check that the model in the folder is the one whose codes are live."""
    live = live_index(site.client, site.settings.index)
    try:
        own = read_manifest(site.model_dir).fingerprint
    except ModelError as error:
        yield warning(str(error), "or name another folder with --model or GRAM_ES_MODEL")
        return
    held = live_fingerprint(live)
    if own == held:
        yield ok(f"the model in {site.model_dir} and {live.index} are both {short(own)}")
        return
    is_kept = own in {slot.fingerprint for slot in live.slots.values()}
    yield (warning if is_kept else failure)(
        f"the model in {site.model_dir} is {short(own)}, but the live codes of {live.index} are "
        f"those of {short(held)}",
        "name that model's folder (--model, GRAM_ES_MODEL), or make this one live with "
        f"gram-es index migrate --model {site.model_dir}",
    )


def codes(site: Site) -> Iterator[Finding]:
    """Check that each product has the live model's codes, and ``gram_codes`` leads to them."""
    live = live_index(site.client, site.settings.index)
    held = live_fingerprint(live)
    if live.live_slot is None or held is None:
        yield failure(f"{live.index} has no live slot", _INSTALL)
        return
    mapping = site.client.indices.get_mapping(index=live.index)[live.index]["mappings"]
    path = mapping["properties"].get(CODES_ALIAS, {}).get("path")
    if path != codes_field(live.live_slot):
        yield failure(
            f"{CODES_ALIAS} leads to {path}, not to {codes_field(live.live_slot)}", _INSTALL
        )
    own = {"term": {f"gram.{live.live_slot}.model": held}}
    products = site.client.count(index=live.index)["count"]
    coded = site.client.count(index=live.index, query=own)["count"]
    found = f"{coded:,} of {products:,} products carry the codes of {short(held)}"
    yield ok(found) if coded == products else warning(found, _FULL_INGEST)


def analyzer(site: Site) -> Iterator[Finding]:
    """Check that the index reads the forms of a word as one, and two words as two."""
    if site.settings.language != ENGLISH:
        yield from _stemming(site)
        return
    unlike = [
        f"{typed} and {sought}"
        for typed, sought in _SAME_WORD
        if not _terms(site, typed) & _terms(site, sought)
    ]
    if unlike:
        yield warning(
            f"the field text tells apart {', '.join(unlike)}",
            "set GRAM_ES_LANGUAGE if your shop is not English; it is right if gram-es@custom has "
            "your analyzer; else make the index anew where the cluster can stem English",
        )
    elif _terms(site, _OTHER_WORD[0]) & _terms(site, _OTHER_WORD[1]):
        yield failure(
            f"the field text reads {' and '.join(_OTHER_WORD)} as one word",
            "correct the analyzer gram_text in gram-es@custom and make the index anew",
        )
    else:
        yield ok(f"the field text joins {', '.join('/'.join(pair) for pair in _SAME_WORD)}")


def _stemming(site: Site) -> Iterator[Finding]:
    """Compare how the index stems with how the shop's language is stemmed."""
    language = site.settings.language
    for index, answer in site.client.indices.get_settings(index=site.settings.index).items():
        analysis = answer["settings"]["index"].get("analysis", {})
        analyzer = analysis.get("analyzer", {}).get("gram_text", {})
        stemmer = analysis.get("filter", {}).get("gram_stem")
        spoken = _language_of(stemmer)
        if analyzer.get("type") != "custom" or "gram_stem" not in analyzer.get("filter", ()):
            yield ok("the field text has an analyzer of your own")
        elif spoken == language or (
            spoken is None and stemmer != as_kept(stem_filter("none", language))
        ):
            yield ok(f"the field text stems {language}")
        elif spoken is not None:
            yield failure(
                f"the field text of {index} stems {spoken}, the shop speaks {language}",
                "gram-es index migrate makes the index anew; or correct GRAM_ES_LANGUAGE",
            )
        elif language == OTHER:
            yield ok("the field text takes each form of a word for a word of its own")
        else:
            yield warning(
                f"the field text does not stem {language}: each form of a word is its own word",
                "put an analyzer gram_text of your own into gram-es@custom, then gram-es index "
                "migrate",
            )


def _language_of(stemmer: Mapping[str, str] | None) -> str | None:
    """Return whose words our own filter stems; of another one it is not known."""
    ours = (
        language
        for language in get_args(Language)
        for stemming in ("stemmer", "hunspell")
        if stemmer == as_kept(stem_filter(stemming, language))
    )
    return next(ours, None)


def _terms(site: Site, word: str) -> set[str]:
    """Return what the index makes of a word; reading it asks for no more than the right to read."""
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
    """Check for values that Elasticsearch left out of the index, as it does with too long ones."""
    answer = site.client.search(
        index=site.settings.index,
        query={"exists": {"field": "_ignored"}},
        size=_SHOWN,
        source=False,
        track_total_hits=True,
        aggs={"fields": {"terms": {"field": "_ignored", "size": 20}}},
    )
    total = answer["hits"]["total"]["value"]
    if not total:
        yield ok("every value of every product is in the index")
        return
    fields = [
        f"{b['key']} ({b['doc_count']:,})" for b in answer["aggregations"]["fields"]["buckets"]
    ]
    ids = [hit["_id"] for hit in answer["hits"]["hits"]]
    yield warning(
        f"{total:,} products hold values too long to be searched: {', '.join(fields)}; "
        f"among them {', '.join(ids)}",
        "shorten them in the feed; the query exists: _ignored finds them all",
    )


def _some(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "no index"

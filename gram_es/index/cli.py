"""The commands ``gram-es index templates | install | status`` and ``gram-es kibana``.

:mod:`gram_es.migration.cli` adds the commands that migrate an index.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import click

from gram_es.cli_options import json_option
from gram_es.cluster.client import connect
from gram_es.errors import KibanaError
from gram_es.index.kibana import import_objects
from gram_es.index.lifecycle import IndexState, index_state, install
from gram_es.index.templates.install import checked_stemming, put_templates, template_requests
from gram_es.model.manifest import read_manifest
from gram_es.settings import current_settings
from mappings import Stemming, saved_objects


@click.group()
def index() -> None:
    """Install, inspect, migrate and prune the products index."""


@index.command("templates")
@click.option(
    "--print",
    "only_print",
    is_flag=True,
    help="Print the requests for the console of Kibana, and send nothing.",
)
@click.option(
    "--stemming",
    type=click.Choice(get_args(Stemming)),
    help="How text is stemmed.  [default: the best that the cluster supports]",
)
@json_option
def index_templates(only_print: bool, stemming: Stemming | None, as_json: bool) -> None:
    """Put the templates into the cluster, with the key of a cluster administrator.

    Run it before index install, and after an upgrade of gram-es. The key needs the cluster
    privileges manage_index_templates and cluster:admin/analyze, which no role of gram-es has. Where
    an administrator sends the requests, --print prints them; with --stemming it needs no cluster.
    """
    settings = current_settings()
    if only_print and stemming:
        requests = template_requests(settings.index, settings.language, stemming)
    else:
        with connect(settings) as client:
            if only_print:
                kind = checked_stemming(client, settings.language)
                requests = template_requests(settings.index, settings.language, kind)
            else:
                requests = put_templates(client, settings.index, stemming)
    if as_json:
        click.echo(json.dumps([asdict(request) for request in requests], ensure_ascii=False))
        return
    for request in requests:
        put = f"{request.path} version {request.body['version']}"
        click.echo(str(request) if only_print else put)


@index.command("install")
@click.option(
    "--model",
    "folder",
    type=click.Path(path_type=Path),
    help="The folder of the model.  [default: GRAM_ES_MODEL, else the one in the cache]",
)
@json_option
def index_install(folder: Path | None, as_json: bool) -> None:
    """Create the side indices, the index with its aliases, and the model's slot.

    A side index contains data of gram-es other than products, such as overrides. A slot is the
    group of fields that contain one model's codes. Without security, or with the key of an
    administrator, it also puts the templates, as index templates does.
    """
    settings = current_settings()
    model = read_manifest(folder or settings.model_folder)
    with connect(settings) as client:
        state = install(
            client,
            settings,
            slot=model.slot,
            fingerprint=model.fingerprint,
            family=model.family,
            encoder=model.encoder_fingerprint,
            codes=model.codes_fingerprint,
        )
    _show(state, as_json=as_json)


@index.command("status")
@json_option
def index_status(as_json: bool) -> None:
    """Show the state of the index: its aliases, slots, documents and templates."""
    settings = current_settings()
    with connect(settings) as client:
        state = index_state(client, settings)
    _show(state, as_json=as_json)


def _show(state: IndexState, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(state)))
        return
    for label, value in _lines(state):
        click.echo(f"{label:<11}{value}")


def _lines(state: IndexState) -> Iterator[tuple[str, str]]:
    yield "index", f"{state.index} ({state.health})"
    yield "aliases", ", ".join(state.aliases)
    for name, slot in sorted(state.slots.items()):
        role = {state.live_slot: "live", state.previous_slot: "previous"}.get(name, "not live")
        yield "slot", f"{name} ({role}, {slot.family}, fingerprint {slot.fingerprint})"
    share = state.documents_with_codes / state.documents if state.documents else 0.0
    with_codes = f"{state.documents_with_codes:,} of them with codes of the live slot ({share:.1%})"
    yield "documents", f"{state.documents:,}, {with_codes}"
    for template in state.templates:
        version = "missing" if template.installed is None else f"version {template.installed}"
        is_current = template.installed == template.shipped
        shipped = "" if is_current else f" (this gram-es ships version {template.shipped})"
        yield "template", f"{template.name} {version}{shipped}"


@click.group()
def kibana() -> None:
    """Export or install data views, saved searches and a dashboard for Kibana."""


@kibana.command("export")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: standard output."
)
def kibana_export(out: Path | None) -> None:
    """Print the saved objects as NDJSON.

    Import them in Kibana under Stack Management > Saved Objects.
    """
    ndjson = saved_objects(current_settings().index)
    if out is None:
        click.echo(ndjson, nl=False)
        return
    try:
        out.write_text(ndjson, encoding="utf-8")
    except OSError as error:
        raise KibanaError(f"cannot write {out} ({error.strerror}); choose another --out") from error


@kibana.command("install")
@click.option("--url", help="The address of Kibana. Default: KIBANA_URL.")
@click.option("--space", help="The id of a Kibana space. Default: the default space.")
@json_option
def kibana_install(url: str | None, space: str | None, as_json: bool) -> None:
    """Import the saved objects into a Kibana (8.19 or newer) and print the dashboard's address."""
    settings = current_settings()
    address = url or settings.kibana_url
    if not address:
        raise KibanaError("no address of Kibana is given; set KIBANA_URL or give --url")
    key = settings.kibana_api_key
    report = import_objects(
        saved_objects(settings.index),
        url=address,
        api_key=key.get_secret_value() if key else None,
        space=space,
    )
    if as_json:
        click.echo(json.dumps(asdict(report)))
        return
    click.echo(f"{report.imported} saved objects imported")
    for dashboard in report.dashboards:
        click.echo(dashboard)

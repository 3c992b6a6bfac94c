"""The commands ``serve``, ``search`` and ``codes``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from werkzeug.datastructures import MultiDict

from gram_es.cli_options import json_option, model_option
from gram_es.cluster.client import connect
from gram_es.records import Product
from gram_es.retrieval.explain.explain import explain_missing
from gram_es.retrieval.open import (
    load_model,
    model_folder,
    open_live_searcher,
    open_searcher,
)
from gram_es.retrieval.request import SORTS, Fault, RequestError
from gram_es.settings import current_settings
from gram_es.text.normalise import clean_text
from query_api.api.parameters import asks_for_something, read_request
from query_api.api.serializers import code_json, missing_json, search_json
from query_api.cli.output import missing_lines, result_lines

if TYPE_CHECKING:
    from flask import Flask


@click.command()
@click.option("--host", help="The address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="0 takes a free one.  [default: 8080]")
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=8,
    show_default=True,
    help="Searches that each process carries out at once.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Worker processes; each loads the models.",
)
@click.option(
    "--model",
    "models",
    type=click.Path(path_type=Path),
    multiple=True,
    help="The model's folder; default: GRAM_ES_MODEL, else the one in the cache. Given more than "
    "once, the model that is live in the index answers.",
)
def serve(
    host: str | None, port: int | None, threads: int, workers: int, models: tuple[Path, ...]
) -> None:
    """Serve the search page and GET /search; print the address once it answers."""
    from query_api import server
    from query_api.http import logs
    from query_api.http.context import Options

    settings = current_settings()
    # Two threads do not speed up a lone query, and other processors serve other requests.
    settings = settings.model_copy(update={"threads": settings.threads or 1})
    folders = [model_folder(model, settings) for model in models or (None,)]
    connect(settings).close()  # a cluster that is not there is reported before anything listens
    bound = server.bind(host or settings.host, settings.port if port is None else port)
    if folders == [None]:
        click.echo("gram-es: no model folder; searching by text alone", err=True)

    options = Options.of(settings, at_once=threads)

    def open_app() -> Flask:
        from query_api.api.admin import open_admin
        from query_api.app import create_app
        from query_api.http.metrics import MetricsObserver
        from query_api.query_log import open_query_log

        searcher = open_live_searcher(settings, folders, MetricsObserver())
        searcher.start()
        return create_app(
            searcher,
            admin=open_admin(settings),
            options=options,
            query_log=open_query_log(settings),
        )

    with server.metrics_folder():
        server.run(
            bound,
            open_app,
            threads=options.at_once + options.waiting,
            workers=workers,
            on_starting=logs.write_json if settings.log_format == "json" else None,
        )


@click.command()
@click.argument("text", default="")
@click.option("--size", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--sort", type=click.Choice(SORTS), default=SORTS[0], show_default=True)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="NAME=VALUE",
    help="brand, category, availability, price (50..200), group, or attr.NAME; may be repeated.",
)
@click.option("--collapse", is_flag=True, help="Show one hit a group of variants.")
@click.option(
    "--without",
    "excluded_codes",
    multiple=True,
    metavar="CODE",
    help="Exclude this code of the query.",
)
@click.option("--explain", is_flag=True, help="Explain the rank of each product.")
@click.option("--missing", metavar="ID", help="Explain why this product is not among the hits.")
@model_option
@json_option
def search(
    text: str,
    size: int,
    sort: str,
    filters: tuple[str, ...],
    collapse: bool,
    excluded_codes: tuple[str, ...],
    explain: bool,
    missing: str | None,
    model: Path | None,
    as_json: bool,
) -> None:
    """Search the index for TEXT and print the products with their codes.

    Without TEXT, print what passes the filters, the newest first.
    """
    given = [("q", text), ("size", str(size)), ("sort", sort), *map(_filter, filters)]
    given += [("exclude_code", code) for code in excluded_codes]
    read = read_request(MultiDict(given))
    request = replace(read, collapse=collapse, explain=explain)
    settings = current_settings()
    searcher = open_searcher(settings, model_folder(model, settings))
    if missing is not None:
        explanation = explain_missing(searcher, request, missing)
        lines = [_dump(missing_json(explanation))] if as_json else missing_lines(explanation)
        for line in lines:
            click.echo(line)
        return
    result = searcher.search(request)
    if as_json:
        click.echo(_dump(search_json(result)))
        return
    for line in result_lines(result):
        click.echo(line)


@click.command()
@click.argument("text")
@click.option(
    "--side",
    type=click.Choice(["query", "product"]),
    default="query",
    show_default=True,
    help="Read TEXT as a shopper's query or as a product's title.",
)
@model_option
@json_option
def codes(text: str, side: str, model: Path | None, as_json: bool) -> None:
    """Print the codes that the model gives TEXT; no cluster is needed."""
    settings = current_settings()
    gram = load_model(model_folder(model, settings), settings)
    if side == "query":
        plain = [code_json(code) for code in gram.understand([text])[0].codes]
    else:
        labels = gram.enrich([Product(id="-", title=text)])[0].codes
        plain = [{"code": label} for label in labels]
    if as_json:
        click.echo(_dump({"text": text, "side": side, "codes": plain}))
        return
    for code in plain:
        click.echo(_code_line(code))
    if not plain:
        click.echo("no codes: the model abstains", err=True)


def _filter(written: str) -> tuple[str, str]:
    name, _, value = written.partition("=")
    if not value or not asks_for_something(MultiDict([(name, value)])):
        raise RequestError((Fault("--filter", f"is {written!r}; write it as brand=Bosch"),))
    return name, value


def _code_line(code: dict[str, Any]) -> str:
    label = clean_text(code["code"])
    return f"{code['weight']:.3f}  {label}" if "weight" in code else label


def _dump(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False, indent=2)

"""The commands ``serve``, ``search`` and ``codes``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from werkzeug.datastructures import MultiDict

from gram_es import telemetry
from gram_es.cli_options import json_option, model_option
from gram_es.cluster.client import connect
from gram_es.records import Product
from gram_es.retrieval.explain.missing import explain_missing
from gram_es.retrieval.open import (
    load_model,
    model_folder,
    open_live_searcher,
    open_searcher,
)
from gram_es.retrieval.request import SORTS, Fault, RequestError
from gram_es.settings import current_settings
from gram_es.text.normalise import clean_text, normalise
from query_api.api.parameters import read_request, selects_products
from query_api.api.serializers import code_json, missing_json, search_json
from query_api.cli.output import missing_lines, result_lines

if TYPE_CHECKING:
    from flask import Flask


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="0 selects a free port.  [default: 8080]"
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=8,
    show_default=True,
    help="Searches that each process runs concurrently.",
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
    help="Model folder; default: GRAM_ES_MODEL, or the model in the cache. Repeat it to load "
    "several models: searches use the one that is live in the index.",
)
def serve(
    host: str | None, port: int | None, threads: int, workers: int, models: tuple[Path, ...]
) -> None:
    """Serve the search page and the HTTP API; print the address when the service is ready."""
    from query_api import server
    from query_api.connections.limits import ConnectionLimits
    from query_api.http import logs
    from query_api.http.options import Options

    settings = current_settings()
    # The model uses one thread by default: a second one does not speed up a single query, and other
    # requests need the other processors.
    settings = settings.model_copy(update={"threads": settings.threads or 1})
    folders = [model_folder(model, settings) for model in models or (None,)]
    connect(settings).close()  # report an unreachable cluster before listening
    bound = server.bind(host or settings.host, settings.port if port is None else port)
    if folders == [None]:
        click.echo("gram-es: no model folder; searching text only", err=True)

    options = Options.from_settings(settings, max_concurrent=threads)

    def open_app() -> Flask:
        from query_api.api.admin import open_admin
        from query_api.app import compile_pages, create_app
        from query_api.http.metrics import MetricsObserver
        from query_api.query_log import open_query_log
        from query_api.query_outbox import open_query_outbox

        telemetry.start(settings, "gram-es-serve")
        searcher = open_live_searcher(settings, folders, MetricsObserver())
        searcher.start()
        app = create_app(
            searcher,
            admin=open_admin(settings),
            options=options,
            query_log=open_query_log(settings),
            query_outbox=open_query_outbox(settings),
        )
        compile_pages(app)
        return app

    with server.metrics_folder():
        server.run(
            bound,
            open_app,
            threads=options.threads,
            workers=workers,
            limits=ConnectionLimits(settings.client_s, settings.max_connections),
            on_starting=logs.write_json if settings.log_format == "json" else None,
        )


@click.command()
@click.argument("text", default="")
@click.option("--size", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option(
    "--sort", type=click.Choice(SORTS), help="The order; by default as the query's words ask."
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Filter by brand, category, availability, price (50..200), group or attr.NAME; may be "
    "repeated.",
)
@click.option("--collapse", is_flag=True, help="Show one hit for each group of variants.")
@click.option(
    "--no-spelling", is_flag=True, help="Search TEXT only as typed, without spelling correction."
)
@click.option(
    "--exclude-code",
    "excluded_codes",
    multiple=True,
    metavar="CODE",
    help="Exclude a code of the query; may be repeated.",
)
@click.option(
    "--literal",
    multiple=True,
    metavar="WORDS",
    help="Search these words of TEXT although they state a condition; may be repeated.",
)
@click.option("--explain", is_flag=True, help="Explain the score and rank of each hit.")
@click.option(
    "--missing",
    metavar="ID",
    help="Explain why this product is not among the hits, instead of printing them.",
)
@model_option
@json_option
def search(
    text: str,
    size: int,
    sort: str | None,
    filters: tuple[str, ...],
    collapse: bool,
    no_spelling: bool,
    excluded_codes: tuple[str, ...],
    literal: tuple[str, ...],
    explain: bool,
    missing: str | None,
    model: Path | None,
    as_json: bool,
) -> None:
    """Search for TEXT and print the hits with their codes.

    Without TEXT, print the products that pass the filters, the newest first.
    """
    parameters = [("q", text), ("size", str(size)), *map(_filter, filters)]
    parameters += [("sort", sort)] if sort else []
    parameters += [("exclude_code", code) for code in excluded_codes]
    parameters += [("literal", words) for words in literal]
    parameters += [("spelling", "false")] if no_spelling else []
    request = replace(read_request(MultiDict(parameters)), collapse=collapse, explain=explain)
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
    help="Whether TEXT is a shopper's query or a product title.",
)
@model_option
@json_option
def codes(text: str, side: str, model: Path | None, as_json: bool) -> None:
    """Print the codes that the model generates for TEXT; no Elasticsearch cluster is needed."""
    settings = current_settings()
    gram = load_model(model_folder(model, settings), settings)
    if side == "query":
        [understood] = gram.understand([gram.speller.spell(normalise(text))])
        rows = [code_json(code) for code in understood.codes]
    else:
        enrichment = gram.enrich([Product(id="-", title=text)])[0]
        rows = [
            {"code": code.label, "weight": code.weight, "stated": code.is_stated}
            for code in enrichment.codes
        ]
    if as_json:
        click.echo(_dump({"text": text, "side": side, "codes": rows}))
        return
    for row in rows:
        click.echo(_code_line(row))
    if not rows:
        click.echo("no codes: the model abstains", err=True)


def _filter(argument: str) -> tuple[str, str]:
    name, _, value = argument.partition("=")
    if not value or not selects_products(MultiDict([(name, value)])):
        raise RequestError((Fault("--filter", f"is {argument!r}; write it as brand=Bosch"),))
    return name, value


def _code_line(row: dict[str, Any]) -> str:
    return f"{row['weight']:.3f}  {clean_text(row['code'])}"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)

"""The command ``gram-es warm``: precompute the codes of frequent queries."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from tqdm import tqdm

from gram_es.cli_options import json_option, language_model_option, model_option
from gram_es.cluster.client import connect
from gram_es.errors import SettingsError
from gram_es.precomputed.query_counts import count_logged, read_counts, select_for_model
from gram_es.precomputed.warm import warm as warm_queries
from gram_es.precomputed.watcher import MAX_PRECOMPUTED
from gram_es.retrieval.open import load_experts, load_model, model_folder, open_rules
from gram_es.settings import current_settings


@click.command()
@click.argument("log", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--from-log", is_flag=True, help="Use the query log, the index gram-es-queries, instead of LOG."
)
@click.option(
    "--top",
    type=click.IntRange(1, MAX_PRECOMPUTED),
    default=MAX_PRECOMPUTED,
    show_default=True,
    help="Precompute this many queries, the most frequent first.",
)
@model_option
@language_model_option
@json_option
def warm(
    log: Path | None,
    from_log: bool,
    top: int,
    model: Path | None,
    language_model: str | None,
    as_json: bool,
) -> None:
    """Precompute the codes of the frequent queries in LOG for all processes that search.

    With a language model, encoder and language model choose the codes together, which takes some
    seconds for each query. Without one, the codes that both have chosen in the last thirty days are
    kept.

    Each line of LOG is a query or, separated by a tab, a query and its count. In a .csv file the
    separator is a comma.
    """
    if (log is None) != from_log:
        raise SettingsError("give one source of queries: a file, or --from-log")
    settings = current_settings()
    counts = read_counts(log) if log is not None else None
    gram = load_model(model_folder(model, settings), settings)
    experts = load_experts(gram, language_model, settings)
    with connect(settings) as client:
        if counts is None:
            counts = count_logged(client, settings.index)
        queries = select_for_model(counts, top)
        if not queries:
            raise SettingsError(
                f"{log or 'the log of queries'} contains no query that a model answers; give other "
                "queries"
            )
        with tqdm(total=len(queries), desc="warm", unit="query", disable=None) as bar:
            report = warm_queries(
                client,
                gram,
                settings.index,
                queries,
                keep=open_rules(settings).current.queries.kept_words,
                experts=experts,
                on_progress=bar.update,
            )
    if as_json:
        click.echo(json.dumps(asdict(report)))
        return
    click.echo(
        f"{report.stored:,} queries stored with their codes; the model abstains from "
        f"{report.abstained:,}; {report.deleted:,} stale ones deleted"
    )

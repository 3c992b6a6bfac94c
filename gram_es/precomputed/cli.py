"""The command ``gram-es warm``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from tqdm import tqdm

from gram_es.cli_options import json_option, model_option
from gram_es.cluster.client import connect
from gram_es.errors import SettingsError
from gram_es.precomputed.query_counts import count_logged, decodable, read_counts
from gram_es.precomputed.warm import warm as warm_heads
from gram_es.precomputed.watcher import MOST_HEADS
from gram_es.retrieval.open import load_model, model_folder
from gram_es.settings import current_settings


@click.command()
@click.argument("log", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from-log", is_flag=True, help="Take the queries of gram-es-queries instead.")
@click.option(
    "--top",
    type=click.IntRange(1, MOST_HEADS),
    default=MOST_HEADS,
    show_default=True,
    help="So many queries, the most frequent first.",
)
@model_option
@json_option
def warm(log: Path | None, from_log: bool, top: int, model: Path | None, as_json: bool) -> None:
    """Compute the codes of the frequent queries in LOG ahead, for every process that serves.

    LOG holds a query a line, or a query and its count, parted by a tab (by a comma in a .csv).
    """
    if (log is None) != from_log:
        raise SettingsError("name one source of queries: a file, or --from-log")
    settings = current_settings()
    counts = read_counts(log) if log is not None else None
    gram = load_model(model_folder(model, settings), settings)
    with connect(settings) as client:
        if counts is None:
            counts = count_logged(client, settings.index)
        queries = decodable(counts, top)
        if not queries:
            raise SettingsError(f"{log or 'the log of queries'} holds no query to ask a model")
        with tqdm(total=len(queries), desc="warm", unit="query", disable=None) as bar:
            warmed = warm_heads(client, gram, settings.index, queries, told=bar.update)
    if as_json:
        click.echo(json.dumps(asdict(warmed)))
        return
    click.echo(
        f"{warmed.kept:,} queries have their codes ready; the model abstains from "
        f"{warmed.abstained:,}; {warmed.forgotten:,} from before are gone"
    )

"""The commands ``gram-es ingest`` and ``gram-es worker``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gram_es import telemetry
from gram_es.cli_options import json_option
from gram_es.cluster.client import connect
from gram_es.errors import FeedError
from gram_es.settings import current_settings
from ingest.broker.celery_app import make_celery
from ingest.broker.tracing import start_tracing
from ingest.cli.options import mapping_option, mention_preset, preset_option
from ingest.feeds.sources.open import feed_name, open_source
from ingest.producer.ingest import IngestOptions, ingest_feed
from ingest.producer.replay import replay
from ingest.progress_bar import ProgressBar
from ingest.runs.report import RunReport
from ingest.runs.run_store import Run, RunStore
from ingest.runs.status import follow_run, run_table
from ingest.worker.heartbeat import BATCH_WORKER, QUERY_WORKER, is_worker_alive_here

_NO_RUNS = "there are no runs yet; start one with gram-es ingest FEED"
_WAIT_HELP = "Wait until every row has an outcome, with a progress bar."


class FeedOrCommand(click.Group):
    """A group for which ``ingest FEED`` is short for ``ingest run FEED``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert ``run`` before a first argument that is not a command of the group."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=FeedOrCommand)
def ingest() -> None:
    """Index a feed: gram-es ingest FEED --wait."""


@ingest.command("run")
@click.argument("feed")
@click.option("--wait", is_flag=True, help=_WAIT_HELP)
@mapping_option
@preset_option
@click.option(
    "--source", help="The name of the feed in the documents [default: the name of the file]."
)
@click.option(
    "--partial", is_flag=True, help="The feed lists only some products of its source: delete none."
)
@click.option(
    "--allow-deletes", is_flag=True, help="Delete products no longer listed, however many."
)
@json_option
@click.pass_context
def run_feed(
    ctx: click.Context,
    /,
    *,
    feed: str,
    mapping: Path | None,
    preset: str | None,
    source: str | None,
    partial: bool,
    as_json: bool,
    **options: bool,
) -> None:
    """Queue the rows of FEED for the workers.

    FEED is a file, a folder of files, an https URL, "-" for standard input, or es://NAME for
    another index of the cluster.

    The format is Google Merchant XML, CSV, TSV, Shopify CSV, JSON-LD, Parquet or NDJSON, plain or
    gzip, or in a zip archive.

    Ingesting the same feed again resumes an interrupted run.

    FEED lists all products of its source, unless --partial is given: the products of the source
    that it no longer lists are deleted. Standard input without --source is partial.

    The exit code is 1 if the feed is broken, a row failed, or too many products would be deleted.
    Rejected rows are only reported.
    """
    settings = current_settings()
    is_unnamed = feed == "-" and source is None
    ingest_options = IngestOptions(
        source or feed_name(feed), partial=partial or is_unnamed, **options
    )
    if ingest_options.partial and ingest_options.allow_deletes:
        raise click.UsageError(
            "a partial feed deletes nothing: leave out --allow-deletes, or --partial; standard"
            " input is partial unless --source is given"
        )
    start_tracing(settings, "gram-es-ingest")
    with open_source(feed, settings, mapping, preset) as opened_feed, connect(settings) as client:
        mention_preset(feed, opened_feed, preset)
        app = make_celery(settings)
        with telemetry.span("ingest"):
            run = ingest_feed(client, app, settings, opened_feed, ingest_options)
        report = RunReport.of(RunStore(client, settings.index), run)
    _print(report, as_json)
    if not ingest_options.wait and not as_json:
        _print_status_hint(run)
    ctx.exit(0 if report.is_clean else 1)


@ingest.command()
@click.argument("number", metavar="[RUN]", type=click.IntRange(1), required=False)
@click.option("--follow", is_flag=True, help="Wait until the run is done, with a progress bar.")
@json_option
def status(number: int | None, follow: bool, as_json: bool) -> None:
    """Show the outcomes of the rows of RUN, or of the last run."""
    settings = current_settings()
    with connect(settings) as client:
        runs = RunStore(client, settings.index)
        run = runs.find(number)
        if run is None:
            raise FeedError(_NO_RUNS)
        if follow:
            with ProgressBar() as bar:
                run = follow_run(runs, run, bar)
        _print(RunReport.of(runs, runs.close_if_done(run)), as_json)


@ingest.command("runs")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line per run.")
def list_runs(limit: int, as_json: bool) -> None:
    """List the last runs, the latest first, with the state, counts and seconds of each."""
    settings = current_settings()
    with connect(settings) as client:
        runs = RunStore(client, settings.index)
        reports = [RunReport.of(runs, runs.close_if_done(run)) for run in runs.last(limit)]
    if not reports:
        raise FeedError(_NO_RUNS)
    for line in [_json(report) for report in reports] if as_json else run_table(reports):
        click.echo(line)


@ingest.command("replay")
@click.argument("number", metavar="[RUN]", type=click.IntRange(1), required=False)
@click.option("--wait", is_flag=True, help=_WAIT_HELP)
@json_option
@click.pass_context
def replay_letters(ctx: click.Context, number: int | None, wait: bool, as_json: bool) -> None:
    """Process the failed rows of RUN, or of all runs, again.

    Fix the cause of the failures first. The replay is a run of its own. A row that succeeds is
    removed from the dead letters. If a newer run has written a product, its row changes nothing.
    """
    settings = current_settings()
    with connect(settings) as client:
        run = replay(client, make_celery(settings), settings, in_run=number, wait=wait)
        if run is None:
            of_run = "" if number is None else f" of run {number}"
            click.echo(f"there are no dead letters{of_run}: no row to replay", err=True)
            return
        report = RunReport.of(RunStore(client, settings.index), run)
    _print(report, as_json)
    if not wait and not as_json:
        _print_status_hint(run)
    ctx.exit(0 if report.is_clean else 1)


def _print_status_hint(run: Run) -> None:
    click.echo(f"see its progress with gram-es ingest status {run.number}", err=True)


def _print(report: RunReport, as_json: bool) -> None:
    click.echo(_json(report) if as_json else report.summary_line())
    for line in report.problem_lines():
        click.echo(line, err=True)


def _json(report: RunReport) -> str:
    return json.dumps(report.to_json(), ensure_ascii=False)


@click.command()
@click.option(
    "--model",
    "model_dirs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="The model's folder. May be repeated: the codes of each model are written to its slot, "
    "and one of the models must be live.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="The number of worker processes; each loads the models.",
)
@click.option(
    "--queries",
    is_flag=True,
    help="Answer queries with a language model instead of taking batches.",
)
@click.option(
    "--language-model",
    help="The hub id, the folder or the GGUF file of the language model for --queries; default: "
    "GRAM_ES_LANGUAGE_MODEL, else the trained one in the model's folder.",
)
@click.option(
    "--alive",
    is_flag=True,
    help="Start no worker; exit with 0 if a worker of this host has a recent heartbeat, else with "
    "1.",
)
@click.pass_context
def worker(
    ctx: click.Context,
    model_dirs: tuple[Path, ...],
    concurrency: int,
    language_model: str | None,
    *,
    queries: bool,
    alive: bool,
) -> None:
    """Take batches from the queue, compute the codes of their products, and index them.

    With --queries, take the queries instead that the service sends if GRAM_ES_QUERIES_PER_MINUTE is
    set. Encoder and language model choose the codes of each together, for the next search for it.
    """
    if not queries and language_model is not None:
        raise click.UsageError("--language-model is for queries: give --queries, too")
    if queries and concurrency > 1:
        raise click.UsageError("a worker for queries is one process: start several commands")
    settings = current_settings()
    if alive:
        kind = QUERY_WORKER if queries else BATCH_WORKER
        with connect(settings) as client:
            ctx.exit(0 if is_worker_alive_here(client, settings.index, kind=kind) else 1)
    folders = model_dirs or (settings.model_folder,)
    if queries:
        from ingest.worker.query_process import run_query_worker

        source = language_model or settings.language_model
        settings = settings.model_copy(update={"language_model": source})
        ctx.exit(run_query_worker(settings, folders))
    if concurrency > 1:
        from ingest.worker.process import run_worker_pool

        ctx.exit(run_worker_pool(settings, folders, concurrency))
    from ingest.worker.process import run_worker  # imported late: it takes a second

    ctx.exit(run_worker(settings, folders))

"""The commands ``gram-es ingest`` and ``gram-es worker``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gram_es.cli_options import json_option
from gram_es.cluster.client import connect
from gram_es.errors import FeedError
from gram_es.settings import current_settings
from ingest.broker.celery_app import make_celery
from ingest.cli.options import mapping_option
from ingest.feeds.sources.open import feed_name, reach_feed
from ingest.producer.ingest import Wish, ingest_feed
from ingest.producer.replay import replay
from ingest.progress_bar import ProgressBar
from ingest.runs.report import Report
from ingest.runs.run_store import Run, Runs
from ingest.runs.status import table, watch
from ingest.worker.heartbeat import lives_here

_NOTHING_YET = "nothing was ingested yet; start with gram-es ingest FEED"


class FeedOrCommand(click.Group):
    """A group for which ``ingest FEED`` is short for ``ingest run FEED``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``run`` before what is no command of the group."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=FeedOrCommand)
def ingest() -> None:
    """Bring a feed into the index: gram-es ingest FEED --wait."""


@ingest.command("run")
@click.argument("feed")
@click.option("--wait", is_flag=True, help="Stay, with a bar, until each row has its fate.")
@mapping_option
@click.option("--source", help="The feed's name in the documents; the file's name if not given.")
@click.option("--partial", is_flag=True, help="The feed lists some products only: delete nothing.")
@click.option("--allow-deletes", is_flag=True, help="Delete however many are no longer listed.")
@json_option
@click.pass_context
def run_feed(
    ctx: click.Context,
    /,
    *,
    feed: str,
    mapping: Path | None,
    source: str | None,
    partial: bool,
    as_json: bool,
    **options: bool,
) -> None:
    """Queue the rows of FEED for the workers.

    It is a file, a folder of files, an https address, "-" for standard input, or es://NAME for
    another index of the cluster.

    Google Merchant XML, CSV, TSV, Shopify CSV, JSON-LD, Parquet or NDJSON, plain or gzip. The feed
    is taken for the whole of its source: products that came from there and are no longer listed
    are deleted. Standard input without --source is partial. The exit code is 1 if the file is
    broken, a row failed, or too many products would be deleted; refused rows alone are only named.
    """
    settings = current_settings()
    has_no_name = feed == "-" and source is None
    wish = Wish(source or feed_name(feed), partial=partial or has_no_name, **options)
    if wish.partial and wish.allow_deletes:
        raise click.UsageError(
            "a partial feed deletes nothing: leave out --allow-deletes, or --partial; standard"
            " input is partial unless --source names it"
        )
    with reach_feed(feed, settings, mapping) as found, connect(settings) as client:
        app = make_celery(settings)
        run = ingest_feed(client, app, settings, found, wish)
        report = Report.of(Runs(client, settings.index), run)
    _print(report, as_json)
    if not wish.wait and not as_json:
        _point_to_status(run)
    ctx.exit(0 if report.is_clean else 1)


@ingest.command()
@click.argument("number", metavar="[RUN]", type=click.IntRange(1), required=False)
@click.option("--follow", is_flag=True, help="Stay, with a bar, until the run is done.")
@json_option
def status(number: int | None, follow: bool, as_json: bool) -> None:
    """Show what became of the rows of a run, the last one if RUN is not given."""
    settings = current_settings()
    with connect(settings) as client:
        runs = Runs(client, settings.index)
        run = runs.find(number)
        if run is None:
            raise FeedError(_NOTHING_YET)
        if follow:
            with ProgressBar() as bar:
                run = watch(runs, run, bar)
        _print(Report.of(runs, runs.closed(run)), as_json)


@ingest.command("runs")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON, a line a run.")
def list_runs(limit: int, as_json: bool) -> None:
    """List the last runs, the last one first: state, counts and seconds of each."""
    settings = current_settings()
    with connect(settings) as client:
        runs = Runs(client, settings.index)
        reports = [Report.of(runs, runs.closed(run)) for run in runs.last(limit)]
    if not reports:
        raise FeedError(_NOTHING_YET)
    for line in [_json(report) for report in reports] if as_json else table(reports):
        click.echo(line)


@ingest.command("replay")
@click.argument("number", metavar="[RUN]", type=click.IntRange(1), required=False)
@click.option("--wait", is_flag=True, help="Stay, with a bar, until each row has its fate.")
@json_option
@click.pass_context
def replay_letters(ctx: click.Context, number: int | None, wait: bool, as_json: bool) -> None:
    """Feed the rows again that failed in RUN, or in any run, once what ailed them is mended.

    That is a run of its own. A row that succeeds is no longer kept as a dead letter, and one that a
    newer run has overtaken changes nothing.
    """
    settings = current_settings()
    with connect(settings) as client:
        run = replay(client, make_celery(settings), settings, of_run=number, wait=wait)
        if run is None:
            of_run = "" if number is None else f" of run {number}"
            click.echo(f"there are no dead letters{of_run}: no row waits to be fed again", err=True)
            return
        report = Report.of(Runs(client, settings.index), run)
    _print(report, as_json)
    if not wait and not as_json:
        _point_to_status(run)
    ctx.exit(0 if report.is_clean else 1)


def _point_to_status(run: Run) -> None:
    click.echo(f"see how it goes on with: gram-es ingest status {run.number}", err=True)


def _print(report: Report, as_json: bool) -> None:
    click.echo(_json(report) if as_json else report.line())
    for complaint in report.complaints():
        click.echo(complaint, err=True)


def _json(report: Report) -> str:
    return json.dumps(report.to_json(), ensure_ascii=False)


@click.command()
@click.option(
    "--model",
    "model_dirs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="The model's folder; given more than once, the live one gives the codes and the others "
    "fill their slots beside it.",
)
@click.option("--concurrency", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--alive",
    is_flag=True,
    help="Start nothing; end with 0 if a worker of this host gave a sign of life lately, else 1.",
)
@click.pass_context
def worker(
    ctx: click.Context, model_dirs: tuple[Path, ...], concurrency: int, *, alive: bool
) -> None:
    """Take batches from the queue, give their products codes, and index them.

    One process by default; with more, each loads the model for itself.
    """
    settings = current_settings()
    if alive:
        with connect(settings) as client:
            ctx.exit(0 if lives_here(client, settings.index) else 1)
    folders = model_dirs or (settings.model_folder,)
    if concurrency > 1:
        from ingest.worker.process import run_crew

        ctx.exit(run_crew(settings, folders, concurrency))
    from ingest.worker.process import run_worker  # not before: it imports torch

    ctx.exit(run_worker(settings, folders))

"""The commands ``gram-es ingest`` and ``gram-es worker``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gram_es.errors import FeedError
from gram_es.index.client import connect
from gram_es.settings import settings
from ingest.celery_app import make_celery
from ingest.feeds.source import feed_name, local_copy
from ingest.ingesting import ingest_feed
from ingest.report import Report
from ingest.runs import Runs


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
@click.option("--source", help="The feed's name in the documents; the file's name if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def run_feed(ctx: click.Context, feed: str, wait: bool, source: str | None, as_json: bool) -> None:
    """Queue the rows of FEED for the workers: a file, an https address, "-" for standard input.

    Google Merchant XML, CSV, TSV, Shopify CSV, JSON-LD, Parquet or NDJSON, plain or gzip. The exit
    code is 1 if the file is broken or a row failed; refused rows alone are only named.
    """
    current = settings()
    name = source or feed_name(feed)
    with local_copy(feed, current) as path, connect(current) as client:
        app = make_celery(current)
        run = ingest_feed(client, app, current, path, source=name, wait=wait)
        report = Report.of(Runs(client, current.index), run)
    _print(report, as_json)
    if not wait and not as_json:
        click.echo(f"see how it goes on with: gram-es ingest status {run.number}", err=True)
    ctx.exit(0 if report.is_clean else 1)


@ingest.command()
@click.argument("number", metavar="[RUN]", type=click.IntRange(1), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(number: int | None, as_json: bool) -> None:
    """Show what became of the rows of a run, the last one if RUN is not given."""
    current = settings()
    with connect(current) as client:
        runs = Runs(client, current.index)
        run = runs.find(number)
        if run is None:
            raise FeedError("nothing was ingested yet; start with gram-es ingest FEED")
        _print(Report.of(runs, runs.closed(run)), as_json)


def _print(report: Report, as_json: bool) -> None:
    click.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else report.line())
    for complaint in report.complaints():
        click.echo(complaint, err=True)


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
@click.pass_context
def worker(ctx: click.Context, model_dirs: tuple[Path, ...], concurrency: int) -> None:
    """Take batches from the queue, give their products codes, and index them.

    One process by default; with more, each loads the model for itself.
    """
    current = settings()
    folders = model_dirs or (current.model_folder,)
    if concurrency > 1:
        from ingest.crew import run_crew

        ctx.exit(run_crew(current, folders, concurrency))
    from ingest.worker import run_worker  # not before: it imports torch

    ctx.exit(run_worker(current, folders))

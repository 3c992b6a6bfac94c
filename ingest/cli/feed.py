"""The command ``gram-es feed``."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import click

from gram_es.cli_options import json_option
from gram_es.settings import current_settings
from ingest.cli.options import mapping_option, preset_option
from ingest.feeds.check.inspection import inspect
from ingest.feeds.check.report import InspectionReport
from ingest.feeds.check.row_view import row_json, row_text
from ingest.feeds.rows.reader import open_feed, read_raw_and_checked
from ingest.feeds.rows.records import FileFault, Row
from ingest.feeds.sources.open import feed_name, open_source
from ingest.progress_bar import ProgressBar


@click.group()
def feed() -> None:
    """Inspect a feed without indexing it."""


@feed.command()
@click.argument("feed")
@mapping_option
@preset_option
@json_option
@click.pass_context
def check(
    ctx: click.Context, feed: str, mapping: Path | None, preset: str | None, as_json: bool
) -> None:
    """Report what each field of FEED is read from, what is missing, and which rows are bad.

    The exit code is 1 if a row would be rejected or a file is broken. Wrong or implausible GTINs
    and prices are only reported.
    """
    settings = current_settings()
    with open_source(feed, settings, mapping, preset) as opened_feed, ProgressBar() as bar:
        inspection = inspect(bar.over(read_raw_and_checked(opened_feed, bar.file_read)))
        report = InspectionReport(feed_name(feed), opened_feed.format_name(), inspection)
    click.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else report.to_text())
    ctx.exit(0 if inspection.is_clean else 1)


@feed.command()
@click.argument("feed")
@click.option("--limit", type=click.IntRange(1), help="Show no more rows than this.")
@mapping_option
@preset_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per row.")
@click.pass_context
def show(
    ctx: click.Context,
    feed: str,
    limit: int | None,
    mapping: Path | None,
    preset: str | None,
    as_json: bool,
) -> None:
    """Print each product of FEED as it is read.

    Rejected rows are printed with the reason: on standard error or, with --json, as objects with
    the key "rejected". The exit code is 1 if a file is broken.
    """
    is_broken = False
    with open_source(feed, current_settings(), mapping, preset) as opened_feed:
        click.echo(f"{feed_name(feed)}: {opened_feed.format_name()}", err=True)
        for row in islice(open_feed(opened_feed), limit):
            is_broken |= isinstance(row, FileFault)
            if as_json:
                click.echo(json.dumps(row_json(row), ensure_ascii=False))
            else:
                click.echo(row_text(row), err=not isinstance(row, Row))
    ctx.exit(1 if is_broken else 0)

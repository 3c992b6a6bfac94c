"""The command ``gram-es feed``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gram_es.cli_options import json_option
from gram_es.settings import current_settings
from ingest.cli.options import mapping_option
from ingest.feeds.check.inspection import inspect
from ingest.feeds.check.report import InspectionReport
from ingest.feeds.rows.reader import read_raw_and_checked
from ingest.feeds.sources.open import feed_name, open_source
from ingest.progress_bar import ProgressBar


@click.group()
def feed() -> None:
    """Inspect a feed without indexing it."""


@feed.command()
@click.argument("feed")
@mapping_option
@json_option
@click.pass_context
def check(ctx: click.Context, feed: str, mapping: Path | None, as_json: bool) -> None:
    """Report what each field of FEED is read from, what is missing, and which rows are bad.

    The exit code is 1 if a row would be rejected or a file is broken. Wrong or implausible GTINs
    and prices are only reported.
    """
    with open_source(feed, current_settings(), mapping) as opened_feed, ProgressBar() as bar:
        inspection = inspect(bar.over(read_raw_and_checked(opened_feed, bar.file_read)))
        report = InspectionReport(feed_name(feed), opened_feed.format_name(), inspection)
    click.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else report.to_text())
    ctx.exit(0 if inspection.is_clean else 1)

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
from ingest.feeds.rows.reader import read_both
from ingest.feeds.sources.open import feed_name, reach_feed
from ingest.progress_bar import ProgressBar


@click.group()
def feed() -> None:
    """Look at a feed without bringing it into the index."""


@feed.command()
@click.argument("feed")
@mapping_option
@json_option
@click.pass_context
def check(ctx: click.Context, feed: str, mapping: Path | None, as_json: bool) -> None:
    """Tell what the fields of FEED are read as, what is missing, and which rows are bad.

    The exit code is 1 if a row would be refused or a file is broken; a doubtful GTIN or price
    alone is only told.
    """
    with reach_feed(feed, current_settings(), mapping) as found, ProgressBar() as bar:
        inspection = inspect(bar.over(read_both(found, bar.file_read)))
        report = InspectionReport(feed_name(feed), found.format_name(), inspection)
    click.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else report.to_text())
    ctx.exit(0 if inspection.is_clean else 1)

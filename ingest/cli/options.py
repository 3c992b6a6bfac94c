"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from ingest.feeds.formats.registry import PRESETS
from ingest.feeds.sources.feed import Feed
from ingest.feeds.sources.open import feed_name

mapping_option = click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="A YAML file that maps names of the feed to fields of gram-es "
    "[default: GRAM_ES_FEED_MAPPING].",
)
preset_option = click.option(
    "--preset",
    type=click.Choice(PRESETS),
    help="The shop system that exported the feed [default: detected by the header of a table].",
)


def mention_preset(feed: str, opened: Feed, preset: str | None) -> None:
    """Print on standard error if a feed is read as the export of a shop system without asking.

    :raises FeedError: if nothing of the feed can be read.
    """
    name = opened.format_name()
    if preset is None and "(preset " in name:
        click.echo(f"{feed_name(feed)}: read as {name}", err=True)

"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from ingest.feeds.formats.registry import PRESETS

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

"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path

import click

mapping_option = click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="A YAML file that maps the feed's names to ours, instead of GRAM_ES_FEED_MAPPING.",
)

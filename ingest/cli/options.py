"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

mapping_option = click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="A YAML file that maps names of the feed to fields of gram-es "
    "[default: GRAM_ES_FEED_MAPPING].",
)

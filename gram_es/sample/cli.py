"""The command ``gram-es sample``: write the sample shop."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from gram_es.cli_options import json_option
from gram_es.sample.shop import write_shop


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", default=7, show_default=True, help="Another seed gives another shop.")
@json_option
def sample(folder: Path, seed: int, as_json: bool) -> None:
    """Write a fictional catalogue with shoppers' queries and graded judgments into DIR."""
    shop = write_shop(folder, seed=seed)
    if as_json:
        click.echo(json.dumps(asdict(shop), default=str))
        return
    click.echo(f"{shop.products} products: {shop.feed}")
    click.echo(f"{shop.queries} queries: {shop.judgments_dev} and {shop.judgments_test}")
    click.echo(f"their classes: {shop.query_classes}")
    click.echo(f"queries for things not sold: {shop.unsold}")

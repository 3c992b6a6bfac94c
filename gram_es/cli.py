"""The command ``gram-es``: one group; each package registers the commands that it can carry out."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import entry_points
from typing import Any

import click

from gram_es import __version__
from gram_es.errors import GramError


class CommandGroup(click.Group):
    """A group whose commands are the entry points ``gram_es.commands``, imported when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(entry_points(group="gram_es.commands").names)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        found = entry_points(group="gram_es.commands", name=name)
        for entry in found:
            command = entry.load()
            assert isinstance(command, click.Command)
            return command
        return None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GramError as error:
            click.echo(f"gram-es: {error}", err=True)
            sys.exit(2)


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gram-es")
@click.option("-v", "--verbose", is_flag=True, help="Log what happens to standard error.")
def main(verbose: bool) -> None:
    """Generative retrieval (GRAM) inside the Elasticsearch that a shop already runs."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )

"""The command ``gram-es``; packages register its subcommands as entry points."""

from __future__ import annotations

import logging
import os
import sys
from importlib.metadata import entry_points
from typing import Any

import click

from gram_es import __version__
from gram_es.errors import GramError

_EXTRAS = {
    "torch": '"gram-es[train]", or "gram-es[llm]" for a language model',
    "transformers": '"gram-es[train]", or "gram-es[llm]" for a language model',
    "peft": '"gram-es[llm]"',
    "ir_measures": '"gram-es[evaluate]"',
    "sentence_transformers": '"gram-es[peers]"',
    "pyarrow": '"gram-es[parquet]"',
}


class CommandGroup(click.Group):
    """A click group; each entry point in the group ``gram_es.commands`` is one of its commands.

    The module of a command is imported when the command is used.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all registered commands."""
        return sorted(entry_points(group="gram_es.commands").names)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command ``name``, or ``None`` if it does not exist."""
        entries = entry_points(group="gram_es.commands", name=name)
        for entry in entries:
            command = entry.load()
            assert isinstance(command, click.Command)
            return command
        return None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; on a :class:`GramError` print its message and exit with its code.

        Say what to install if the command needs a package that serving and ingest do not.
        """
        try:
            return super().invoke(ctx)
        except GramError as error:
            click.echo(f"gram-es: {error}", err=True)
            sys.exit(error.exit_code)
        except ModuleNotFoundError as error:
            if error.name not in _EXTRAS:
                raise
            click.echo(
                f"gram-es: this needs {error.name}; run pip install {_EXTRAS[error.name]}", err=True
            )
            sys.exit(GramError.exit_code)


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gram-es")
@click.option("-v", "--verbose", is_flag=True, help="Log progress to standard error.")
def main(verbose: bool) -> None:
    """Add generative retrieval (GRAM) to the Elasticsearch that a shop already runs."""
    # This must be set before torch loads: spinning threads take processor time from Elasticsearch.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )

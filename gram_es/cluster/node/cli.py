"""The commands ``gram-es node start | stop | status``."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from gram_es.cli_options import json_option
from gram_es.cluster.node.node import LocalNode
from gram_es.settings import current_settings


@click.group()
def node() -> None:
    """Run a local Elasticsearch node that only this machine can reach."""


@node.command("start")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, help="The port.  [default: any free one]"
)
@click.option(
    "--full-jit",
    is_flag=True,
    help="Start more slowly, but answer faster; use it to measure latency.",
)
@json_option
def node_start(port: int, full_jit: bool, as_json: bool) -> None:
    """Start the local node in the background; download Elasticsearch the first time."""
    local = LocalNode.of(current_settings(), full_jit=full_jit)
    was_running = local.status().running
    url = local.start(port=port)
    if as_json:
        click.echo(json.dumps({**asdict(local.status()), "started": not was_running}))
    else:
        runs = "already runs" if was_running else "runs"
        click.echo(f"Elasticsearch {local.release.version} {runs} at {url}")


@node.command("stop")
def node_stop() -> None:
    """Stop the local node and wait until its process has ended; its data are kept."""
    LocalNode.of(current_settings()).stop()
    click.echo("stopped")


@node.command("status")
@json_option
@click.pass_context
def node_status(context: click.Context, as_json: bool) -> None:
    """Show whether the local node runs, its URL and its folder.

    The exit code is 1 if it does not run.
    """
    local = LocalNode.of(current_settings())
    status = local.status()
    if as_json:
        click.echo(json.dumps(asdict(status)))
    elif status.running:
        click.echo(
            f"Elasticsearch {local.release.version} runs at {status.url} (process {status.pid})"
        )
        click.echo(f"data and log: {status.home}")
    else:
        click.echo("no local node runs; start it with gram-es node start")
    context.exit(0 if status.running else 1)

"""The commands ``gram-es node start | stop | status``."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from gram_es.cli_options import json_option
from gram_es.cluster.node.distribution import VERSION
from gram_es.cluster.node.node import LocalNode
from gram_es.settings import current_settings


@click.group()
def node() -> None:
    """Run Elasticsearch itself on this machine, on loopback."""


@node.command("start")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Default: any free port.")
@click.option("--full-jit", is_flag=True, help="Boot slower, answer faster: to measure latency.")
@json_option
def node_start(port: int, full_jit: bool, as_json: bool) -> None:
    """Start the local node and leave it running; the first time, get it."""
    local = LocalNode.of(current_settings(), full_jit=full_jit)
    already = local.status().running
    url = local.start(port=port)
    if as_json:
        click.echo(json.dumps({**asdict(local.status()), "started": not already}))
    else:
        click.echo(f"Elasticsearch {VERSION} {'already runs' if already else 'runs'} at {url}")


@node.command("stop")
def node_stop() -> None:
    """Stop the local node and wait until it is gone; its data stay."""
    LocalNode.of(current_settings()).stop()
    click.echo("stopped")


@node.command("status")
@json_option
@click.pass_context
def node_status(context: click.Context, as_json: bool) -> None:
    """Tell how the local node is; exit 1 if it does not run."""
    status = LocalNode.of(current_settings()).status()
    if as_json:
        click.echo(json.dumps(asdict(status)))
    elif status.running:
        click.echo(f"Elasticsearch {VERSION} runs at {status.url} (process {status.pid})")
        click.echo(f"data and log: {status.home}")
    else:
        click.echo("no local node runs; start it with gram-es node start")
    context.exit(0 if status.running else 1)

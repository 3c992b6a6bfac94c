"""The command ``gram-es doctor``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from gram_es.cli_options import json_option
from gram_es.settings import current_settings
from ingest.doctor.examination import Line, examine
from ingest.doctor.findings import Level, Site

_COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.FAILURE: "red"}
_MARGIN = " " * 9


@click.command()
@click.option(
    "--model",
    "model_dir",
    type=click.Path(path_type=Path),
    help="The model's folder; default: GRAM_ES_MODEL, else the cache's.",
)
@json_option
@click.pass_context
def doctor(ctx: click.Context, model_dir: Path | None, as_json: bool) -> None:
    """Check cluster, index, model, queue and workers; say what mends each trouble.

    Nothing is changed. The exit code is 1 if there is a failure; warnings leave it 0.
    """
    settings = current_settings()
    with closing(Site(settings, model_dir or settings.model_folder)) as site:
        lines = []
        for line in examine(site):
            lines.append(line)
            if not as_json:
                _print(line)
    levels = Counter(line.finding.level for line in lines)
    if as_json:
        _print_json(lines)
    else:
        click.echo(", ".join(f"{levels[level]} {level}" for level in Level))
    ctx.exit(1 if levels[Level.FAILURE] else 0)


def _print(line: Line) -> None:
    finding = line.finding
    level = click.style(f"{finding.level:<{len(_MARGIN)}}", fg=_COLOURS[finding.level])
    click.echo(f"{level}{line.check}: {finding.found}")
    if finding.remedy:
        click.echo(f"{_MARGIN}-> {finding.remedy}")


def _print_json(lines: Iterable[Line]) -> None:
    plain = [{"check": line.check, **asdict(line.finding)} for line in lines]
    has_failed = any(line.finding.level is Level.FAILURE for line in lines)
    click.echo(json.dumps({"ok": not has_failed, "findings": plain}, ensure_ascii=False))

"""The command ``gram-es doctor``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from gram_es.cli_options import json_option
from gram_es.settings import current_settings
from ingest.doctor.checks import CheckResult, run_checks
from ingest.doctor.findings import Level, Site

_COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.FAILURE: "red"}
_MARGIN = " " * 9


@click.command()
@click.option(
    "--model",
    "model_dir",
    type=click.Path(path_type=Path),
    help="The model's folder [default: GRAM_ES_MODEL, or else the model in the cache folder].",
)
@json_option
@click.pass_context
def doctor(ctx: click.Context, model_dir: Path | None, as_json: bool) -> None:
    """Check the cluster, the index, the model, the queue and the workers.

    Each problem is printed with its remedy. Nothing is changed. The exit code is 1 if there is a
    failure, and 0 if there are only warnings.
    """
    settings = current_settings()
    with closing(Site(settings, model_dir or settings.model_folder)) as site:
        results = []
        for result in run_checks(site):
            results.append(result)
            if not as_json:
                _print(result)
    levels = Counter(result.finding.level for result in results)
    if as_json:
        _print_json(results)
    else:
        click.echo(", ".join(f"{levels[level]} {level}" for level in Level))
    ctx.exit(1 if levels[Level.FAILURE] else 0)


def _print(result: CheckResult) -> None:
    finding = result.finding
    level = click.style(f"{finding.level:<{len(_MARGIN)}}", fg=_COLOURS[finding.level])
    click.echo(f"{level}{result.check}: {finding.message}")
    if finding.remedy:
        click.echo(f"{_MARGIN}-> {finding.remedy}")


def _print_json(results: Sequence[CheckResult]) -> None:
    findings = [{"check": result.check, **asdict(result.finding)} for result in results]
    has_failed = any(result.finding.level is Level.FAILURE for result in results)
    click.echo(json.dumps({"ok": not has_failed, "findings": findings}, ensure_ascii=False))

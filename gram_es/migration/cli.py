"""The commands that change model and form of an index: ``gram-es index plan`` to ``prune``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from gram_es.cli_options import json_option
from gram_es.cluster.client import connect
from gram_es.errors import ModelError
from gram_es.index.cli import index
from gram_es.index.compatibility import obstacles
from gram_es.index.lifecycle import LiveIndex, index_state, live_index
from gram_es.settings import current_settings

if TYPE_CHECKING:
    from gram_es.migration.compare import Comparison, Side
    from gram_es.migration.migrate import Migration
    from gram_es.migration.plan import ChangePlan
    from gram_es.model.gram import Gram

_FOLDER = click.Path(path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_model = click.option(
    "--model", "folder", type=_FOLDER, help="The new model.  [default: the live one]"
)


@index.command()
@_model
@click.option(
    "--live-model",
    type=_FOLDER,
    help="The folder of the model that is live now.  [default: GRAM_ES_MODEL, else the cache's]",
)
@click.option("--queries", type=_FILE, help="Queries to compare both models on, one a line.")
@click.option("--judgments", type=_FILE, help="TSV of graded pairs, or qrels, to measure both by.")
@click.option(
    "--relevant", type=float, default=2.0, show_default=True, help="Grades from here on count."
)
@click.option(
    "--sample",
    type=click.IntRange(1, 10_000),
    default=200,
    show_default=True,
    help="The most queries to compare on; titles of products if no file is given.",
)
@click.option(
    "--min-overlap",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="The share of the first ten that must stay, where nothing is judged.",
)
@click.option(
    "--max-loss",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="How far nDCG@10 may fall, where queries are judged.",
)
@click.option("--no-switch", is_flag=True, help="Fill and compare only.")
@click.option("--force", is_flag=True, help="Switch whatever the comparison says.")
@json_option
@click.pass_context
def migrate(
    ctx: click.Context,
    folder: Path | None,
    live_model: Path | None,
    queries: Path | None,
    judgments: Path | None,
    relevant: float,
    sample: int,
    min_overlap: float,
    max_loss: float,
    no_switch: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Give the products the codes of another model, compare both, and make it live.

    Where documents, text analysis or settings of the index are not as they would be made now, all
    of it goes into a new index. The live one goes on answering until the switch, and feeds may go
    on all through. Cut short, the same command goes on. The exit code is 1 if the gate stayed shut.
    """
    from gram_es.evaluation.measures import Grading
    from gram_es.migration.compare import Gate
    from gram_es.migration.migrate import Probe
    from gram_es.migration.migrate import migrate as run
    from gram_es.model.gram import Gram

    settings = current_settings()
    probe = Probe(sample, queries, judgments, Grading(relevant=relevant))
    probe.check()
    with connect(settings) as client:
        found = live_index(client, settings.index)
        live_folder = live_model or settings.model_folder
        folder = folder or live_folder
        needs_new_index = bool(obstacles(client, found))
        live = _live_model(found, live_folder, folder, optional=force or no_switch)
        model = Gram.load(folder, threads=settings.threads)
        if needs_new_index and found.live_slot == model.slot:
            live = model
        total = index_state(client, settings).documents * (2 if needs_new_index else 1)
        doing = "fill, copy" if needs_new_index else "fill"
        with tqdm(total=total, desc=doing, unit="product", disable=None) as bar:
            done = run(
                client,
                settings.index,
                model,
                live=live,
                probe=probe,
                gate=Gate(min_overlap, max_loss),
                switches=not no_switch,
                force=force,
                looked_at=bar.update,
            )
    _show(done, as_json=as_json)
    if not done.is_live and not no_switch:
        click.echo(
            f"gram-es: not switched: {'; '.join(done.faults)}; "
            "mend that and run it again, or add --force",
            err=True,
        )
        ctx.exit(1)


def _live_model(found: LiveIndex, folder: Path, new: Path, *, optional: bool) -> Gram | None:
    """Return the model of the live slot, or nothing where there is nothing to compare."""
    from gram_es.model.gram import Gram
    from gram_es.model.manifest import read_manifest

    if found.live_slot in (None, read_manifest(new).slot):
        return None
    try:
        if (slot := read_manifest(folder).slot) == found.live_slot:
            return Gram.load(folder, threads=current_settings().threads)
        reason = f"the model in {folder} is {slot}, but {found.live_slot} is live in {found.index}"
    except ModelError as error:
        reason = str(error)
    if optional:
        click.echo(f"gram-es: nothing is compared: {reason}", err=True)
        return None
    raise ModelError(
        f"nothing to compare with: {reason}; name the live model's folder with --live-model DIR, "
        "or leave the comparison out with --force"
    )


def _show(done: Migration, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
        return
    for label, value in _lines(done):
        click.echo(f"{label:<11}{value}")


def _lines(done: Migration) -> Iterator[tuple[str, str]]:
    yield "slot", f"{done.slot} in {done.index}"
    lacking = f"{done.lacking:,} products lack its codes"
    if done.previous_index:
        yield "copied", f"{done.copied:,} products from {done.previous_index}"
    yield "filled", f"{done.filled:,} products in {done.seconds:.1f} s; {lacking}"
    for name, reason in list(done.refused.items())[:5]:
        yield "refused", f"{name}: {reason}"
    if done.comparison is not None:
        yield from _compared(done.comparison)
    if done.is_live and done.previous_index:
        way_back = f"back to {done.previous_index} with gram-es index rollback"
        yield "live", f"{done.slot} in {done.index}; {way_back}"
    elif done.is_live and done.was_live not in (None, done.slot):
        yield "live", f"{done.slot}; back to {done.was_live} with gram-es index rollback"
    else:
        yield "live", done.slot if done.is_live else str(done.was_live)


def _compared(found: Comparison) -> Iterator[tuple[str, str]]:
    yield "compared", f"{found.queries} queries; the first ten share {found.overlap:.0%}"
    yield "", _side("live", found.live)
    yield "", _side("new", found.new)


def _side(name: str, side: Side) -> str:
    measures = "".join(f", {measure} {value:.3f}" for measure, value in side.measures.items())
    degraded = f", degraded {side.degraded} times" if side.degraded else ""
    times = f"p50 {side.p50_ms:.0f} ms, p95 {side.p95_ms:.0f} ms"
    return f"{name:<5}{side.slot}: {times}{measures}{degraded}"


@index.command()
@click.option(
    "--force", is_flag=True, help="Go back although products lack codes there, or are not taken."
)
@json_option
def rollback(force: bool, as_json: bool) -> None:
    """Make the slot or the index live again that was live before.

    For a slot nothing is copied; an index first gets what was written since it was left.
    """
    from gram_es.migration.rollback import roll_back

    settings = current_settings()
    with connect(settings) as client:
        done = roll_back(client, settings.index, force=force)
    if as_json:
        click.echo(json.dumps(asdict(done)))
        return
    is_moved = done.previous_index != done.index
    before = done.previous_index if is_moved else done.previous_slot
    click.echo(f"{done.live_slot} is live in {done.index}, as before {before}")
    if is_moved:
        click.echo(f"{done.brought:,} products were written or deleted since, and are so there")
    if done.lacking:
        click.echo(f"{done.lacking:,} products lack its codes", err=True)
    if done.lost:
        click.echo(f"{done.lost:,} products are there as they were before", err=True)


@index.command()
@_model
@json_option
def plan(folder: Path | None, as_json: bool) -> None:
    """Say what migrate would do, how long it takes and how much disk; nothing is written."""
    from gram_es.migration.plan import plan_change
    from gram_es.model.gram import Gram

    settings = current_settings()
    with connect(settings) as client:
        live_index(client, settings.index)  # before the model is loaded
        model = Gram.load(folder or settings.model_folder, threads=settings.threads)
        made = plan_change(client, settings.index, model)
    if as_json:
        derived = {"is_new_index": made.is_new_index, "peak_bytes": made.peak_bytes}
        click.echo(json.dumps({**asdict(made), **derived}))
        return
    for label, value in _plan_lines(made):
        click.echo(f"{label:<11}{value}")


def _plan_lines(made: ChangePlan) -> Iterator[tuple[str, str]]:
    if made.is_new_index:
        yield "new index", f"{made.index} has {' and '.join(made.obstacles)}"
    kind = "new slot" if made.is_new_slot else "slot"
    is_live = made.slot == made.live_slot
    yield kind, f"{made.slot} in {made.index}" + (" (live)" if is_live else "")
    yield "products", f"{made.lacking:,} of {made.documents:,} lack its codes"
    if made.is_new_index:
        yield "", f"{made.documents:,} are copied into the new index, codes and all"
    if made.lacking or made.is_new_index:
        minutes, seconds = divmod(round(made.seconds + made.copy_seconds), 60)
        yield "time", f"about {minutes} min {seconds} s, by {made.sampled} products on this machine"
        room = f"{_megabytes(made.kept_bytes)}, up to {_megabytes(made.peak_bytes)} meanwhile"
        yield "disk", f"about {room}; {_megabytes(made.free_bytes)} are free"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


@index.command()
@click.option(
    "--keep", multiple=True, metavar="NAME", help="Keep this slot or index; may be repeated."
)
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@json_option
def prune(keep: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Drop every slot and index that is neither live nor kept: there is no way back to it then.

    A slot's codes go from the documents. Their empty fields stay in the mapping, which
    Elasticsearch cannot take fields out of.
    """
    from gram_es.migration.prune import find_prunable, find_prunable_indices, prune_indices
    from gram_es.migration.prune import prune as run

    settings = current_settings()
    with connect(settings) as client:
        found = find_prunable(client, settings.index, keep=keep)
        indices = find_prunable_indices(client, settings.index, keep=keep)
        if not dry_run:
            prune_indices(client, settings.index, [one.index for one in indices])
            total = sum(one.documents for one in found)
            with tqdm(total=total, desc="prune", unit="product", disable=None) as bar:
                run(client, settings.index, [one.slot for one in found], bar.update)
    if as_json:
        click.echo(json.dumps([*map(asdict, indices), *map(asdict, found)]))
        return
    verb = "would go" if dry_run else "is gone"
    for old in indices:
        click.echo(f"{old.index} {verb}: it held {old.documents:,} products")
    for one in found:
        click.echo(f"{one.slot} {verb}: {one.documents:,} products held its codes")
    if not (found or indices):
        click.echo("nothing to prune: only what is live and what is kept is there")

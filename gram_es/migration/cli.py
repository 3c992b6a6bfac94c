"""The commands ``gram-es index migrate | rollback | plan | prune``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from gram_es.cli_options import json_option
from gram_es.cluster.client import connect
from gram_es.errors import ModelError
from gram_es.index.cli import index
from gram_es.index.compatibility import incompatibilities
from gram_es.index.lifecycle import LiveIndex, index_state, live_index
from gram_es.settings import current_settings

if TYPE_CHECKING:
    from gram_es.migration.compare import Comparison, ModelResult
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
    help="The folder of the live model.  [default: GRAM_ES_MODEL, else the one in the cache]",
)
@click.option(
    "--queries",
    "query_file",
    type=_FILE,
    help="A file of queries to compare the models on, one per line.",
)
@click.option(
    "--judgments", type=_FILE, help="Judgments to measure both models by: a TSV file or qrels."
)
@click.option(
    "--relevant",
    type=float,
    default=2.0,
    show_default=True,
    help="The lowest grade that counts as relevant.",
)
@click.option(
    "--sample",
    type=click.IntRange(1, 10_000),
    default=200,
    show_default=True,
    help="The maximum number of queries. Without a file, product titles are the queries.",
)
@click.option(
    "--min-overlap",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="Without judgments: the least overlap of both models' first ten hits.",
)
@click.option(
    "--max-loss",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="With judgments: the largest loss of nDCG@10 that is accepted.",
)
@click.option("--no-switch", is_flag=True, help="Only fill the slot and compare.")
@click.option("--force", is_flag=True, help="Switch despite objections.")
@json_option
@click.pass_context
def migrate(
    ctx: click.Context,
    folder: Path | None,
    live_model: Path | None,
    query_file: Path | None,
    judgments: Path | None,
    relevant: float,
    sample: int,
    min_overlap: float,
    max_loss: float,
    no_switch: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write another model's codes into all products, compare the models, and make the new one live.

    All documents are copied to a new index if the schema, the text analysis or the settings of the
    live index differ from those of a new one. The live index answers searches until the switch, and
    feeds can be ingested meanwhile. Run the same command again to resume an interrupted migration.
    The exit code is 1 if there were objections to the switch.
    """
    from gram_es.evaluation.measures import Grading
    from gram_es.migration.compare import Gate
    from gram_es.migration.migrate import ComparisonQueries
    from gram_es.migration.migrate import migrate as run
    from gram_es.model.gram import Gram

    settings = current_settings()
    queries = ComparisonQueries(sample, query_file, judgments, Grading(relevant=relevant))
    queries.check()
    with connect(settings) as client:
        before = live_index(client, settings.index)
        before.check_is_own("fill a slot there with gram-es enrich INDEX --model DIR")
        live_folder = live_model or settings.model_folder
        folder = folder or live_folder
        needs_new_index = bool(incompatibilities(client, before))
        live = _live_model(before, live_folder, folder, optional=force or no_switch)
        # Codes from stored vectors need no encoder.
        model = Gram.load(folder, threads=settings.threads, defer_encoder=True)
        if needs_new_index and before.live_slot == model.slot:
            live = model
        total = index_state(client, settings).documents * (2 if needs_new_index else 1)
        label = "fill, copy" if needs_new_index else "fill"
        with tqdm(total=total, desc=label, unit="product", disable=None) as bar:
            migration = run(
                client,
                settings.index,
                model,
                live=live,
                queries=queries,
                gate=Gate(min_overlap, max_loss),
                switches=not no_switch,
                force=force,
                on_progress=bar.update,
            )
    _show(migration, as_json=as_json)
    if not migration.is_live and not no_switch:
        click.echo(
            f"gram-es: not switched: {'; '.join(migration.objections)}; "
            "fix the cause and run it again, or add --force",
            err=True,
        )
        ctx.exit(1)


def _live_model(live: LiveIndex, folder: Path, new: Path, *, optional: bool) -> Gram | None:
    """Return the model of the live slot, or ``None`` if nothing is to be compared.

    Nothing is compared if no slot is live, or if the new model's slot is live already.

    :param folder: the folder in which the live model is expected.
    :param new: the folder of the new model.
    :param optional: return ``None`` with a notice if ``folder`` does not contain the live model.
    :raises ModelError: if ``folder`` does not contain the live model and ``optional`` is false.
    """
    from gram_es.model.gram import Gram
    from gram_es.model.manifest import read_manifest

    if live.live_slot in (None, read_manifest(new).slot):
        return None
    try:
        if (slot := read_manifest(folder).slot) == live.live_slot:
            return Gram.load(folder, threads=current_settings().threads)
        reason = f"the model in {folder} is {slot}, but {live.live_slot} is live in {live.index}"
    except ModelError as error:
        reason = str(error)
    if optional:
        click.echo(f"gram-es: the models are not compared: {reason}", err=True)
        return None
    raise ModelError(
        f"cannot compare the models: {reason}; give the live model's folder with "
        "--live-model DIR, or skip the comparison with --force"
    )


def _show(migration: Migration, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(migration), ensure_ascii=False))
        return
    for label, value in _lines(migration):
        click.echo(f"{label:<11}{value}")


def _lines(migration: Migration) -> Iterator[tuple[str, str]]:
    slot, previous_slot = migration.slot, migration.previous_slot
    yield "slot", f"{slot} in {migration.index}"
    if migration.previous_index:
        yield "copied", f"{migration.copied:,} products from {migration.previous_index}"
    missing_codes = f"{migration.missing_codes:,} products lack its codes"
    yield "filled", f"{migration.filled:,} products in {migration.seconds:.1f} s; {missing_codes}"
    if migration.recoded:
        yield "", f"{migration.recoded:,} of them from stored vectors, without encoding their texts"
    for product_id, reason in list(migration.rejected.items())[:5]:
        yield "rejected", f"{product_id}: {reason}"
    if migration.comparison is not None:
        yield from _comparison_lines(migration.comparison)
    if migration.is_live and migration.previous_index:
        undo = f"gram-es index rollback returns to {migration.previous_index}"
        yield "live", f"{slot} in {migration.index}; {undo}"
    elif migration.is_live and previous_slot not in (None, slot):
        yield "live", f"{slot}; gram-es index rollback returns to {previous_slot}"
    else:
        yield "live", slot if migration.is_live else str(previous_slot)


def _comparison_lines(comparison: Comparison) -> Iterator[tuple[str, str]]:
    overlap = f"the first ten hits overlap by {comparison.overlap:.0%}"
    yield "compared", f"{comparison.queries} queries; {overlap}"
    yield "", _describe("live", comparison.live)
    yield "", _describe("new", comparison.new)


def _describe(label: str, result: ModelResult) -> str:
    measures = "".join(f", {measure} {value:.3f}" for measure, value in result.measures.items())
    degraded = f", degraded {result.degraded} times" if result.degraded else ""
    times = f"p50 {result.p50_ms:.0f} ms, p95 {result.p95_ms:.0f} ms"
    return f"{label:<5}{result.slot}: {times}{measures}{degraded}"


@index.command()
@click.option(
    "--force", is_flag=True, help="Roll back even if products lack codes or are rejected."
)
@json_option
def rollback(force: bool, as_json: bool) -> None:
    """Make the previous slot or index live again.

    If the last switch replaced the index, all later writes are first copied to the previous index.
    If it only changed the slot, nothing is copied. Run the command again to switch forward.
    """
    from gram_es.migration.rollback import roll_back

    settings = current_settings()
    with connect(settings) as client:
        result = roll_back(client, settings.index, force=force)
    if as_json:
        click.echo(json.dumps(asdict(result)))
        return
    is_index_change = result.previous_index != result.index
    previous = result.previous_index if is_index_change else result.previous_slot
    click.echo(f"{result.live_slot} is live in {result.index} again, instead of {previous}")
    if is_index_change:
        click.echo(f"{result.copied:,} writes and deletes since the switch were copied to it")
    if result.missing_codes:
        click.echo(f"{result.missing_codes:,} products lack codes of {result.live_slot}", err=True)
    if result.rejected:
        click.echo(
            f"{result.rejected:,} products were rejected and stay in an older version",
            err=True,
        )


@index.command()
@_model
@json_option
def plan(folder: Path | None, as_json: bool) -> None:
    """Show what migrate would do, and how much time and disk space it would take.

    Nothing is written.
    """
    from gram_es.migration.plan import plan_change
    from gram_es.model.gram import Gram

    settings = current_settings()
    with connect(settings) as client:
        live_index(client, settings.index)  # fail before the slow loading of the model
        model = Gram.load(
            folder or settings.model_folder, threads=settings.threads, defer_encoder=True
        )
        change = plan_change(client, settings.index, model)
    if as_json:
        derived = {"is_new_index": change.is_new_index, "peak_bytes": change.peak_bytes}
        click.echo(json.dumps({**asdict(change), **derived}))
        return
    for label, value in _plan_lines(change):
        click.echo(f"{label:<11}{value}")


def _plan_lines(change: ChangePlan) -> Iterator[tuple[str, str]]:
    if change.is_new_index:
        yield "new index", f"{change.index} has {' and '.join(change.incompatibilities)}"
    kind = "new slot" if change.is_new_slot else "slot"
    is_live = change.slot == change.live_slot
    yield kind, f"{change.slot} in {change.index}" + (" (live)" if is_live else "")
    yield "products", f"{change.missing_codes:,} of {change.documents:,} lack its codes"
    if change.recoded:
        same = f"{change.slot} has the encoder of a model in the index"
        yield "", f"{change.recoded:,} of them get codes from stored vectors: {same}"
    if change.is_new_index:
        yield "", f"{change.documents:,} are copied to the new index with their codes"
    if change.missing_codes or change.is_new_index:
        minutes, seconds = divmod(round(change.seconds + change.copy_seconds), 60)
        sample = f"measured on {change.sampled} products on this machine"
        yield "time", f"about {minutes} min {seconds} s, {sample}"
        peak = f"{_megabytes(change.peak_bytes)} at most during the migration"
        free = f"{_megabytes(change.free_bytes)} are free"
        yield "disk", f"about {_megabytes(change.added_bytes)}, {peak}; {free}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


@index.command()
@click.option(
    "--keep", multiple=True, metavar="NAME", help="Keep this slot or index; may be repeated."
)
@click.option("--dry-run", is_flag=True, help="Only show what would be pruned.")
@json_option
def prune(keep: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Delete every slot and index that is neither live nor given with --keep.

    A rollback to them is then impossible. A slot's codes are removed from the documents. Its fields
    stay in the mapping, because Elasticsearch cannot remove fields from it.
    """
    from gram_es.migration.lock import MigrationLock
    from gram_es.migration.prune import find_prunable, find_prunable_indices, prune_indices
    from gram_es.migration.prune import prune as run

    settings = current_settings()
    with connect(settings) as client, ExitStack() as stack:
        if not dry_run:
            stack.enter_context(MigrationLock(client, settings.index))
        slots = find_prunable(client, settings.index, keep=keep)
        indices = find_prunable_indices(client, settings.index, keep=keep)
        if not dry_run:
            prune_indices(client, settings.index, [prunable.index for prunable in indices])
            total = sum(slot.documents for slot in slots)
            with tqdm(total=total, desc="prune", unit="product", disable=None) as bar:
                run(client, settings.index, [slot.slot for slot in slots], bar.update)
    if as_json:
        click.echo(json.dumps([*map(asdict, indices), *map(asdict, slots)]))
        return
    verb = "would be pruned" if dry_run else "was pruned"
    for prunable in indices:
        click.echo(f"{prunable.index} {verb}: it had {prunable.documents:,} products")
    for slot in slots:
        click.echo(f"{slot.slot} {verb}: {slot.documents:,} products had its codes")
    if not (slots or indices):
        click.echo("nothing to prune: all slots and indices are live or kept")

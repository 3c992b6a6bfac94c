"""The command ``gram-es enrich``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gram_es.cli_options import json_option, model_option
from gram_es.cluster.client import connect
from gram_es.errors import CatalogueIndexError
from gram_es.settings import Settings, current_settings
from gram_es.text.normalise import clean_text
from ingest.feeds.rows.mapping_file import FieldMapping, read_mapping
from ingest.progress_bar import ProgressBar

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from gram_es.model.gram import Gram
    from ingest.enrich.start import EnrichOptions, PreparedIndex

_SHOWN = 3
_INTERRUPTED = 130  # as a shell gives for Ctrl-C
_SHOWN_REJECTIONS = 5


@dataclass(frozen=True)
class EnrichReport:
    """The outcome of enriching an index.

    ``from_cache`` and ``from_model`` count enrichments by where they came from; ``rejected`` has
    the reasons by document id. ``is_interrupted`` is true if the run was stopped before its end.
    """

    index: str
    slot: str
    live_slot: str | None
    read: int
    written: int
    from_cache: int
    from_model: int
    rejected: dict[str, str] = field(default_factory=dict)
    is_interrupted: bool = False


@click.command()
@click.argument("index")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="A YAML file that maps names of the documents to fields of gram-es, as for a feed "
    "[default: GRAM_ES_FEED_MAPPING].",
)
@model_option
@click.option(
    "--follow",
    is_flag=True,
    help="Stay, and enrich what is written within seconds; no other output.",
)
@click.option(
    "--interval",
    type=click.FloatRange(0.1, 3_600),
    default=2.0,
    show_default=True,
    help="With --follow: the seconds between two looks at the index.",
)
@click.option("--max-per-second", type=click.FloatRange(1), help="Read no more documents a second.")
@click.option(
    "--dry-run", is_flag=True, help="Show how the first documents are read; write nothing."
)
@click.option(
    "--again", is_flag=True, help="Read all documents, not only those written since the last run."
)
@click.option(
    "--switch", is_flag=True, help="Make the codes of this model the ones that are searched."
)
@click.option(
    "--allow-versions",
    is_flag=True,
    help="Write although documents have versions from their writers (version_type external).",
)
@json_option
@click.pass_context
def enrich(
    ctx: click.Context,
    index: str,
    mapping_file: Path | None,
    model: Path | None,
    *,
    follow: bool,
    interval: float,
    max_per_second: float | None,
    dry_run: bool,
    again: bool,
    switch: bool,
    allow_versions: bool,
    as_json: bool,
) -> None:
    """Write codes into the documents of a shop's own INDEX, an index or an alias.

    Only the object field "gram" and its aliases are added to the mapping, and only "gram" is
    written. The aliases GRAM_ES_INDEX and GRAM_ES_INDEX-write then point to the index, so that
    gram-es serve answers POST /codes and POST /rerank for it.

    Documents whose codes are current are skipped, so the command can be repeated. Stopped with
    Ctrl-C or SIGTERM it resumes at the next call. The exit code is 1 if a document was rejected,
    and 130 if the run was stopped.
    """
    settings = current_settings()
    mapping = _mapping(mapping_file, settings)
    _check_options(follow=follow, dry_run=dry_run, again=again, switch=switch, as_json=as_json)
    with connect(settings) as client:
        if dry_run:
            _show_documents(client, index, mapping)
            return
        from gram_es.model.gram import Gram  # imported late: it takes a second
        from ingest.enrich.start import EnrichOptions, prepare

        gram = Gram.load(
            model or settings.model_folder, threads=settings.threads, defer_encoder=True
        )
        options = EnrichOptions(settings.index, mapping, allow_versions, max_per_second)
        prepared = prepare(client, index, gram, options)
        if again:
            prepared.enricher.read_all_again()
        if follow:
            _follow(client, index, gram, options, prepared, interval)
            return
        report = _enrich_once(client, settings, prepared, switch=switch)
    _print(report, as_json)
    if report.is_interrupted:
        click.echo("gram-es: interrupted; run the command again to resume", err=True)
    ctx.exit(_INTERRUPTED if report.is_interrupted else 1 if report.rejected else 0)


def _check_options(
    *, follow: bool, dry_run: bool, again: bool, switch: bool, as_json: bool
) -> None:
    """Check that no option is given that another one makes void.

    :raises click.UsageError: if there is one.
    """
    if as_json and (follow or dry_run):
        raise click.UsageError("--json is for the report at the end: leave out --follow, --dry-run")
    if dry_run and (follow or again or switch):
        raise click.UsageError("--dry-run writes nothing: leave out --follow, --again, --switch")
    if follow and switch:
        raise click.UsageError(
            "--follow does not end, and --switch switches at the end: run the command with --switch"
            " first, and then with --follow"
        )


def _mapping(file: Path | None, settings: Settings) -> FieldMapping:
    """Return the mapping file of the option or the settings; without one, names are known ones.

    :raises SettingsError: if the mapping cannot be used.
    """
    path = file or settings.feed_mapping
    return read_mapping(path) if path is not None else FieldMapping("", {}, ())


def _show_documents(client: Elasticsearch, name: str, mapping: FieldMapping) -> None:
    """Print how the first documents of an index are read, a JSON object each."""
    from gram_es.index.shop.shop_index import read_shop_index
    from gram_es.migration.fill_slot import UnreadableProductError
    from ingest.enrich.documents import document_reader
    from ingest.enrich.enricher import check_versions
    from ingest.enrich.start import check_names, check_own_names, read_sample

    shop = read_shop_index(client, name)
    sample = read_sample(client, shop)
    check_own_names(shop, sample)
    check_names(client, shop, sample, mapping)
    reader = document_reader(mapping)
    read, rejected = list[dict[str, Any]](), dict[str, str]()
    for hit in sample:
        try:
            read.append(_as_read(asdict(reader.product(hit))))
        except UnreadableProductError as error:
            rejected[hit["_id"]] = str(error)
    for product in islice(read, _SHOWN):
        click.echo(json.dumps(product, ensure_ascii=False))
    _print_rejections(rejected)
    click.echo(
        f"{len(read):,} of {len(sample):,} documents can be read; nothing was written", err=True
    )
    try:
        check_versions(shop.index, sample)
    except CatalogueIndexError as error:
        click.echo(f"gram-es: {error}", err=True)


def _as_read(product: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in product.items() if value not in (None, (), {})}


def _enrich_once(
    client: Elasticsearch, settings: Settings, prepared: PreparedIndex, *, switch: bool
) -> EnrichReport:
    from gram_es.index.lifecycle import live_index
    from gram_es.migration.switch import switch as make_live
    from ingest.enrich.follow import stop_on_signals

    slot, index = prepared.model.slot, prepared.shop.index
    with stop_on_signals() as stop, ProgressBar() as bar:
        prepared.enricher.catch_up_wholly(stop, bar.rows_done)
        is_interrupted = stop.is_set()
        if not is_interrupted:
            prepared.cache.delete_old()
    if switch and not is_interrupted:
        make_live(client, settings.index, slot, target=index)
    counts = prepared.enricher.counts
    return EnrichReport(
        index=index,
        slot=slot,
        live_slot=live_index(client, settings.index).live_slot,
        read=counts.read,
        written=counts.written,
        from_cache=prepared.model.from_cache,
        from_model=prepared.model.from_model,
        rejected=counts.rejected,
        is_interrupted=is_interrupted,
    )


def _follow(
    client: Elasticsearch,
    name: str,
    gram: Gram,
    options: EnrichOptions,
    prepared: PreparedIndex,
    interval_s: float,
) -> None:
    from ingest.enrich.follow import Follower, stop_on_signals
    from ingest.enrich.start import prepare, restore

    follower = Follower(
        client,
        name,
        prepared,
        prepare=lambda: prepare(client, name, gram, options),
        restore=lambda: restore(client, name, gram, options),
        interval_s=interval_s,
    )
    with stop_on_signals() as stop:
        follower.run(stop)


def _print(report: EnrichReport, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
        return
    for line in _lines(report):
        click.echo(line)
    _print_rejections(report.rejected)


def _lines(report: EnrichReport) -> Iterator[str]:
    yield (
        f"{report.written:,} documents of {report.index} were enriched:"
        f" {report.from_model:,} by the model, {report.from_cache:,} from the cache"
    )
    if report.live_slot != report.slot:
        yield (
            f"the slot {report.slot} is filled, {report.live_slot} is searched; make the new one"
            " live with --switch"
        )


def _print_rejections(rejected: dict[str, str]) -> None:
    for document_id, reason in islice(rejected.items(), _SHOWN_REJECTIONS):
        click.echo(f"{clean_text(document_id)} has no codes: {reason}", err=True)
    if len(rejected) > _SHOWN_REJECTIONS:
        click.echo(f"{len(rejected):,} documents in all have no codes", err=True)

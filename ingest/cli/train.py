"""The commands that train a model on a feed or evaluate the search on it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gram_es.cli_options import json_option, language_model_option
from gram_es.errors import FeedError, SettingsError
from gram_es.records import Judgment, Product
from gram_es.settings import current_settings
from ingest.cli.judged_feed import collection_option, judged_feed, judged_part, locale_option
from ingest.cli.language_model_training import TrainingCall, read_options, train_for_model
from ingest.cli.options import mapping_option, mention_preset, preset_option
from ingest.feeds import FileFault, Row, open_feed
from ingest.feeds.sources.download import shown_feed
from ingest.feeds.sources.open import open_source

if TYPE_CHECKING:
    from gram_es.training.train import EncoderChoice

_MAX_SHOWN_REJECTIONS = 5
_MAX_QUERIES_OF_LANGUAGE_MODEL = 100
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def _read(feed: str, mapping: Path | None, preset: str | None) -> Iterator[Product]:
    """Yield the products of a feed as a stream, and print its first rejected rows on stderr.

    :raises FeedError: if the feed cannot be read, or breaks midway.
    """
    rejected = 0
    with open_source(feed, current_settings(), mapping, preset) as opened_feed:
        mention_preset(feed, opened_feed, preset)
        for row in open_feed(opened_feed):
            if isinstance(row, Row):
                yield row.product
            elif isinstance(row, FileFault):
                raise FeedError(f"{shown_feed(feed)}: {row}")
            else:
                rejected += 1
                if rejected <= _MAX_SHOWN_REJECTIONS:
                    click.echo(f"{shown_feed(feed)}: {row}", err=True)
    if rejected > _MAX_SHOWN_REJECTIONS:
        more = rejected - _MAX_SHOWN_REJECTIONS
        click.echo(f"{shown_feed(feed)}: and {more} more rejected rows", err=True)


class _Duration(click.ParamType[float]):
    """A duration such as ``90s``, ``30m`` or ``2h``, converted to seconds."""

    name = "duration"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the duration in seconds.

        :raises click.BadParameter: if the text is not a duration.
        """
        match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh])", str(value).strip().lower())
        if isinstance(value, str) and not match:
            self.fail(f"{value!r} is not a duration; write it as 90s, 30m or 2h", param, ctx)
        return float(match[1]) * _SECONDS[match[2]] if match else float(value)


@click.command()
@click.argument("feed")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The model's folder.")
@mapping_option
@preset_option
@collection_option
@locale_option
@click.option("--judgments", type=click.Path(path_type=Path), help="TSV of graded pairs, or qrels.")
@click.option(
    "--encoder", help="The hub id or the folder of a sentence encoder instead of all-MiniLM-L6-v2."
)
@click.option(
    "--query-prefix",
    help="The text that the encoder expects in front of a query; E5 encoders get theirs anyway.",
)
@click.option("--product-prefix", help="The text that it expects in front of a product.")
@click.option(
    "--language-model",
    help="A hub id, a folder or a GGUF file of a language model, to find words of shoppers with.",
)
@click.option(
    "--budget", type=_Duration(), help="The approximate training time, as 90s, 30m or 2h."
)
@click.option(
    "--family",
    type=click.Choice(["base", "llm"]),
    default="base",
    show_default=True,
    help="What to train: the model, or also a language model that finds its codes.",
)
@click.option(
    "--model-id", help="For --family llm: the language model's hub id, folder or GGUF file."
)
@click.option(
    "--tokens",
    type=click.IntRange(1_000),
    default=200_000,
    show_default=True,
    help="For --family llm: how many tokens a stage reads at most.",
)
@click.option(
    "--stages",
    help="For --family llm: the stages in order, separated by commas.  [default: supervised]",
)
@click.option(
    "--device",
    default="cpu",
    show_default=True,
    help="For --family llm: where torch computes, such as cuda.",
)
@click.option("--resume", is_flag=True, help="Resume an interrupted training.")
@click.option("--restart", is_flag=True, help="Discard an interrupted training and start over.")
@click.option("--force", is_flag=True, help="Replace a model that is already in the folder.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@json_option
def train(
    feed: str,
    out: Path,
    mapping: Path | None,
    preset: str | None,
    collection: str | None,
    locale: str | None,
    judgments: Path | None,
    encoder: str | None,
    query_prefix: str | None,
    product_prefix: str | None,
    language_model: str | None,
    budget: float | None,
    family: str,
    model_id: str | None,
    tokens: int,
    stages: str | None,
    device: str,
    resume: bool,
    restart: bool,
    force: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Train a model on the products of FEED and write its folder.

    Codes are mined from the products, and products and codes are encoded by a pretrained sentence
    encoder. With 1,000 judged queries or more the encoder is trained on them. Checkpoints are
    stored next to the folder until the training is done. The trained encoder is kept only if it
    does not lose against the pretrained one on held-out queries.

    With --language-model, a causal language model looks for words of the shop's language that no
    product uses, such as "nappies" in a shop that says "diapers". Each word leads to the code of a
    type. They are in the file shopper_words.tsv of the folder, which you may edit. It takes minutes
    with 270 million parameters, and the model is not needed afterwards.

    With --family llm, the language model --model-id is trained to find the codes of queries and of
    products (LoRA), and its adapter is written into the model's folder. The workers for queries,
    warm and evaluate then use it. A model that is already in the folder stays as it is.

    Otherwise a model that is already in the folder is replaced only with --force. Services and
    workers that use it would find another model there when they restart.
    """
    from gram_es.model.folder import check_no_model, check_target_folder
    from gram_es.model.manifest import MANIFEST
    from gram_es.model.pretrained import DEFAULT_ENCODER
    from gram_es.training.train import EncoderChoice

    if resume and budget:
        raise SettingsError("a resumed training keeps its --budget: leave it out with --resume")
    if resume and restart:
        raise SettingsError("--resume and --restart exclude each other: give one of them")
    options = read_options(family, model_id, stages, tokens=tokens, device=device, seed=seed)
    out = out.resolve()
    check_target_folder(out)
    keeps_model = options is not None and not force and (out / MANIFEST).exists()
    if not force and not keeps_model:
        check_no_model(out)
    data = judged_feed(
        feed,
        judgments,
        lambda: _read(feed, mapping, preset),
        collection=collection,
        locale=locale,
        feed_options={"--mapping": mapping, "--preset": preset},
        training=True,
    )
    products, graded = data.products, data.judgments
    if options is not None:
        products = _sampled(products, graded, seed)
    if not keeps_model:
        _train_model(
            out,
            products,
            graded,
            EncoderChoice(encoder or DEFAULT_ENCODER, query_prefix, product_prefix),
            language_model,
            budget_s=budget,
            seed=seed,
            resume=resume,
            restart=restart,
            as_json=as_json,
        )
    if options is not None:
        call = TrainingCall(out, list(products), graded, resume, restart, as_json)
        train_for_model(call, options)


def _sampled(products: Iterable[Product], graded: Sequence[Judgment], seed: int) -> list[Product]:
    """Return the products to train on, which are read twice."""
    from gram_es.training.data.catalogue_sample import MAX_PRODUCTS, sample_products

    judged = {judgment.product_id for judgment in graded}
    return sample_products(products, always=judged, max_products=MAX_PRODUCTS, seed=seed)[0]


def _train_model(
    out: Path,
    products: Iterable[Product],
    graded: Sequence[Judgment],
    choice: EncoderChoice,
    language_model: str | None,
    *,
    budget_s: float | None,
    seed: int,
    resume: bool,
    restart: bool,
    as_json: bool,
) -> None:
    """Train a model, write its folder, and print what came out."""
    from gram_es.training.checkpoint_file import remove_checkpoint
    from gram_es.training.train import train as train_model

    started = time.monotonic()
    checkpoints = out.with_name(f"{out.name}.checkpoint")
    if restart:
        remove_checkpoint(checkpoints)
    trained = train_model(
        products,
        graded,
        encoder=choice,
        language_model=language_model,
        seed=seed,
        checkpoints=checkpoints,
        resume=resume,
        budget_s=budget_s,
        report_progress=lambda message: click.echo(message, err=True),
    )
    seconds = time.monotonic() - started
    manifest = trained.save(out)
    remove_checkpoint(checkpoints)
    if as_json:
        facts = {
            "model": str(out),
            "fingerprint": manifest.fingerprint,
            "seconds": seconds,
            "encoder_is_trained": trained.config.is_encoder_trained,
        }
        click.echo(json.dumps({**facts, "counts": trained.counts}))
    else:
        counts = ", ".join(f"{count:,} {name}" for name, count in trained.counts.items() if count)
        click.echo(f"{out}: model {manifest.fingerprint[:12]} in {seconds:.0f} s ({counts})")


@click.command()
@click.argument("feed")
@click.argument("judgments", type=click.Path(path_type=Path), required=False)
@mapping_option
@preset_option
@collection_option
@locale_option
@click.option(
    "--judged-products",
    is_flag=True,
    help="Search only the products that the judgments of the measured queries name.",
)
@click.option("--model", "folder", type=click.Path(path_type=Path), help="The model's folder.")
@click.option(
    "--relevant",
    type=float,
    default=2.0,
    show_default=True,
    help="The lowest grade that counts as relevant.",
)
@click.option(
    "--offset",
    type=float,
    default=0.0,
    show_default=True,
    help="The offset in the gain 2^(grade - offset) - 1.",
)
@click.option(
    "--classes",
    type=click.Path(path_type=Path),
    help="A TSV of queries and their classes, for means per class.",
)
@click.option(
    "--peers",
    is_flag=True,
    help="Measure other methods too: a pretrained encoder, hybrids, the scorer on all products.",
)
@click.option(
    "--sparse-encoder",
    metavar="SOURCE",
    help="Measure learned sparse retrieval, too: the hub id or folder of a SPLADE encoder.",
)
@click.option(
    "--synonyms",
    type=click.Path(path_type=Path),
    help="Measure BM25 with a synonym file, too, in the format of Elasticsearch's filters.",
)
@click.option(
    "--ablate", is_flag=True, help="Measure the search with each of its parts left out or resized."
)
@click.option(
    "--record",
    metavar="DATASET",
    help="Record the measures of the whole search in the card of the model, as those on the "
    "dataset of this name.",
)
@language_model_option
@click.option(
    "--max-queries",
    type=click.IntRange(1),
    help="Measure only so many of the queries, drawn at equal distances.  [default: all; with "
    "--language-model 100]",
)
@json_option
def evaluate(
    feed: str,
    judgments: Path | None,
    mapping: Path | None,
    preset: str | None,
    collection: str | None,
    locale: str | None,
    judged_products: bool,
    folder: Path | None,
    relevant: float,
    offset: float,
    classes: Path | None,
    peers: bool,
    sparse_encoder: str | None,
    synonyms: Path | None,
    ablate: bool,
    record: str | None,
    language_model: str | None,
    max_queries: int | None,
    as_json: bool,
) -> None:
    """Evaluate the search over FEED with JUDGMENTS, each stage against plain BM25.

    The products are indexed into a temporary index. Differences have 95 % paired bootstrap
    intervals.

    With --collection, FEED is a folder with the published files of a test collection of product
    search: ESCI, TREC Product Search or WANDS. Its test queries are measured, and JUDGMENTS is left
    out.

    With --peers, other methods are measured too: a pretrained sentence encoder (dense), its hybrids
    with BM25 (rrf, dense+bm25), and the model's own scorer over all products (scorer+text). With
    --ablate, the search is also measured with one part at a time left out or resized. With
    --language-model, or a model that has a trained one, so are the codes that the language model
    chooses alone (llm) or together with the encoder (both), which takes seconds for each query.
    """
    from gram_es.cluster.client import connect
    from gram_es.evaluation.dense import SentenceEncoder
    from gram_es.evaluation.judgments import read_classes
    from gram_es.evaluation.measures import Grading
    from gram_es.evaluation.runner import evaluate as run
    from gram_es.evaluation.synonyms import read_synonyms
    from gram_es.model.gram import Gram
    from gram_es.retrieval.open import load_experts
    from ingest.cli.recorded_measures import measured_task, record_full_search

    if judgments is None and collection is None:
        raise SettingsError("evaluate needs JUDGMENTS, or --collection and a folder that has some")
    settings = current_settings()
    grading = Grading(relevant=relevant, offset=offset)
    data = judged_feed(
        feed,
        judgments,
        lambda: _read(feed, mapping, preset),
        collection=collection,
        locale=locale,
        feed_options={"--mapping": mapping, "--preset": preset},
        training=False,
    )
    graded = data.judgments
    class_by_query = read_classes(classes) if classes else None
    encoder = SentenceEncoder() if peers else None
    rules = read_synonyms(synonyms) if synonyms else None
    sparse = None
    if sparse_encoder:
        from gram_es.evaluation.sparse import SparseModel  # an extra of its own

        sparse = SparseModel(sparse_encoder)
    gram = Gram.load(folder or settings.model_folder, threads=settings.threads)
    experts = load_experts(gram, language_model, settings)
    if experts and max_queries is None:
        max_queries = _MAX_QUERIES_OF_LANGUAGE_MODEL
    products = data.products
    if judged_products:
        products, graded = judged_part(products, graded, max_queries)
    with connect(settings) as client:
        report = run(
            client,
            gram,
            list(products),
            graded,
            grading=grading,
            classes=class_by_query,
            encoder=encoder,
            sparse=sparse,
            synonyms=rules,
            window=settings.window_size,
            ablate=ablate,
            experts=experts,
            max_queries=max_queries,
        )
    click.echo(json.dumps(report.to_json()) if as_json else report.to_text())
    if record:
        task = measured_task(
            record,
            grading,
            locale=data.locale,
            judged_products=judged_products,
            max_queries=max_queries,
        )
        record_full_search(gram.parts.folder, task, report)

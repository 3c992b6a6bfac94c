"""The command that evaluates the search on a feed with judgments."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gram_es.cli_options import json_option, language_model_option
from gram_es.errors import SettingsError
from gram_es.settings import current_settings
from ingest.cli.judged_feed import collection_option, judged_feed, judged_part, locale_option
from ingest.cli.options import mapping_option, preset_option

_MAX_QUERIES_OF_LANGUAGE_MODEL = 100


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
    from gram_es.evaluation.judgments import read_classes
    from gram_es.evaluation.measures import Grading
    from gram_es.evaluation.peers.dense import SentenceEncoder
    from gram_es.evaluation.peers.synonyms import read_synonyms
    from gram_es.evaluation.runner import evaluate as run
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
        mapping=mapping,
        preset=preset,
        collection=collection,
        locale=locale,
        training=False,
    )
    graded = data.judgments
    class_by_query = read_classes(classes) if classes else None
    encoder = SentenceEncoder() if peers else None
    rules = read_synonyms(synonyms) if synonyms else None
    sparse = None
    if sparse_encoder:
        from gram_es.evaluation.peers.sparse import SparseModel  # an extra of its own

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

"""Evaluate a model: index a catalogue into a scratch index and run the real search on it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk
from tqdm import tqdm

from gram_es.cluster.client import cluster_errors
from gram_es.errors import JudgmentsError
from gram_es.evaluation.bootstrap import differences
from gram_es.evaluation.code_precision import code_precision
from gram_es.evaluation.experts import run_experts, sample_queries
from gram_es.evaluation.measures import (
    Grading,
    Scores,
    mean_by_class,
    measure,
    measured_queries,
)
from gram_es.evaluation.peers.baselines import absent_peers, run_baselines
from gram_es.evaluation.peers.dense import SentenceEncoder
from gram_es.evaluation.peers.synonyms import SynonymRules, run_synonyms
from gram_es.evaluation.report import Comparison, Report, SystemRow
from gram_es.evaluation.runs import Run, run_bm25, run_search
from gram_es.evaluation.truth import measure_inferred
from gram_es.evaluation.yardsticks import run_yardsticks
from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.scratch_index import create_scratch_index
from gram_es.model.gram import Gram
from gram_es.records import Enrichment, Judgment, Product
from gram_es.retrieval.request import MAX_DEPTH
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import WINDOW
from gram_es.text.normalise import normalise
from gram_es.text.product import raw_text, search_text
from gram_es.text.words import stems

if TYPE_CHECKING:
    from gram_es.evaluation.peers.sparse import SparseModel
    from gram_es.language_model.query_codes import TwoExperts

FULL_SEARCH = "codes+text+rerank"
SYSTEMS = {
    "text": frozenset({"spelling", "text"}),
    "text+rerank": frozenset({"spelling", "text", "rerank"}),
    "codes": frozenset({"spelling", "codes"}),
    "codes+text": frozenset({"spelling", "text", "codes"}),
    FULL_SEARCH: frozenset({"spelling", "text", "codes", "rerank"}),
}
_CHUNK = 512


@dataclass(frozen=True, slots=True)
class System:
    """A configuration of the search: its stages, calibration and window size."""

    stages: frozenset[str]
    calibration: Calibration
    window: int

    def searcher(self, client: Elasticsearch, gram: Gram, index: str) -> Searcher:
        """Build a searcher of ``index`` with this configuration."""
        return Searcher(
            client,
            gram,
            index=index,
            window=self.window,
            stages=self.stages,
            calibration=self.calibration,
        )


def ablations(full: System) -> dict[str, System]:
    """Return variants of the full search by name, each with one part removed or resized."""
    blend = full.calibration
    return {
        "no speller": replace(full, stages=full.stages - {"spelling"}),
        "no text in blend": replace(full, calibration=replace(blend, bm25=0.0)),
        "no lexical features in blend": replace(full, calibration=replace(blend, lexical=())),
        "no feedback in blend": replace(full, calibration=replace(blend, feedback=0.0)),
        "no agreement in blend": replace(full, calibration=replace(blend, agreement=0.0)),
        "half the window": replace(full, window=max(1, full.window // 2)),
        "twice the window": replace(full, window=min(MAX_DEPTH, 2 * full.window)),
    }


@dataclass(frozen=True, slots=True)
class _SystemResult:
    system: str
    scores: Scores
    took_ms: dict[str, dict[str, float]]


def evaluate(
    client: Elasticsearch,
    gram: Gram,
    products: Sequence[Product],
    judgments: Sequence[Judgment],
    *,
    grading: Grading,
    classes: Mapping[str, str] | None = None,
    calibration: Calibration | None = None,
    encoder: SentenceEncoder | None = None,
    sparse: SparseModel | None = None,
    synonyms: SynonymRules | None = None,
    window: int = WINDOW,
    ablate: bool = False,
    experts: TwoExperts | None = None,
    max_queries: int | None = None,
) -> Report:
    """Measure plain BM25, codes without training, and each stage of the search.

    The search runs on a scratch index, which is removed at the end.

    :param classes: the class of each query, for means by class.
    :param calibration: the weights of the scores; default: those of the model.
    :param encoder: a pretrained sentence encoder; if given, the vector baselines of
        :mod:`gram_es.evaluation.peers.baselines` are measured, too.
    :param sparse: a learned-sparse encoder to measure, too; ``synonyms``: a synonym file.
    :param window: number of products that the searches rerank.
    :param ablate: whether to measure also the full search with each part in turn removed or
        resized.
    :param experts: ``gram`` with a language model; if given, the codes that it chooses are
        measured, too.
    :param max_queries: how many of the queries to measure; default: all.
    :raises JudgmentsError: if no judged query has a relevant product in the catalogue, or a grade
        is too high.
    """
    grading.check(judgments)
    product_ids = {product.id for product in products}
    judged = [judgment for judgment in judgments if judgment.product_id in product_ids]
    queries = measured_queries(judged, grading)
    if not queries:
        raise JudgmentsError(
            f"none of the {len(judgments)} judgments names a product of the feed with a relevance "
            f"of {grading.relevant:g} or more: check the file, the feed, and --relevant"
        )
    if max_queries is not None:
        queries = sample_queries(queries, max_queries)
        measured_texts = frozenset(queries)
        judged = [judgment for judgment in judged if judgment.query in measured_texts]
    with _scratch_index(client, gram) as index:
        enrichments, seconds = _index(client, gram, products, index)
        bm25 = run_bm25(client, index, queries)
        calibration = calibration or Calibration.of(gram)
        baselines: Iterable[Run] = (
            run_baselines(
                client,
                gram,
                encoder,
                index=index,
                products=products,
                enrichments=enrichments,
                bm25=bm25,
                calibration=calibration,
            )
            if encoder
            else ()
        )
        if synonyms:
            baselines = chain(baselines, [run_synonyms(client, index, queries, synonyms)])
        if sparse:
            from gram_es.evaluation.peers.sparse import run_sparse  # takes seconds to import

            baselines = chain(baselines, [run_sparse(sparse, products, queries)])
        full = System(SYSTEMS[FULL_SEARCH], calibration, window)
        systems = {
            **(ablations(full) if ablate else {}),
            **{name: replace(full, stages=stages) for name, stages in SYSTEMS.items()},
        }
        runs = (
            run_search(name, system.searcher(client, gram, index), queries)
            for name, system in systems.items()
        )
        by_language_model = (
            run_experts(
                experts,
                replace(full, stages=SYSTEMS["codes"]).searcher(client, gram, index),
                full.searcher(client, gram, index),
                queries,
            )
            if experts
            else ()
        )
        spellings = {query: gram.speller.spell(normalise(query)) for query in queries}
        yardsticks = run_yardsticks(gram, products, enrichments, spellings)
        measured = [
            _measure(run, judged, grading)
            for run in chain([bm25], baselines, yardsticks, by_language_model, runs)
        ]
    answers = gram.understand([*spellings.values()])
    query_codes = {query: answer.codes for query, answer in zip(spellings, answers, strict=True)}
    carried = [code.label for enrichment in enrichments for code in enrichment.codes]
    return Report(
        products=len(products),
        queries=len(queries),
        judgments_left_out=len(judgments) - len(judged),
        codes_per_product=len(carried) / len(products),
        new_word_share=_new_word_share(products, enrichments),
        code_precision=code_precision(
            query_codes, _relevant_products(judged, grading), products, enrichments
        ),
        truth=measure_inferred(gram.parts, products, [e.vector for e in enrichments]),
        enriched_per_s=len(products) / seconds,
        model=gram.fingerprint,
        rows=[_row(system, measured[0], classes or {}) for system in measured],
        comparisons=_compare(measured),
        absent=absent_peers(client) if encoder else {},
    )


def _relevant_products(judgments: Sequence[Judgment], grading: Grading) -> dict[str, set[str]]:
    relevant = defaultdict[str, set[str]](set)
    for judgment in judgments:
        if judgment.relevance >= grading.relevant:
            relevant[judgment.query].add(judgment.product_id)
    return relevant


def _measure(run: Run, judgments: Sequence[Judgment], grading: Grading) -> _SystemResult:
    rankings = {query: list(hits) for query, hits in run.hits.items()}
    times = {stage: _quantiles(values) for stage, values in run.took_ms.items()}
    return _SystemResult(run.system, measure(judgments, rankings, grading), times)


def _row(measured: _SystemResult, bm25: _SystemResult, classes: Mapping[str, str]) -> SystemRow:
    return SystemRow(
        system=measured.system,
        measures=measured.scores.means,
        took_ms=measured.took_ms,
        by_class=mean_by_class(measured.scores, classes),
        against_bm25=differences(measured.scores, bm25.scores),
    )


def _compare(measured: Sequence[_SystemResult]) -> list[Comparison]:
    """Compare the full search, the last of ``measured``, with all baselines and ablations."""
    final = measured[-1]
    return [
        Comparison(final.system, other.system, differences(final.scores, other.scores))
        for other in measured
        if other.system not in SYSTEMS
    ]


@contextmanager
def _scratch_index(client: Elasticsearch, gram: Gram) -> Iterator[str]:
    name = f"gram-es-evaluation-{datetime.now(UTC):%Y%m%dt%H%M%S%f}"
    create_scratch_index(
        client,
        name,
        slot=gram.slot,
        fingerprint=gram.fingerprint,
        family=gram.family,
        encoder=gram.encoder_fingerprint,
        codes=gram.codes_fingerprint,
    )
    try:
        yield name
    finally:
        with cluster_errors(f"remove the index {name}"):
            client.indices.delete(index=name, ignore_unavailable=True)


def _index(
    client: Elasticsearch, gram: Gram, products: Sequence[Product], index: str
) -> tuple[list[Enrichment], float]:
    """Enrich and index all products; return the enrichments and the model's time in seconds."""
    enrichments: list[Enrichment] = []
    seconds = 0.0
    with tqdm(total=len(products), desc="index", unit="product", disable=None) as bar:
        for first in range(0, len(products), _CHUNK):
            chunk = products[first : first + _CHUNK]
            started = time.perf_counter()
            enriched = gram.enrich(chunk)
            seconds += time.perf_counter() - started
            _write(client, gram, index, chunk, enriched, first=first)
            enrichments += enriched
            bar.update(len(chunk))
    with cluster_errors(f"refresh {index}"):
        client.indices.refresh(index=index)
        client.indices.forcemerge(index=index, max_num_segments=1)
    return enrichments, seconds


def _write(
    client: Elasticsearch,
    gram: Gram,
    index: str,
    products: Sequence[Product],
    enrichments: Sequence[Enrichment],
    *,
    first: int,
) -> None:
    at = datetime.now(UTC).isoformat()
    actions: list[dict[str, Any]] = [
        {
            "_index": index,
            "_id": product.id,
            "_source": {
                **build_document(
                    product,
                    enrichment=enrichment,
                    slot=gram.slot,
                    fingerprint=gram.fingerprint,
                    encoder=gram.encoder_fingerprint,
                    feed=FeedPosition("evaluation", 0, row, at),
                ),
                "raw": raw_text(product),
            },
        }
        for row, (product, enrichment) in enumerate(
            zip(products, enrichments, strict=True), start=first
        )
    ]
    with cluster_errors(f"write products into {index}"):
        for _ in streaming_bulk(client, actions, max_retries=5):
            pass


def _quantiles(milliseconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return {"p50": float(p50), "p95": float(p95)}


def _new_word_share(products: Sequence[Product], enrichments: Sequence[Enrichment]) -> float:
    total = new = 0
    for product, enrichment in zip(products, enrichments, strict=True):
        own_stems = frozenset(stems(search_text(product)))
        for code in enrichment.codes:
            total += 1
            new += not own_stems.issuperset(stems(code.label))
    return new / max(total, 1)

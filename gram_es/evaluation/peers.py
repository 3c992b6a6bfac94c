"""The peers: what a user would pick instead, over the same products and queries.

``dense`` is a pretrained sentence encoder as it comes; ``rrf`` and ``dense+bm25`` fuse it with
``bm25``; ``scorer+text`` is the hybrid of our own trained scorer and our text clause that a vector
index would make possible. The vector searches are exact: an upper bound of any vector index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from elasticsearch import Elasticsearch
from tqdm import tqdm

from gram_es.evaluation.dense import ExactSearch, SentenceEncoder, Vectors
from gram_es.evaluation.fusion import Scored, min_max_hybrid, reciprocal_rank_fusion
from gram_es.evaluation.measures import DEPTH
from gram_es.evaluation.runs import Run
from gram_es.model.gram import Gram
from gram_es.model.quantise import dequantise
from gram_es.records import Enrichment, Product
from gram_es.retrieval.context import SearchContext, Stopwatch
from gram_es.retrieval.live_index import IndexView
from gram_es.retrieval.query.model_worker import QueryModel
from gram_es.retrieval.query.understand import Understood, understand
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.multi_search import SearchBodies, retrieve
from gram_es.retrieval.recall.plan import plan_query, window_body
from gram_es.retrieval.request import MAX_DEPTH, SearchRequest
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.rerank.window import WindowHit, WindowVectors, rank_window
from gram_es.text.normalise import clean_text
from gram_es.text.product import compared_words

_TIMEOUT_MS = 30_000
_TEXT_STAGES = frozenset({"spelling", "text"})


def run_peers(
    client: Elasticsearch,
    gram: Gram,
    encoder: SentenceEncoder,
    *,
    index: str,
    products: Sequence[Product],
    enrichments: Sequence[Enrichment],
    bm25: Run,
    calibration: Calibration,
) -> Iterator[Run]:
    """Yield the peers' runs over the queries of ``bm25``.

    :param enrichments: what ``gram`` made of ``products``, in their order.
    """
    queries = list(bm25.hits)
    ids = [product.id for product in products]
    dense = _run_dense(encoder, ExactSearch(ids, encoder.encode_products(products)), queries)
    yield dense
    yield fuse("rrf", reciprocal_rank_fusion, bm25, dense)
    yield fuse("dense+bm25", min_max_hybrid, bm25, dense)
    scorer = ExactSearch(ids, dequantise([enrichment.vector for enrichment in enrichments]))
    words = {product.id: compared_words(product) for product in products}
    yield _run_scorer_and_text(client, index, gram, scorer, words, queries, calibration)


def fuse(system: str, fusion: Callable[[Sequence[Scored]], Scored], bm25: Run, dense: Run) -> Run:
    """Return the fusion of the two runs' hits.

    A query takes the time of both searches, one after the other, and that of the fusion.
    """
    hits: dict[str, Scored] = {}
    fusing: list[float] = []
    for query in bm25.hits:
        watch = Stopwatch()
        hits[query] = fusion([bm25.hits[query], dense.hits[query]])
        fusing.append(watch.read()["total"])
    stages = {
        "bm25": bm25.took_ms["total"],
        "encode": dense.took_ms["encode"],
        "exact_search": dense.took_ms["exact_search"],
        "fusion": fusing,
    }
    totals = [sum(parts) for parts in zip(*stages.values(), strict=True)]
    return Run(system, hits, {**stages, "total": totals})


def rank_scorer_and_text(
    text_hits: Sequence[WindowHit],
    clauses: Clauses,
    search: ExactSearch,
    vector: Vectors | None,
    calibration: Calibration,
    words: Mapping[str, str],
) -> dict[str, float]:
    """Return the best ``DEPTH`` products of the catalogue by the blend of cosine and text score.

    The blend is that of :func:`~gram_es.retrieval.rerank.window.rank_window`. Of the products that
    the
    text does not find the nearest ``DEPTH`` take part. Without a vector, for an identifier, the
    text alone decides.

    :param words: what the lexical features compare, by product.
    """
    if vector is None:
        ranked = rank_window(text_hits, clauses, calibration)
    else:
        found = [hit.id for hit in text_hits]
        others = search.best(search.cosines(vector), but=found)
        near = (WindowHit(p, "", rank, 0.0) for rank, p in enumerate(others, len(found)))
        window = [replace(hit, stems=words.get(hit.id)) for hit in (*text_hits, *near)]
        products = search.vectors([hit.id for hit in window])
        known = np.ones(len(window), dtype=np.bool_)
        vectors = WindowVectors(vector, products, known)
        ranked = rank_window(window, clauses, calibration, vectors)
    return {hit.id: hit.score for hit in ranked[:DEPTH]}


def _run_dense(encoder: SentenceEncoder, search: ExactSearch, queries: Sequence[str]) -> Run:
    hits: dict[str, Scored] = {}
    took_ms: dict[str, list[float]] = {}
    for query in tqdm(queries, desc="dense", unit="query", disable=None):
        watch = Stopwatch()
        with watch.stage("encode"):
            vector = encoder.encode_query(query)
        with watch.stage("exact_search"):
            hits[query] = search.search(vector)
        for stage, milliseconds in watch.read().items():
            took_ms.setdefault(stage, []).append(milliseconds)
    return Run("dense", hits, took_ms)


def _run_scorer_and_text(
    client: Elasticsearch,
    index: str,
    gram: Gram,
    search: ExactSearch,
    words: Mapping[str, str],
    queries: Sequence[str],
    calibration: Calibration,
) -> Run:
    """Rank the whole catalogue; untimed, for it fetches 10,000 hits and decodes unused codes."""
    hits: dict[str, Scored] = {}
    model = QueryModel(gram)
    view = IndexView(index, len(words), None, (), ())  # without live codes: for the text alone
    context = SearchContext(client, "peers", view)
    for query in tqdm(queries, desc="scorer+text", unit="query", disable=None):
        text = clean_text(query)
        understood = understand(text, model, context, stages=_TEXT_STAGES)
        clauses = _text_clauses(understood, calibration)
        vector = None if understood.identifier_only else gram.understand([text])[0].vector
        found = _text_hits(client, index, clauses, query)
        hits[query] = rank_scorer_and_text(found, clauses, search, vector, calibration, words)
    return Run("scorer+text", hits, {})


def _text_clauses(understood: Understood, calibration: Calibration) -> Clauses:
    return Clauses(
        typed=understood.typed,
        corrected=understood.corrected,
        codes=(),
        identifier=understood.identifier,
        slot=None,
        scale=calibration.scale,
    )


def _text_hits(
    client: Elasticsearch, index: str, clauses: Clauses, query: str
) -> tuple[WindowHit, ...]:
    """Return what the text clause finds, as deep as Elasticsearch's default result window."""
    request = SearchRequest(query, facets=False)
    plan = plan_query(clauses, request)
    bodies = SearchBodies(window_body(plan, size=MAX_DEPTH, timeout_ms=_TIMEOUT_MS))
    retrieved = retrieve(client, index, plan, bodies)
    return retrieved.window

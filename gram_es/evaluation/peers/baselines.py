"""Baselines (``--peers``): other ways to search, measured on the same products and queries.

``dense`` is a pretrained sentence encoder; ``rrf`` and ``dense+bm25`` fuse its hits with those of
plain BM25. ``scorer+text`` is the hybrid that a vector index would make possible: it combines the
vectors of the trained scorer and the text clause of gram-es. The vector searches are exhaustive:
their results are an upper bound for any vector index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    Elasticsearch,
)
from tqdm import tqdm

from gram_es.evaluation.fusion import ScoredHits, min_max_hybrid, reciprocal_rank_fusion
from gram_es.evaluation.measures import DEPTH
from gram_es.evaluation.peers.dense import ExactSearch, SentenceEncoder, Vectors
from gram_es.evaluation.runs import Run
from gram_es.model.gram import Gram
from gram_es.model.quantise import dequantise
from gram_es.records import Enrichment, Product
from gram_es.retrieval.conditions.index_catalogue import IndexCatalogue, PhraseCache
from gram_es.retrieval.conditions.parser import parse_query
from gram_es.retrieval.context import IndexView, SearchContext, Stopwatch
from gram_es.retrieval.query.model_worker import ModelWorker
from gram_es.retrieval.query.understand import UnderstoodQuery, understand
from gram_es.retrieval.recall.clauses import USUAL_BEST_TEXT, Clauses
from gram_es.retrieval.recall.multi_search import SearchBodies, retrieve
from gram_es.retrieval.recall.plan import plan_query, window_body
from gram_es.retrieval.request import MAX_DEPTH, SearchRequest
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.rerank.window import WindowVectors, rank_window
from gram_es.retrieval.rerank.window_hit import WindowHit
from gram_es.text.product import rerank_stems

_TIMEOUT_MS = 30_000
_ELSER = "elser, semantic_text"
_TEXT_STAGES = frozenset({"spelling", "text"})


def run_baselines(
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
    """Yield the run (hits and times) of each baseline over the queries of ``bm25``.

    :param bm25: the run of plain BM25; ``rrf`` and ``dense+bm25`` fuse the hits of this run with
        the hits of ``encoder``.
    :param enrichments: the enrichments of ``products`` by ``gram``, in the same order.
    """
    queries = list(bm25.hits)
    ids = [product.id for product in products]
    dense = _run_dense(encoder, ExactSearch(ids, encoder.encode_products(products)), queries)
    yield dense
    yield fuse("rrf", reciprocal_rank_fusion, bm25, dense)
    yield fuse("dense+bm25", min_max_hybrid, bm25, dense)
    scorer = ExactSearch(ids, dequantise([enrichment.vector for enrichment in enrichments]))
    stems = {product.id: rerank_stems(product) for product in products}
    yield _run_scorer_and_text(client, index, gram, scorer, stems, queries, calibration)


def absent_peers(client: Elasticsearch) -> dict[str, str]:
    """Return why the sparse retrieval of Elasticsearch itself is not measured, by its name.

    It needs inference endpoints, which a minimal distribution and a Basic licence do not have.
    """
    try:
        endpoints = client.inference.get().body["endpoints"]
    except (AuthenticationException, AuthorizationException):
        return {_ELSER: "not measured: this user may not list the inference endpoints"}
    except (ApiError, KeyError):
        endpoints = []
    sparse = [e["inference_id"] for e in endpoints if e.get("task_type") == "sparse_embedding"]
    reason = (
        f"not measured, although this cluster has the endpoint {sparse[0]}"
        if sparse
        else "not on this cluster: it has no inference endpoint for it"
    )
    return {_ELSER: reason}


def fuse(
    system: str, fusion: Callable[[Sequence[ScoredHits]], ScoredHits], bm25: Run, dense: Run
) -> Run:
    """Return the run of the system that fuses the hits of ``bm25`` and ``dense``.

    The time of a query is the sum of the times of both searches and of the fusion.
    """
    hits: dict[str, ScoredHits] = {}
    fusion_ms: list[float] = []
    for query in bm25.hits:
        watch = Stopwatch()
        hits[query] = fusion([bm25.hits[query], dense.hits[query]])
        fusion_ms.append(watch.read()["total"])
    stages = {
        "bm25": bm25.took_ms["total"],
        "encode": dense.took_ms["encode"],
        "exact_search": dense.took_ms["exact_search"],
        "fusion": fusion_ms,
    }
    totals = [sum(parts) for parts in zip(*stages.values(), strict=True)]
    return Run(system, hits, {**stages, "total": totals})


def rank_scorer_and_text(
    text_hits: Sequence[WindowHit],
    clauses: Clauses,
    search: ExactSearch,
    vector: Vectors | None,
    calibration: Calibration,
    stems: Mapping[str, str],
) -> dict[str, float]:
    """Return the ``DEPTH`` products with the best blend of cosine and text score, best first.

    The candidates are ``text_hits`` and, among all other products, the ``DEPTH`` nearest to the
    query. :func:`~gram_es.retrieval.rerank.window.rank_window` calculates the
    blend. If ``vector`` is ``None``, because the query is an identifier, only the text hits are
    candidates. This system has no relevance cut: the blend alone decides.

    :param vector: the query's vector, ``(d,)``.
    :param stems: the stems that the lexical features compare, by product id.
    """
    text_hits = [replace(hit, relevant=True) for hit in text_hits]
    if vector is None:
        ranked = rank_window(text_hits, clauses, calibration)
    else:
        text_ids = [hit.id for hit in text_hits]
        nearest = search.best(search.cosines(vector), exclude=text_ids)
        near = (WindowHit(p, "", rank, 0.0) for rank, p in enumerate(nearest, len(text_ids)))
        window = [replace(hit, stems=stems.get(hit.id)) for hit in (*text_hits, *near)]
        products = search.vectors([hit.id for hit in window])
        has_vector = np.ones(len(window), dtype=np.bool_)
        vectors = WindowVectors(vector, products, has_vector)
        ranked = rank_window(window, clauses, calibration, vectors)
    return {hit.id: hit.score for hit in ranked[:DEPTH]}


def _run_dense(encoder: SentenceEncoder, search: ExactSearch, queries: Sequence[str]) -> Run:
    hits: dict[str, ScoredHits] = {}
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
    stems: Mapping[str, str],
    queries: Sequence[str],
    calibration: Calibration,
) -> Run:
    """Rank the whole catalogue for each query.

    The run has no times. Times would mean nothing, because each query fetches 10,000 hits and
    computes codes that this system does not use.
    """
    hits: dict[str, ScoredHits] = {}
    model = ModelWorker(gram)
    view = IndexView(index, len(stems), None, (), ())  # the text clause needs no live codes
    context = SearchContext(client, "peers", view)
    catalogue = IndexCatalogue(lambda: client, index, view, PhraseCache())
    for query in tqdm(queries, desc="scorer+text", unit="query", disable=None):
        parsed = parse_query(query, catalogue=catalogue)
        understood = understand(parsed.text, model, context, stages=_TEXT_STAGES)
        spelling = understood.spelling
        clauses = _text_clauses(gram, understood, calibration)
        vector = None if understood.identifier_only else gram.understand([spelling])[0].vector
        request = SearchRequest(query, facets=False, parsed=parsed)
        text_hits = _text_hits(client, index, clauses, request)
        hits[query] = rank_scorer_and_text(text_hits, clauses, search, vector, calibration, stems)
    return Run("scorer+text", hits, {})


def _text_clauses(gram: Gram, understood: UnderstoodQuery, calibration: Calibration) -> Clauses:
    best_text = gram.best_text_score(understood.spelling) or USUAL_BEST_TEXT
    return Clauses(
        typed=understood.spelling.typed,
        corrected=understood.spelling.corrected,
        codes=(),
        identifiers=understood.identifiers,
        slot=None,
        scale=calibration.scale(best_text),
        best_text=best_text,
        stem_weights=gram.stem_weights(understood.spelling),
        alternatives=understood.spelling.alternatives,
    )


def _text_hits(
    client: Elasticsearch, index: str, clauses: Clauses, request: SearchRequest
) -> tuple[WindowHit, ...]:
    """Return the hits of the text clause: at most 10,000, Elasticsearch's result window."""
    plan = plan_query(clauses, request)
    bodies = SearchBodies(window_body(plan, size=MAX_DEPTH, timeout_ms=_TIMEOUT_MS))
    retrieved = retrieve(client, index, plan, bodies)
    return retrieved.window

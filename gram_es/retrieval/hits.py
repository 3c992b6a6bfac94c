"""Fetch the products of one page, with the explanations and variants that the request asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.bulk import found_documents
from gram_es.index.documents import group_of, product_from_document
from gram_es.records import Product
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.highlight import highlight
from gram_es.retrieval.recall.clauses import Clauses, clause_scores_body
from gram_es.retrieval.recall.plan import QueryPlan
from gram_es.retrieval.recall.sort import variants_body
from gram_es.retrieval.rerank.window import RankedHit
from gram_es.retrieval.result import Hit, HitExplanation


def fetch_page(
    context: SearchContext, hits: Sequence[RankedHit], plan: QueryPlan
) -> tuple[Hit, ...]:
    """Fetch the products of the ``hits`` of one page, and return the complete hits.

    A hit whose product was deleted after the retrieval is omitted.

    :raises ClusterError: when the cluster does not answer.
    """
    if not hits:
        return ()
    request, clauses = plan.request, plan.clauses
    products = _products(context.bounded_client(), hits)
    scores = _clause_scores(context.bounded_client(), hits, clauses) if request.explain else {}
    groups = {id_: group_of(product) for id_, product in products.items() if plan.collapses}
    variants = _variants(context.bounded_client(), groups.values(), hits, plan) if groups else {}
    return tuple(
        Hit(
            id=hit.id,
            rank=rank + 1,
            score=hit.score,
            product=products[hit.id],
            matched_codes=hit.matched_codes,
            title=highlight(products[hit.id].title, clauses) if request.highlight else None,
            variants=variants.get(groups.get(hit.id, "")),
            explanation=_explanation(hit, rank, scores.get(hit.id, {}))
            if request.explain
            else None,
            relevant=hit.relevant,
        )
        for rank, hit in enumerate(hits, start=request.offset)
        if hit.id in products
    )


def _products(client: Elasticsearch, hits: Sequence[RankedHit]) -> dict[str, Product]:
    locations = [{"_index": hit.index, "_id": hit.id} for hit in hits]
    # To leave out fields would take the node twice the time of the whole request.
    with cluster_errors("fetch the products of a page"):
        documents = client.mget(docs=locations, realtime=False)["docs"]
    return {
        document["_id"]: product_from_document(document["_source"])
        for document in found_documents(documents, hits[0].index)
    }


def _variants(
    client: Elasticsearch, groups: Collection[str], hits: Sequence[RankedHit], plan: QueryPlan
) -> dict[str, int]:
    """Return, by group, how many variants in each of the ``groups`` match the request."""
    with cluster_errors("count the variants of a page"):
        answer = client.search(index=hits[0].index, **variants_body(plan, [*groups]))
    buckets = answer["aggregations"]["groups"]["buckets"]
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


def _clause_scores(
    client: Elasticsearch, hits: Sequence[RankedHit], clauses: Clauses
) -> dict[str, Mapping[str, float]]:
    body = clause_scores_body(clauses, [hit.id for hit in hits])
    with cluster_errors("explain the hits of a page"):
        answer = client.search(index=hits[0].index, include_named_queries_score=True, **body)
    return {hit["_id"]: _scores(hit) for hit in answer["hits"]["hits"]}


def _scores(hit: Mapping[str, Any]) -> Mapping[str, float]:
    scores = hit.get("matched_queries", {})
    return {name: float(score) for name, score in sorted(scores.items())}


def _explanation(hit: RankedHit, rank: int, clause_scores: Mapping[str, float]) -> HitExplanation:
    return HitExplanation(
        scores=hit.scores,
        features=hit.features,
        rank_change=hit.retrieval_rank - rank,
        identifier_match=hit.identifier_match,
        clause_scores=clause_scores,
    )

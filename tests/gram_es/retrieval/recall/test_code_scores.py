"""What only a node can show: how it scores, prunes and updates the weights of codes."""

import random
from collections.abc import Iterator

import numpy as np
import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from gram_es.codes.stored_codes import code_fields, rounded_weight
from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.scratch_index import create_scratch_index
from gram_es.records import Enrichment, Product, ProductCode, WeightedCode
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.multi_search import SearchBodies, retrieve
from gram_es.retrieval.recall.plan import plan_query, window_body
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.rerank.score_parts import split_scores
from gram_es.retrieval.rerank.window_hit import WindowHit

PRODUCTS = 3_000
FREQUENT, ODD = "frequent code", "v1.5 %2E code"  # the frequent one would be pruned by default
CODES = [FREQUENT, ODD, *(f"code {number}" for number in range(30))]
WORDS = [f"word{number}" for number in range(40)]
QUERY = "word1 word7 word30"
QUERY_CODES = tuple(
    WeightedCode(label, weight)
    for label, weight in ((FREQUENT, 0.31), (ODD, 0.27), ("code 3", 0.2), ("code 9", 0.003))
)


def _enrichment(rng: random.Random) -> Enrichment:
    labels = {FREQUENT, *rng.sample(CODES, 5)}
    codes = [ProductCode(label, rng.uniform(0.001, 1)) for label in sorted(labels)]
    return Enrichment(tuple(codes), b"\1\2", "input")


@pytest.fixture(scope="module")
def enrichments() -> list[Enrichment]:
    rng = random.Random(3)
    return [_enrichment(rng) for _ in range(PRODUCTS)]


@pytest.fixture(scope="module")
def index(client: Elasticsearch, enrichments: list[Enrichment]) -> Iterator[str]:
    """Yield the name of an index of products with random words and weights."""
    name, rng = "test-code-scores", random.Random(4)
    create_scratch_index(client, name, slot="m1", fingerprint="f", family="base")
    feed = FeedPosition("test", 1, 0, "2026-01-01T00:00:00Z")
    actions = [
        {
            "_index": name,
            "_id": str(number),
            "_source": build_document(
                Product(str(number), " ".join(rng.choices(WORDS, k=rng.randrange(1, 9)))),
                enrichment=enrichment,
                slot="m1",
                fingerprint="f",
                feed=feed,
            ),
        }
        for number, enrichment in enumerate(enrichments)
    ]
    bulk(client, actions, refresh=True)
    client.indices.forcemerge(index=name, max_num_segments=1)
    yield name
    client.indices.delete(index=name)


def clauses(scale: float = 0.125) -> Clauses:
    return Clauses(QUERY, QUERY, QUERY_CODES, None, "m1", scale)


def hits(
    client: Elasticsearch, index: str, searched: Clauses, size: int, *, counts_all: bool = False
) -> tuple[WindowHit, ...]:
    plan = plan_query(searched, SearchRequest(QUERY, facets=False))
    body = window_body(plan, size=size, timeout_ms=5_000)
    bodies = SearchBodies({**body, "track_total_hits": counts_all})
    return retrieve(client, index, plan, bodies).window


def test_skipping_documents_changes_no_score_of_the_window(client, index):
    pruned = hits(client, index, clauses(), 50)
    complete = hits(client, index, clauses(), 50, counts_all=True)

    assert [(hit.id, hit.score) for hit in pruned] == [(hit.id, hit.score) for hit in complete]


@pytest.mark.parametrize("scale", [0.125, 0.0371, 1.9])
def test_every_score_is_split_into_the_text_score_and_the_agreement(
    client, index, enrichments, scale
):
    text = hits(client, index, Clauses(QUERY, QUERY, (), None, "m1", scale), PRODUCTS)
    text_scores = {hit.id: hit.score for hit in text}
    window = hits(client, index, clauses(scale), PRODUCTS)

    parts = split_scores(window, clauses(scale))

    assert len(window) == PRODUCTS
    bm25 = np.array([text_scores.get(hit.id, 0.0) for hit in window])
    assert np.abs(parts.bm25_raw - bm25).max() < 2e-6
    in_query = {code.label: code.weight for code in QUERY_CODES}
    agreement = [
        sum(
            in_query.get(code.label, 0.0) * rounded_weight(code.weight)
            for code in enrichments[int(hit.id)].codes
        )
        for hit in window
    ]
    assert parts.agreement == pytest.approx(agreement, abs=1e-6)


def test_a_code_adds_exactly_its_boost_times_its_weight(client, index, enrichments):
    one = Clauses("", "", (WeightedCode(ODD, 0.5),), None, "m1", scale=0.125)

    window = hits(client, index, one, PRODUCTS)

    expected = {
        str(number): 4.0 * rounded_weight(code.weight)
        for number, enrichment in enumerate(enrichments)
        for code in enrichment.codes
        if code.label == ODD
    }
    assert {hit.id: hit.score for hit in window} == expected


def test_a_partial_update_leaves_no_old_weight(client, index):
    slot = {"gram": {"m1": code_fields([ProductCode("old code", 0.5)])}}
    client.index(index=index, id="extra", document={"id": "extra", **slot}, refresh=True)
    slot = {"gram": {"m1": code_fields([ProductCode("new code", 0.25)])}}
    client.update(index=index, id="extra", doc=slot, refresh=True)

    def scores(label: str) -> list[float]:
        searched = Clauses("", "", (WeightedCode(label, 1.0),), None, "m1", scale=1.0)
        return [hit.score for hit in hits(client, index, searched, PRODUCTS)]

    try:
        assert (scores("new code"), scores("old code")) == ([0.25], [])
    finally:
        client.delete(index=index, id="extra", refresh=True)

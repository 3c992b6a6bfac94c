import numpy as np
import pytest

from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.ranking import Tier, order_page, window_for
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.multi_search import RetrievalResult
from gram_es.retrieval.recall.plan import plan_query
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.rerank.window_hit import WindowHit

CLAUSES = Clauses("drill", "drill", (), None, "model", scale=1.0)
# The deepest hits are nearest to the query, so that a larger window changes the ranking.
WINDOW = tuple(
    WindowHit(f"p{n}", "i", n, 1.0, vector=np.array([n, 8 - n], dtype=np.int8).tobytes())
    for n in range(8)
)
QUERY = np.array([1.0, 0.0], dtype=np.float32)
TIERS = (Tier(1, 2), Tier(3, 4), Tier(8, 8))
ORDER = ["p1", "p3", "p2", "p7", "p6", "p5", "p4", "p0"]


def page(offset: int, size: int) -> list[str]:
    request = SearchRequest("drill", offset=offset, size=size)
    calibration = Calibration(cosine=1.0, bm25=0.0)
    retrieved = RetrievalResult(window=WINDOW[: window_for(TIERS, offset + size)])
    context = SearchContext(None, "r-1", None)
    plan = plan_query(CLAUSES, request)
    ordered = order_page(plan, retrieved, calibration, QUERY, context, tiers=TIERS)
    assert ordered.reranked
    return [hit.id for hit in ordered.hits]


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_pages_of_all_tiers_make_one_ranking(size: int):
    assert [id_ for offset in range(0, 8, size) for id_ in page(offset, size)] == ORDER


def test_a_tier_ranks_its_best_hits_by_retrieval_score_only():
    assert page(0, 1) == ["p1"]
    assert page(0, 3) == ["p1", "p3", "p2"]


def test_the_first_pages_rerank_fewer_hits():
    tiers = Tier.of(1_000)

    assert [window_for(tiers, end) for end in (10, 50, 51, 250, 251, 2_000)] == [
        *(300, 300, 500, 500),
        *(1_000, 1_000),
    ]

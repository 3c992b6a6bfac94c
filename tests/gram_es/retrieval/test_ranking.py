import numpy as np
import pytest

from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.ranking import order_page
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


def page(offset: int, size: int, window: tuple[WindowHit, ...]) -> list[str]:
    plan = plan_query(CLAUSES, SearchRequest("drill", offset=offset, size=size))
    calibration = Calibration(cosine=1.0, bm25=0.0)
    retrieved = RetrievalResult(window=window)
    context = SearchContext(None, "r-1", None)
    ordered = order_page(plan, retrieved, calibration, QUERY, context, near=4)
    assert ordered.reranked
    return [hit.id for hit in ordered.hits]


def test_pages_of_the_larger_window_go_on_where_the_first_ones_end():
    first = page(0, 2, WINDOW[:4])
    others = [id_ for offset in range(2, 8, 2) for id_ in page(offset, 2, WINDOW)]

    assert first == ["p3", "p2"]
    assert others == ["p7", "p6", "p5", "p4", "p1", "p0"]


@pytest.mark.parametrize("size", [3, 8])
def test_a_page_over_the_boundary_begins_like_the_first_pages(size: int):
    assert page(0, size, WINDOW)[:3] == ["p3", "p2", "p7"]

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gram_es.evaluation.experts import LANGUAGE_MODEL_SYSTEMS, run_experts, sample_queries
from gram_es.language_model.query_codes import Likelihoods, TwoExperts
from gram_es.model.gram import Gram
from gram_es.retrieval.searcher import Searcher

LIKED = "running shoes"


class OneOpinion:
    """A channel that finds every query much likelier for one code; it counts its questions."""

    def __init__(self) -> None:
        self.asked = 0

    def lifts(self, query: str, labels: Sequence[str]) -> NDArray[np.float32]:
        assert query
        self.asked += 1
        return np.array([100.0 * (label == LIKED) for label in labels], dtype=np.float32)


class OwnCodes:
    """A finder that finds the first code of the codebook; it counts the queries that it gets."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.compared = 0

    def find(
        self, queries: Sequence[str], allowed: NDArray[np.bool_] | None = None
    ) -> list[NDArray[np.int64]]:
        assert allowed is not None
        self.found += queries
        return [np.zeros(1, dtype=np.int64)] * len(queries)

    def lifts(self, query: str, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        assert query
        self.compared += 1
        return np.zeros(len(numbers), dtype=np.float32)


class NoTypes:
    """Finds no query near a type."""

    def __init__(self, gram: Gram) -> None:
        self._codes = len(gram.codebook)

    def nearness(self, queries: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(queries), self._codes), dtype=np.float32)


def test_the_rows_search_with_the_codes_of_the_language_model_and_of_both(client, gram, shop_index):
    channel = OneOpinion()
    codes = Searcher(client, gram, index=shop_index.index, stages=frozenset({"codes"}))
    whole = Searcher(client, gram, index=shop_index.index)
    queries = ["jogging shoes", "garden hose"]

    finder = OwnCodes()

    experts = TwoExperts(gram, "one opinion", NoTypes(gram), Likelihoods(finder, channel))
    runs = list(run_experts(experts, codes, whole, queries))

    assert [run.system for run in runs] == [*LANGUAGE_MODEL_SYSTEMS]
    assert all(run.hits.keys() == {*queries} for run in runs)
    assert (sorted(finder.found), finder.compared) == (sorted(queries), len(queries))
    assert channel.asked <= 2 * len(
        queries
    )  # alone and with the encoder; once if both choose alike
    top = client.mget(index=shop_index.index, ids=list(runs[0].hits["jogging shoes"])[:5])
    stated = [document["_source"]["gram"][gram.slot]["codes"] for document in top["docs"]]
    assert all(LIKED in labels for labels in stated)


def test_a_sample_is_drawn_at_equal_distances():
    assert sample_queries(list("abcdefghij"), 5) == list("acegi")
    assert sample_queries(list("abc"), 5) == list("abc")

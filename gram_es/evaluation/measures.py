"""R@10, R@100, R@500, nDCG@10 and MRR@10, calculated by ``ir_measures``.

Serving and ingest do without ``ir_measures``, so it is imported when something is measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gram_es.errors import JudgmentsError, SettingsError
from gram_es.records import Judgment

DEPTH = 500
_MAX_GAIN = 2**31 - 1  # limit of trec_eval
_GAIN_UNIT = 1_000  # qrels contain integers, so gains are in thousandths


@dataclass(frozen=True, slots=True)
class Grading:
    """The meaning of the grades in judgments: which grades are relevant, and each grade's gain.

    A product is relevant if its grade is at least ``relevant``. The gain of a grade is 2^g - 1 with
    g = max(0, grade - offset). Products without a judgment are not relevant.

    :raises SettingsError: if a relevant grade would have no gain.
    """

    relevant: float = 2.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if self.gain(self.relevant) <= 0:
            raise SettingsError(
                f"--relevant {self.relevant:g} with --offset {self.offset:g}: a relevant grade "
                f"needs a gain above 0; choose an offset below {self.relevant:g}"
            )

    def gain(self, relevance: float) -> int:
        """Return a grade's gain in thousandths."""
        return round((2 ** max(0.0, relevance - self.offset) - 1) * _GAIN_UNIT)

    def check(self, judgments: Iterable[Judgment]) -> None:
        """Check that the gain of every grade is in range.

        :raises JudgmentsError: if the highest grade has too large a gain for trec_eval.
        """
        highest = max((judgment.relevance for judgment in judgments), default=0.0)
        if self.gain(highest) > _MAX_GAIN:
            raise JudgmentsError(
                f"the highest grade is {highest:g}; its gain, 2 to the power of the grade, must "
                f"not exceed {_MAX_GAIN // _GAIN_UNIT:,}: use grades such as 0 to 3"
            )


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one system: by measure, the mean over queries and the score of each query."""

    means: dict[str, float]
    by_query: dict[str, dict[str, float]]


def mean_by_class(scores: Scores, classes: Mapping[str, str]) -> dict[str, float]:
    """Return the mean nDCG@10 of each class of queries; ``classes`` maps queries to classes."""
    grouped: dict[str, list[float]] = {}
    for query, value in scores.by_query["nDCG@10"].items():
        if query in classes:
            grouped.setdefault(classes[query], []).append(value)
    return {name: sum(values) / len(values) for name, values in sorted(grouped.items())}


def measured_queries(judgments: Iterable[Judgment], grading: Grading) -> list[str]:
    """Return the queries that have a relevant product, in the order of the judgments."""
    relevant = (j.query for j in judgments if j.relevance >= grading.relevant)
    return list(dict.fromkeys(relevant))


def measure(
    judgments: Iterable[Judgment], rankings: Mapping[str, Sequence[str]], grading: Grading
) -> Scores:
    """Return the scores of one ranking per query.

    Queries that have no relevant product are left out. A query without a ranking scores 0.

    :param rankings: at most ``DEPTH`` product ids of each query, best first.
    """
    import ir_measures
    from ir_measures import RR, R, nDCG

    threshold = grading.gain(grading.relevant)
    measures = {
        "R@10": R(rel=threshold) @ 10,
        "R@100": R(rel=threshold) @ 100,
        "R@500": R(rel=threshold) @ DEPTH,
        "nDCG@10": nDCG @ 10,
        "MRR@10": RR(rel=threshold) @ 10,
    }
    judged = list(judgments)
    queries = dict.fromkeys(measured_queries(judged, grading), 0.0)
    qrels = [
        ir_measures.Qrel(j.query, j.product_id, grading.gain(j.relevance))
        for j in judged
        if j.query in queries
    ]
    run = [
        ir_measures.ScoredDoc(query, product, float(-rank))
        for query, ranking in rankings.items()
        for rank, product in enumerate(ranking[:DEPTH])
        if query in queries
    ]
    name_of = {str(value): name for name, value in measures.items()}
    by_query: dict[str, dict[str, float]] = {name: dict(queries) for name in measures}
    for metric in ir_measures.iter_calc(list(measures.values()), qrels, run):
        by_query[name_of[str(metric.measure)]][metric.query_id] = metric.value
    means = {name: sum(values.values()) / max(len(values), 1) for name, values in by_query.items()}
    return Scores(means, by_query)

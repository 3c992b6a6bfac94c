"""The measures of the search in the card of its model."""

from __future__ import annotations

from pathlib import Path

from gram_es.evaluation.measures import Grading
from gram_es.evaluation.report import Report
from gram_es.evaluation.runner import FULL_SEARCH
from gram_es.model.card import MeasuredTask, record_measures


def measured_task(
    dataset: str,
    grading: Grading,
    *,
    locale: str | None,
    judged_products: bool,
    max_queries: int | None,
) -> MeasuredTask:
    """Return the task of an evaluation: its dataset, and what the options have left of it."""
    parts = (
        locale,
        "judged products only" if judged_products else None,
        f"at most {max_queries} queries" if max_queries else None,
    )
    return MeasuredTask(
        dataset,
        tuple(filter(None, parts)),
        {"relevant": grading.relevant, "offset": grading.offset},
    )


def record_full_search(folder: Path, task: MeasuredTask, report: Report) -> None:
    """Record the measures of the model's own search, not those of the systems beside it.

    :raises ModelError: if the card cannot be read or written.
    """
    row = next(row for row in report.rows if row.system == FULL_SEARCH)
    record_measures(folder, task, row.measures)

"""One row's fault stays its own.

A row that makes a batch raise is found by halving it; one that ends the worker itself, by going on
row by row and noting each beforehand.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from gram_es.bisection import isolate
from ingest.feeds import Row
from ingest.worker.pipeline import ENRICH, Origin, Outcome

logger = logging.getLogger(__name__)

IndexRows = Callable[[Sequence[Row], Origin], Outcome]


def index_isolating(index_rows: IndexRows, rows: Sequence[Row], origin: Origin) -> Outcome:
    """Index rows; those that raise whatever they are indexed with fail alone, by the reason.

    A half that was written before the other one raised is not written again.

    :raises GramError: as ``index_rows`` does: such an error is not about a row.
    """
    outcomes, faults = isolate(lambda some: index_rows(some, origin), rows)
    for row, error in faults:
        reason = f"{type(error).__name__}: {error}"
        logger.error("row %d of run %d failed: %s", row.number, origin.run, reason)
        outcomes.append(Outcome.all_failed([row], reason, stage=ENRICH))
    return _joined(outcomes)


def index_one_by_one(
    index_rows: IndexRows,
    rows: Sequence[Row],
    origin: Origin,
    *,
    suspects: Collection[int],
    before_each: Callable[[int], None],
) -> Outcome:
    """Index the rows of a batch that has ended workers, each by itself.

    :param suspects: the numbers of rows that workers ended over; they fail untried.
    :param before_each: is told a row's number, so that the next worker knows where this one ended.
    """
    outcomes = []
    for row in rows:
        if row.number in suspects:
            reason = "two workers ended while they were at this row"
            outcomes.append(Outcome.all_failed([row], reason, stage=ENRICH))
        else:
            before_each(row.number)
            outcomes.append(index_isolating(index_rows, [row], origin))
    return _joined(outcomes)


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    return Outcome(
        fates={number: fate for outcome in outcomes for number, fate in outcome.fates.items()},
        failed=tuple(failed for outcome in outcomes for failed in outcome.failed),
    )

"""One row's fault stays its own: what makes a batch raise is found by halving it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from gram_es.errors import GramError
from ingest.feeds import Row
from ingest.pipeline import ENRICH, Origin, Outcome

logger = logging.getLogger(__name__)

IndexRows = Callable[[Sequence[Row], Origin], Outcome]


def index_isolating(index_rows: IndexRows, rows: Sequence[Row], origin: Origin) -> Outcome:
    """Index rows; those that raise whatever they are indexed with fail alone, by the reason.

    A half that was written before the other one raised is not written again.

    :raises GramError: as ``index_rows`` does: such an error is not about a row.
    """
    try:
        return index_rows(rows, origin)
    except GramError:
        raise
    except Exception as error:  # noqa: BLE001  # there is no telling what a row makes a model raise
        if len(rows) == 1:
            reason = f"{type(error).__name__}: {error}"
            logger.error("row %d of run %d failed: %s", rows[0].number, origin.run, reason)
            return Outcome.all_failed(rows, reason, stage=ENRICH)
    middle = len(rows) // 2
    halves = [index_isolating(index_rows, half, origin) for half in (rows[:middle], rows[middle:])]
    return Outcome(
        fates={number: fate for half in halves for number, fate in half.fates.items()},
        failed=tuple(failed for half in halves for failed in half.failed),
    )

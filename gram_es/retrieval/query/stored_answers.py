"""The stored answers of a language model, which are read beside a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gram_es.precomputed.store import PrecomputedQuery, PrecomputedStore
from gram_es.retrieval.query.model_worker import ModelWorker
from gram_es.retrieval.query.understand import UnderstoodQuery
from gram_es.retrieval.recall.bodies import Body

if TYPE_CHECKING:
    from gram_es.model.gram import LiveCodes


@dataclass(frozen=True, slots=True)
class StoredAnswers:
    """Asks ``store`` for answers, if there is one, and gives them to ``model``."""

    store: PrecomputedStore | None
    model: ModelWorker | None

    def body(self, understood: UnderstoodQuery, *, timeout_ms: int) -> Body | None:
        """Return the body that asks for the answer to a query that awaits one."""
        if self.store is None or not understood.awaits_language_model:
            return None
        return self.store.get_body(understood.spelling, timeout_ms=timeout_ms)

    def keep(
        self, answer: PrecomputedQuery | None, understood: UnderstoodQuery, live: LiveCodes | None
    ) -> bool:
        """Answer the query with ``answer`` from now on; return whether it is of use.

        An answer is of use if a language model gave it in the last thirty days and its codes are in
        ``live``.
        """
        if answer is None or not answer.is_kept() or not self.model or live is None:
            return False
        codes = answer.still_live(live)
        if codes is None:
            return False
        self.model.remember(understood.spelling, live, codes)
        return True

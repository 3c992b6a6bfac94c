"""Turn the shopper's text into what the query matches on; a failing model takes no part."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gram_es.records import WeightedCode
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.query.identifiers import identifier_in, looks_like_identifier
from gram_es.retrieval.query.model_worker import MODEL_FAULTS, NoAnswerError, QueryModel
from gram_es.text.normalise import normalise

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Understood:
    """A query, understood; ``corrected`` equals ``typed`` when its spelling is right.

    ``vector`` is ``(dim,)``, ``None`` when no model took part. With ``identifier_only`` the text is
    an identifier and nothing else, and the model did not read it.
    """

    typed: str
    corrected: str
    codes: tuple[WeightedCode, ...] = ()
    vector: NDArray[np.float32] | None = None
    identifier: str | None = None
    identifier_only: bool = False
    fault: str | None = None


def understand(
    text: str,
    model: QueryModel | None,
    context: SearchContext,
    *,
    stages: frozenset[str],
) -> Understood:
    """Return what ``text`` asks for; the model's part needs live codes in the context's view.

    ``fault`` is why the model has no part: it was late, or it raised, which is logged too.
    """
    live = context.view.live
    typed = normalise(text)
    if not typed:
        return Understood(typed, typed)
    identifier = identifier_in(text)
    if model is None or looks_like_identifier(text):
        only = identifier is not None and looks_like_identifier(text)
        return Understood(typed, typed, identifier=identifier, identifier_only=only)
    corrected = typed
    try:
        if "spelling" in stages:
            corrected = model.gram.speller.correct(typed)
        if live is None or not stages & {"codes", "rerank"}:
            return Understood(typed, corrected, identifier=identifier)
        answer = model.ask(
            text, live, correct_spelling="spelling" in stages, deadline=context.deadline
        )
    except NoAnswerError as error:
        return Understood(typed, corrected, identifier=identifier, fault=str(error))
    except MODEL_FAULTS as error:
        logger.exception("request %s: the model failed on a query", context.request_id)
        fault = f"the model failed on this query ({type(error).__name__})"
        return Understood(typed, corrected, identifier=identifier, fault=fault)
    codes = answer.codes if "codes" in stages else ()
    return Understood(typed, corrected, codes, answer.vector, identifier)

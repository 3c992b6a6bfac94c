"""Turn the shopper's text into what the query matches on; a failing model takes no part."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gram_es.index.documents import identifier_key
from gram_es.overrides.rules import code_key
from gram_es.records import WeightedCode
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.query.model_worker import MODEL_FAULTS, NoAnswerError, QueryModel
from gram_es.text.gtin import is_gtin
from gram_es.text.normalise import normalise

logger = logging.getLogger(__name__)


def without_excluded(
    codes: Sequence[WeightedCode], excluded: Collection[str]
) -> tuple[WeightedCode, ...]:
    """Return the codes but for the ``excluded``, in any surface form; weights do not change."""
    keys = {code_key(label.lower()) for label in excluded}
    return tuple(code for code in codes if code_key(code.label) not in keys) if keys else (*codes,)


_MAX_WORDS: Final = 4
_MAX_CHARS: Final = 64
# 60w, 5gal, 3/4in, 20000mah, 1200lumens, 4x8ft: a number with its unit, not a model
_MEASURE: Final = re.compile(r"\d+(?:[.,/x]\d+)*[a-z\"']{0,9}")
# m10-1.5 and x5-1/4 are sizes of screws: no model number has a point or a slash
_MODEL_PART: Final = re.compile(r"[a-z0-9][a-z0-9_#+]*")


def identifier_in(text: str) -> str | None:
    """Return ``text`` as the index stores identifiers.

    ``None`` when it has no digit, or is too long or has too many words for an identifier.
    """
    if len(text) > _MAX_CHARS or len(text.split()) > _MAX_WORDS:
        return None
    if not any(char.isdigit() for char in text):
        return None
    return identifier_key(text) or None


def looks_like_identifier(text: str) -> bool:
    """Return whether ``text`` is an identifier and nothing else, so that it needs no codes.

    True for GTINs with a right check digit (blanks and dashes allowed), for numbers of five
    digits and more, and for one word that mixes letters with at least three digits and is no
    measure.
    """
    key = identifier_in(text)
    if key is None:
        return False
    if key.isascii() and key.isdigit():
        return is_gtin(key) or (len(key) >= 5 and len(text.split()) == 1)
    if len(text.split()) > 1 or len(key) < 5 or not _MODEL_PART.fullmatch(key):
        return False
    digits = sum(char.isdigit() for char in key)
    letters = any(char.isalpha() for char in key)
    return letters and digits >= 3 and not _MEASURE.fullmatch(key)


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

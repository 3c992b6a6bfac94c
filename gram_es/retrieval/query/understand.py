"""Understand a shopper's text: its normal form, correction, identifier and codes.

:func:`understand` asks the model, and continues without an answer if the model fails.
:func:`looks_like_identifier` recognises part numbers, which need no model.
:func:`drop_excluded_codes` removes the codes that the shopper switched off.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gram_es.index.documents import identifier_key
from gram_es.overrides.rules import code_key
from gram_es.records import WeightedCode
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.query.model_worker import MODEL_ERRORS, ModelWorker, NoAnswerError
from gram_es.text.gtin import is_gtin
from gram_es.text.normalise import normalise
from gram_es.text.speller import Spelling

logger = logging.getLogger(__name__)

_MAX_WORDS: Final = 4
_MAX_CHARS: Final = 64
# 60w, 5gal, 3/4in, 20000mah, 1200lumens, 4x8ft: a number with its unit, not a model
_MEASURE: Final = re.compile(r"\d+(?:[.,/x]\d+)*[a-z\"']{0,9}")
# without points and slashes: m10-1.5 and x5-1/4 are sizes of screws, not model numbers
_MODEL_PART: Final = re.compile(r"[a-z0-9][a-z0-9_#+]*")


@dataclass(frozen=True, slots=True, eq=False)
class UnderstoodQuery:
    """The meaning of a query.

    ``spelling`` are its forms. ``vector`` is the query's vector, ``(dim,)``, or ``None`` if the
    model gave no answer. ``identifier`` is the query in the form in which the index stores
    identifiers, or ``None`` if the query cannot be an identifier. ``identifier_only`` is true if
    the query is an identifier and nothing else; the model is not asked about such a query. If the
    model was asked but gave no answer, ``degraded_reason`` says why.
    """

    spelling: Spelling
    codes: tuple[WeightedCode, ...] = ()
    vector: NDArray[np.float32] | None = None
    identifier: str | None = None
    identifier_only: bool = False
    degraded_reason: str | None = None


def understand(
    text: str,
    model: ModelWorker | None,
    context: SearchContext,
    *,
    stages: frozenset[str],
    keep: frozenset[str] = frozenset(),
) -> UnderstoodQuery:
    """Return the meaning of ``text``.

    The model is asked only if the index contains the model's codes. If the model is late or raises
    an exception, ``degraded_reason`` in the result says so. An exception is also logged.

    :param stages: the stages of the search that may run, such as ``spelling`` and ``codes``.
    :param keep: words whose spelling is not corrected.
    """
    typed = normalise(text)
    spelling = Spelling(typed, typed)
    if not typed:
        return UnderstoodQuery(spelling)
    identifier = identifier_in(text)
    identifier_only = looks_like_identifier(text)
    understood = UnderstoodQuery(spelling, identifier=identifier, identifier_only=identifier_only)
    if model is None or identifier_only:
        return understood
    if "spelling" in stages:
        understood = replace(understood, spelling=model.gram.speller.spell(typed, keep))
    return _with_codes(understood, model, context, stages)


def _with_codes(
    understood: UnderstoodQuery,
    model: ModelWorker,
    context: SearchContext,
    stages: frozenset[str],
) -> UnderstoodQuery:
    """Return ``understood`` with codes and vector, or with the reason why the model gave none."""
    live_codes = context.view.live_codes
    if live_codes is None or not stages & {"codes", "rerank"}:
        return understood
    try:
        answer = model.ask(understood.spelling, live_codes, deadline=context.deadline)
    except NoAnswerError as error:
        return replace(understood, degraded_reason=str(error))
    except MODEL_ERRORS as error:
        logger.exception("request %s: the model failed on a query", context.request_id)
        reason = f"the model failed on this query ({type(error).__name__})"
        return replace(understood, degraded_reason=reason)
    codes = answer.codes if "codes" in stages else ()
    return replace(understood, codes=codes, vector=answer.vector)


def identifier_in(text: str) -> str | None:
    """Return ``text`` in the form in which the index stores identifiers.

    Return ``None`` if ``text`` cannot be an identifier because it contains no digit, has more than
    64 characters or has more than four words.
    """
    if len(text) > _MAX_CHARS or len(text.split()) > _MAX_WORDS:
        return None
    if not any(char.isdigit() for char in text):
        return None
    return identifier_key(text) or None


def looks_like_identifier(text: str) -> bool:
    """Return whether ``text`` is an identifier and nothing else, so that it needs no codes.

    An identifier is a GTIN with a correct check digit (blanks and dashes allowed), a number of five
    digits or more, or one word of five characters or more that contains letters and at least three
    digits. A measure such as ``20000mah`` is not an identifier.
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


def drop_excluded_codes(
    codes: Sequence[WeightedCode], excluded: Collection[str]
) -> tuple[WeightedCode, ...]:
    """Return ``codes`` without the ``excluded`` codes; the weights of the others do not change.

    An excluded code also removes its other surface forms, such as its plural.
    """
    keys = {code_key(label.lower()) for label in excluded}
    return tuple(code for code in codes if code_key(code.label) not in keys) if keys else (*codes,)

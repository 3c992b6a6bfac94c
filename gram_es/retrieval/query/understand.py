"""Understand a shopper's text: its normal form, correction, identifier and codes.

:func:`understand` asks the model, and continues without an answer if the model fails.
:func:`drop_excluded_codes` removes the codes that the shopper switched off.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gram_es.errors import ClusterError
from gram_es.overrides.rules import code_key
from gram_es.records import WeightedCode
from gram_es.retrieval.conditions.catalogue import UNKNOWN_CATALOGUE, Catalogue
from gram_es.retrieval.context import DECODED_BY, SearchContext
from gram_es.retrieval.query.identifiers import (
    NO_IDENTIFIERS,
    QueryIdentifiers,
    find_identifiers,
    looks_like_identifier,
)
from gram_es.retrieval.query.model_worker import MODEL_ERRORS, ModelWorker, NoAnswerError
from gram_es.text.normalise import names_with_signs, normalise
from gram_es.text.part_numbers import IsKnown
from gram_es.text.spelling.lexicon import is_language_word
from gram_es.text.spelling.speller import Spelling

logger = logging.getLogger(__name__)

_MIN_TOLD_CHARS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class UnderstoodQuery:
    """The meaning of a query.

    ``spelling`` are its forms. ``vector`` is the query's vector, ``(dim,)``, or ``None`` if the
    model gave no answer. ``identifiers`` are the parts of the query that may be identifiers.
    ``identifier_only`` is true if the query is an identifier and nothing else; the model is not
    asked about such a query. If the model was asked but gave no answer, ``degraded_reason`` says
    why. ``may_lead`` are the labels of the codes that alone make a product relevant; none if the
    codes are guesses, because the query has a part number or a word that neither the catalogue of
    the model nor the shop's language has. ``named_types`` are the labels of the codes that claim a
    type in words of the query alone. ``names`` are the names that are written with signs, such
    as ``h&m``, by their words in normal form. ``language_model`` names the language model that
    chose the codes together with the encoder, if there was one. ``awaits_language_model`` is true
    if one would have a say in the codes and the encoder alone chose them.
    """

    spelling: Spelling
    codes: tuple[WeightedCode, ...] = ()
    vector: NDArray[np.float32] | None = None
    identifiers: QueryIdentifiers = NO_IDENTIFIERS
    identifier_only: bool = False
    degraded_reason: str | None = None
    may_lead: frozenset[str] = frozenset()
    named_types: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    language_model: str | None = None
    awaits_language_model: bool = False


def understand(
    text: str,
    model: ModelWorker | None,
    context: SearchContext,
    *,
    stages: frozenset[str],
    keep: frozenset[str] = frozenset(),
    catalogue: Catalogue = UNKNOWN_CATALOGUE,
) -> UnderstoodQuery:
    """Return the meaning of ``text``.

    The model is asked only if the index contains the model's codes. If the model is late or raises
    an exception, ``degraded_reason`` in the result says so. An exception is also logged.

    :param stages: the stages of the search that may run, such as ``spelling`` and ``codes``.
    :param keep: words whose spelling is not corrected.
    :param catalogue: what the live index contains.
    """
    typed = normalise(text)
    spelling = Spelling(typed, typed)
    if not typed:
        return UnderstoodQuery(spelling)
    is_known = model.gram.speller.knows if model else is_language_word
    identifiers = find_identifiers(text, is_known, catalogue.has_in_text)
    identifier_only = looks_like_identifier(text)
    names = names_with_signs(text)
    understood = UnderstoodQuery(
        spelling, identifiers=identifiers, identifier_only=identifier_only, names=names
    )
    if model is None or identifier_only:
        return understood
    if "spelling" in stages:
        kept = keep | identifiers.kept_words | names.keys()
        spelling = model.gram.speller.spell(typed, kept, partial(_is_indexed, catalogue, context))
        understood = replace(understood, spelling=spelling)
    understood = _with_codes(understood, model, context, stages)
    if understood.may_lead and not _knows_words(understood, is_known):
        return replace(understood, may_lead=frozenset())
    return understood


def _is_indexed(catalogue: Catalogue, context: SearchContext, words: str) -> bool:
    """Return whether the live index has ``words``; not if it cannot be asked in time."""
    if context.deadline.left_ms(DECODED_BY) <= 0:
        return False
    try:
        return catalogue.has_in_text(words)
    except ClusterError as error:
        logger.warning("request %s: cannot look up %r: %s", context.request_id, words, error)
        return False


def _knows_words(understood: UnderstoodQuery, is_known: IsKnown) -> bool:
    """Return whether the query has no part number and, in one of its forms, only known words."""
    spelling = understood.spelling
    forms = (spelling.corrected, *spelling.alternatives)
    return not understood.identifiers.has_part_number and any(
        all(map(partial(_is_understood, is_known=is_known), form.split())) for form in forms
    )


def _is_understood(word: str, is_known: IsKnown) -> bool:
    """Return whether a word is known, or too short to tell; a language may have no word list."""
    is_told = len(word) >= _MIN_TOLD_CHARS and word.isalpha()
    return not is_told or is_known(word) or is_language_word(word)


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
    may_lead = answer.may_lead
    if may_lead is None:
        may_lead = model.gram.may_lead(understood.spelling, codes, answer.vector)
    return replace(
        understood,
        codes=codes,
        vector=answer.vector,
        language_model=answer.language_model,
        awaits_language_model=answer.language_model is None
        and model.gram.heeds_language_model(understood.spelling),
        may_lead=may_lead & {code.label for code in codes},
        named_types=model.gram.query_coder.named_types(understood.spelling, codes),
    )


def drop_excluded_codes(
    codes: Sequence[WeightedCode], excluded: Collection[str]
) -> tuple[WeightedCode, ...]:
    """Return ``codes`` without the ``excluded`` codes; the weights of the others do not change.

    An excluded code also removes its other surface forms, such as its plural.
    """
    keys = {code_key(label.lower()) for label in excluded}
    return tuple(code for code in codes if code_key(code.label) not in keys) if keys else (*codes,)

"""Build the clauses of a search's query from the understood text (no I/O).

One bool query combines two scores: the weights of the codes, which sum to at most 1, and the BM25
score of the text. The BM25 score is scaled down to a similar size, so that neither dominates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gram_es.index.slots import codes_field
from gram_es.records import WeightedCode
from gram_es.text.speller import Spelling

Body = dict[str, Any]

CODE_CLAUSE: Final = "code:"  # a clause's name is this prefix and its code
IDENTIFIER_CLAUSE: Final = "identifier"
CORRECTED_SHARE: Final = 0.8  # below 1, as the shopper may have meant what was typed
ALTERNATIVE: Final = "alternative "  # a clause's name is this prefix and its form of the query
IDENTIFIER_BOOST: Final = 10.0  # above the most for codes (1) and for a short text (about 2)


@dataclass(frozen=True, slots=True)
class Clauses:
    """The parts of a query that a product can match.

    ``typed`` is the normalised text, and ``corrected`` is the same text after spelling correction.
    ``alternatives`` are forms of the text with joined or parted words. All of these are empty if
    the text is not searched. ``identifier`` is the text in the form in which the
    index stores identifiers, or ``None`` if the text cannot be an identifier. ``slot`` is the slot
    of the index whose codes are searched, or ``None`` if no codes are searched. A slot contains the
    codes of one model. ``scale`` multiplies the BM25 score of the text.
    """

    typed: str
    corrected: str
    codes: tuple[WeightedCode, ...]
    identifier: str | None
    slot: str | None
    scale: float
    alternatives: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """Return the distinct forms of the text that are searched: first the typed one."""
        forms = (self.typed, self.corrected, *self.alternatives)
        return tuple(dict.fromkeys(form for form in forms if form))

    @property
    def replaced(self) -> tuple[str, ...]:
        """Return the typed words that the corrected text replaces."""
        return Spelling(self.typed, self.corrected).replaced

    @property
    def correction(self) -> str | None:
        """Return ``corrected`` if it differs from ``typed``, else ``None``."""
        return self.corrected if self.corrected != self.typed else None


def clause_scores_body(clauses: Clauses, ids: Sequence[str]) -> Body:
    """Return the search body that explains the hits with these ``ids``.

    Every clause has a name, so that the response contains its score for each hit.
    """
    query = {"bool": {"must": [match_query(clauses, text_named=True)], "filter": [_ids(ids)]}}
    return {"query": query, "size": len(ids), "_source": False, "track_total_hits": False}


def match_query(clauses: Clauses, *, text_named: bool = False) -> Body:
    """Return the scored bool query; without any clause it matches nothing.

    The clauses of the codes and of the identifier have names, so that a hit lists the codes that it
    matches. With ``text_named`` the text clauses have names too, which takes 5 % more time.
    """
    should = _should(clauses, text_named=text_named)
    if not should:
        return {"match_none": {}}
    return {"bool": {"minimum_should_match": 1, "should": should}}


def _should(clauses: Clauses, *, text_named: bool) -> list[Body]:
    should = [_text_clause(clauses, named=text_named)] if clauses.typed else []
    if clauses.slot:
        field = codes_field(clauses.slot)
        should += [
            _constant(field, code.label, code.weight, f"{CODE_CLAUSE}{code.label}")
            for code in clauses.codes
            if code.weight > 0
        ]
    if clauses.identifier:
        key = clauses.identifier
        should.append(_constant("identifiers", key, IDENTIFIER_BOOST, IDENTIFIER_CLAUSE))
    return should


def _text_clause(clauses: Clauses, *, named: bool) -> Body:
    names = {clauses.corrected: "corrected", clauses.typed: "typed"}
    matches = [
        _match(
            form,
            clauses.scale * (1.0 if form == clauses.typed else CORRECTED_SHARE),
            names.get(form, f"{ALTERNATIVE}{form}"),
            named=named,
        )
        for form in clauses.forms
    ]
    return matches[0] if len(matches) == 1 else {"dis_max": {"queries": matches}}


def is_text_clause(name: str) -> bool:
    """Return whether ``name`` is that of a clause which searches a form of the text.

    Of these clauses only the one with the highest score counts.
    """
    return name in ("typed", "corrected") or name.startswith(ALTERNATIVE)


def _match(text: str, boost: float, name: str, *, named: bool) -> Body:
    body: Body = {"query": text, "boost": boost}
    return {"match": {"text": {**body, "_name": name} if named else body}}


def _constant(field: str, value: str, boost: float, name: str) -> Body:
    return {"constant_score": {"filter": {"term": {field: value}}, "boost": boost, "_name": name}}


def _ids(ids: Sequence[str]) -> Body:
    return {"ids": {"values": list(ids)}}

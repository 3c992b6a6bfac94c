"""Build the clauses of a search's query from the understood text (no I/O).

One bool query adds two scores: the BM25 score of the text, and the agreement of the codes, which is
the sum of a code's weight in the query times its weight in the product. The agreement is at most 1
and is scaled up to the size of a BM25 score, so that neither dominates. The text keeps the boost 1,
because Elasticsearch skips fewer documents if a ``match`` has another boost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from gram_es.codes.stored_codes import feature_name
from gram_es.index.slots import weights_field
from gram_es.records import WeightedCode
from gram_es.retrieval.query.identifiers import QueryIdentifiers
from gram_es.retrieval.recall.bodies import Body
from gram_es.retrieval.recall.identifiers import identifier_clauses
from gram_es.text.spelling.speller import Spelling

CODE_CLAUSE: Final = "code:"  # a clause's name is this prefix and its code
CORRECTED_SHARE: Final = 0.8  # below 1, as the shopper may have meant what was typed
_MAX_RATIO: Final = 2.0  # a word that the catalogue lacks weighs more than any other
_MAX_STEPS: Final = 4  # by which words may be moved to stand beside each other: "Schrank aus Holz"
ALTERNATIVE: Final = "alternative "  # a clause's name is this prefix and its form of the query
USUAL_BEST_TEXT: Final = 8.0  # a BM25 score, for a query whose best score is unknown


@dataclass(frozen=True, slots=True)
class Clauses:
    """The parts of a query that a product can match.

    ``typed`` is the normalised text, and ``corrected`` is the same text after spelling correction.
    ``alternatives`` are forms of the text with joined or parted words. All of these are empty if
    the text is not searched. ``identifiers`` are the parts of the query that may be identifiers;
    ``None`` stands for no such parts. ``slot`` is the slot of the index whose codes are searched,
    or ``None`` if no codes are searched. A slot contains the codes of one model. ``scale`` is the
    weight of the text against the codes: the score of a product is its BM25 score plus its
    agreement divided by ``scale``. ``best_text`` is the BM25 score of a product that matches the
    text as well as a product can. ``stem_weights`` has, for each form of the text that counts, the
    weight of each stem by how rare it is. ``may_lead`` are the labels of the codes that alone
    can make a product relevant; ``None`` stands for all of them. ``named_types`` are the labels of
    the codes that claim a type in words of the query alone. ``names`` are the names of the
    query that are written with signs, such as ``h&m``, by their words in the forms of the text.
    ``stems`` is the name of the field with the stems of a product.
    """

    typed: str
    corrected: str
    codes: tuple[WeightedCode, ...]
    identifiers: QueryIdentifiers | None
    slot: str | None
    scale: float
    best_text: float = USUAL_BEST_TEXT
    stem_weights: tuple[Mapping[str, float], ...] = ()
    alternatives: tuple[str, ...] = ()
    may_lead: frozenset[str] | None = None
    named_types: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    stems: str = "stems"

    @property
    def searched_codes(self) -> tuple[WeightedCode, ...]:
        """Return the codes that the query searches."""
        return tuple(code for code in self.codes if code.weight > 0) if self.slot else ()

    def boost(self, weight: float) -> float:
        """Return the boost of a clause that counts ``weight`` where a full agreement counts 1."""
        return weight / self.scale

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
    query = {"bool": {"must": [match_query(clauses, named=True)], "filter": [_ids(ids)]}}
    return {"query": query, "size": len(ids), "_source": False, "track_total_hits": False}


def match_query(clauses: Clauses, *, named: bool = False) -> Body:
    """Return the scored bool query; without any clause it matches nothing.

    The clauses of identifiers have names, so that a hit shows which it matches. With ``named``
    all clauses have names, to explain a few hits. The codes that a hit matches are read from its
    packed codes instead.
    """
    should = _should(clauses, named=named)
    if not should:
        return {"match_none": {}}
    return {"bool": {"minimum_should_match": 1, "should": should}}


def _should(clauses: Clauses, *, named: bool) -> list[Body]:
    should = [_text_clause(clauses, named=named)] if clauses.typed else []
    if slot := clauses.slot:
        should += [
            code_clause(code, slot, boost=clauses.boost(code.weight), named=named)
            for code in clauses.searched_codes
        ]
    if clauses.identifiers:
        should += identifier_clauses(
            clauses.identifiers, scale=clauses.scale, best_text=clauses.best_text
        )
    return should


def code_clause(code: WeightedCode, slot: str, *, boost: float, named: bool = False) -> Body:
    """Return the clause that scores ``boost`` times the weight of a code in the product."""
    body: Body = {"value": feature_name(code.label), "boost": boost}
    name = {"_name": f"{CODE_CLAUSE}{code.label}"} if named else {}
    return {"term": {weights_field(slot): {**body, **name}}}


def _text_clause(clauses: Clauses, *, named: bool) -> Body:
    boosts = _form_boosts(clauses)
    matches = [
        _form_clause(form, clauses, boost=boosts[form], named=named) for form in clauses.forms
    ]
    return matches[0] if len(matches) == 1 else {"dis_max": {"queries": matches}}


def _form_clause(form: str, clauses: Clauses, *, boost: float, named: bool) -> Body:
    if form == clauses.typed:
        return _match({"query": form}, "typed", named=named)
    if form == clauses.corrected:
        return _match({"query": form, "boost": boost}, "corrected", named=named)
    return _alternative(form, clauses.corrected, boost=boost, named=named)


def _alternative(form: str, corrected: str, *, boost: float, named: bool) -> Body:
    """Return the clause of a form with other words, which a product must have near each other.

    Whoever asks for a "bookshelf" means no nightstand with a shelf, for a lamp and a book.
    """
    given = corrected.split()
    runs = groupby(form.split(), key=lambda word: word in given)
    added = [" ".join(words) for is_given, words in runs if not is_given]
    required = [{"match_phrase": {"text": {"query": run, "slop": _MAX_STEPS}}} for run in added]
    match = _match({"query": form, "boost": boost}, "", named=False)
    name = {"_name": f"{ALTERNATIVE}{form}"} if named else {}
    return {"bool": {"must": [match], "filter": required, **name}}


def _form_boosts(clauses: Clauses) -> dict[str, float]:
    """Return the boost of each form of the text.

    A joined form has fewer words than the typed one, and a parted form has more. Whatever the
    number, a product that matches the whole form scores :data:`CORRECTED_SHARE` of one that matches
    the typed text as a whole.
    """
    boosts = dict.fromkeys(clauses.forms, CORRECTED_SHARE)
    if len(clauses.stem_weights) != len(boosts):
        return boosts
    best = {
        form: sum(weights.values())
        for form, weights in zip(clauses.forms, clauses.stem_weights, strict=True)
    }
    for form in clauses.alternatives:
        if best.get(form):
            boosts[form] *= min(_MAX_RATIO, best[clauses.corrected] / best[form])
    return boosts


def is_text_clause(name: str) -> bool:
    """Return whether ``name`` is that of a clause which searches a form of the text.

    Of these clauses only the one with the highest score counts.
    """
    return name in ("typed", "corrected") or name.startswith(ALTERNATIVE)


def _match(body: Body, name: str, *, named: bool) -> Body:
    return {"match": {"text": {**body, "_name": name} if named else body}}


def _ids(ids: Sequence[str]) -> Body:
    return {"ids": {"values": list(ids)}}

"""Plan searches: find the conditions in a query, understand the rest, and build the clauses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gram_es.index.slots import stems_field
from gram_es.overrides.queries import RuledCodes
from gram_es.overrides.rules import Override
from gram_es.overrides.watcher import RulesWatcher
from gram_es.retrieval.conditions.catalogue import UNKNOWN_CATALOGUE, Catalogue
from gram_es.retrieval.conditions.index_catalogue import IndexCatalogue, PhraseCache
from gram_es.retrieval.conditions.parser import parse_query
from gram_es.retrieval.context import IndexView, SearchContext
from gram_es.retrieval.query.indexed_words import IndexedWords
from gram_es.retrieval.query.model_worker import ModelWorker
from gram_es.retrieval.query.understand import UnderstoodQuery, drop_excluded_codes, understand
from gram_es.retrieval.recall.clauses import USUAL_BEST_TEXT, Clauses
from gram_es.retrieval.recall.plan import QueryPlan, plan_query
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.text.normalise import normalise
from gram_es.text.spelling.speller import Spelling

if TYPE_CHECKING:
    from gram_es.model.gram import Gram


@dataclass(frozen=True, slots=True)
class PlannedSearch:
    """The plan of a search, with what the query means.

    ``rules`` are the overrides that changed the query's codes; ``degraded`` says why it may lack
    codes.
    """

    plan: QueryPlan
    understood: UnderstoodQuery
    rules: tuple[Override, ...] = ()
    degraded: tuple[str, ...] = ()


class Planner:
    """Plans the searches of one index; safe for many threads.

    ``indexed_words`` are words that the spelling correction would replace although a product
    contains them. The other parameters are those of :class:`~gram_es.retrieval.searcher.Searcher`;
    ``model`` is the worker of ``gram``.
    """

    def __init__(
        self,
        gram: Gram | None,
        model: ModelWorker | None,
        *,
        index: str,
        stages: Collection[str],
        calibration: Calibration,
        rules: RulesWatcher | None,
    ) -> None:
        self.indexed_words = IndexedWords()
        self._gram = gram
        self._model = model
        self._index = index
        self._stages = frozenset(stages)
        self._calibration = calibration
        self._rules = rules
        self._phrases = PhraseCache()

    def parse(self, request: SearchRequest, context: SearchContext) -> SearchRequest:
        """Return ``request`` with the conditions in its words, unless it has been parsed before."""
        if request.parsed is not None or request.browses:
            return request
        catalogue = self._catalogue(context)
        parsed = parse_query(request.text, literal=request.literal, catalogue=catalogue)
        return replace(request, parsed=parsed)

    def plan(
        self,
        request: SearchRequest,
        context: SearchContext,
        *,
        keep: frozenset[str] = frozenset(),
    ) -> PlannedSearch:
        """Return the plan of a request that :meth:`parse` returned.

        :param keep: words that are not corrected, besides those of overrides and of the index.
        """
        view = context.view
        understood = understand(
            request.searched_text,
            self._model,
            context,
            stages=self._stages if request.spelling else self._stages - {"spelling"},
            keep=self._kept_words(view) | keep,
            catalogue=self._catalogue(context),
        )
        ruled = self._ruled_codes(request, understood, view)
        codes = drop_excluded_codes(ruled.codes, request.excluded_codes)
        understood = replace(understood, codes=codes)
        plan = plan_query(self._clauses(understood, view), request, has_groups=view.has_groups)
        late = understood.degraded_reason
        degraded = (*view.degraded, late) if late else view.degraded
        return PlannedSearch(plan, understood, ruled.applied, degraded)

    def spell(self, text: str, view: IndexView, *, corrects: bool = True) -> Spelling:
        """Return the forms of ``text``, which is in normal form; without a model, only as typed.

        :param corrects: whether the request allows other forms.
        """
        if self._gram is None or not corrects or "spelling" not in self._stages:
            return Spelling(text, text)
        return self._gram.speller.spell(text, self._kept_words(view))

    def _catalogue(self, context: SearchContext) -> Catalogue:
        """Return the catalogue for the parser; the fields of a shop's own index are unknown."""
        if context.view.is_shops:
            return UNKNOWN_CATALOGUE
        return IndexCatalogue(context.bounded_client, self._index, context.view, self._phrases)

    def _kept_words(self, view: IndexView) -> frozenset[str]:
        """Return the words that are not corrected: by an override, or as the index has them."""
        kept = self._rules.current.queries.kept_words if self._rules else frozenset()
        return kept | self.indexed_words.of(view)

    def _ruled_codes(
        self, request: SearchRequest, understood: UnderstoodQuery, view: IndexView
    ) -> RuledCodes:
        """Return the query's codes with the pins and bans of any form of the query applied.

        The whole query is a form, too, with the words that state conditions. If no codes are
        searched, the codes are returned unchanged.
        """
        if self._rules is None or view.live_codes is None or "codes" not in self._stages:
            return RuledCodes(understood.codes)
        spelling = understood.spelling
        forms = (normalise(request.text), spelling.typed, spelling.corrected)
        return self._rules.current.queries.apply(forms, understood.codes)

    def _clauses(self, understood: UnderstoodQuery, view: IndexView) -> Clauses:
        gram = self._gram
        spelling = understood.spelling if "text" in self._stages else Spelling("", "")
        best_text = self._best_text(understood.spelling)
        return Clauses(
            typed=spelling.typed,
            corrected=spelling.corrected,
            codes=understood.codes,
            identifiers=understood.identifiers,
            slot=gram.slot if gram and view.live_codes is not None else None,
            scale=self._calibration.scale(best_text),
            best_text=best_text,
            stem_weights=gram.stem_weights(understood.spelling) if gram else (),
            alternatives=spelling.alternatives,
            may_lead=understood.may_lead,
            named_types=understood.named_types,
            names=understood.names,
            stems=stems_field(gram.slot, is_shops=view.is_shops) if gram else "",
        )

    def _best_text(self, spelling: Spelling) -> float:
        """Return the best text score that the query can reach, or a usual one if it is unknown."""
        if self._gram is None:
            return USUAL_BEST_TEXT
        return self._gram.best_text_score(spelling) or USUAL_BEST_TEXT

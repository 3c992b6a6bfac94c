"""Give queries their codes: score the live codes, and abstain if no code is near."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Code, Codebook
from gram_es.codes.contained import ContainedPhrases
from gram_es.codes.facets import BRAND, DEPARTMENT, TYPE, bare_types
from gram_es.codes.nearness import CodeTypes, Nearness
from gram_es.codes.prior import CodePrior, Vectors
from gram_es.codes.shopper_words import ShopperWords
from gram_es.codes.truth.rules import TruthRules
from gram_es.model.config import GramConfig
from gram_es.records import WeightedCode
from gram_es.text.spelling.speller import Spelling
from gram_es.text.words import stems

MAX_QUERY_CODES = 20
NEAR_CODES: Final = 100
# What the nearness to a type counts beside the encoder's scores, in units of the temperature of
# codes. P@10 by type for 138 queries in words that the sample shop lacks, by codes alone, without
# the limits below, types read by their labels: 0: .51, 6: .70, 10: .73, 16: .74, 24: .73.
_NEARNESS_WEIGHT: Final = 16.0
# The nearness that lets a code lead. For how many of these queries a code of the right type may
# lead, for how many only wrong ones, and for how many of 56 that ask for what the shop lacks any
# may: encoder alone 72, 13, 21; .4: 102, 11, 25; .45: 96, 8, 22; .5: 86, 7, 17; .55: 81, 8, 12.
_LEADING_NEARNESS: Final = 0.5
# The nearness at which a query gets codes at all. P@10 of 277 such queries and for how many of the
# 56 there are codes, by words of shoppers: .5: .61, 45; .3: .63, 47; by Gemma 3 270M: .5: .69, 44;
# .4: .70, 46; .3: .72, 47; .2: .73, 52; 0: .73, 54.
_ANSWERED_NEARNESS: Final = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class LiveCodes:
    """The codes that the model may give to a query: the codes of products in the live index.

    ``labels`` are the texts of the codes. ``allowed`` is ``(codes,)`` bool, true for these codes.
    """

    allowed: NDArray[np.bool_]
    labels: frozenset[str]

    @classmethod
    def of(cls, codebook: Codebook, labels: Iterable[str]) -> LiveCodes:
        """Return the codes of ``codebook`` with the given labels; ignore all other labels."""
        known_labels = frozenset(label for label in labels if label in codebook.number_by_label)
        allowed = np.zeros(len(codebook), dtype=np.bool_)
        allowed[[codebook.number_by_label[label] for label in known_labels]] = True
        return cls(allowed, known_labels)

    def equals(self, other: LiveCodes) -> bool:
        """Return whether ``other`` allows the same codes."""
        return np.array_equal(self.allowed, other.allowed)


@dataclass(frozen=True, slots=True, eq=False)
class QueryCodes:
    """A query's codes and its vector.

    ``codes`` are ordered best first and their weights sum to 1. ``codes`` is empty if no code is
    near the query. ``vector`` is ``(dimensions,)`` float32 of unit length. ``language_model`` names
    the language model that chose the codes together with the encoder; ``None`` if there was none.
    ``may_lead`` are the labels of the codes that alone make a product relevant, as both see it;
    ``None`` if the encoder alone is to decide.
    """

    codes: tuple[WeightedCode, ...]
    vector: NDArray[np.float32]
    language_model: str | None = None
    may_lead: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NearCodes:
    """The codes nearest to a query, best first: their numbers and their scores, both ``(n,)``."""

    numbers: NDArray[np.intp]
    scores: Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What another expert adds to the encoder's scores of codes for a query.

    ``rank`` is added where codes are compared with each other, ``relevance`` where the best is
    compared with the limit below which a query gets none, and ``evidence`` where a code and its
    type by itself are compared with the limits from which it may lead. All are ``(codes,)``.
    """

    rank: Vectors
    relevance: Vectors
    evidence: Vectors

    @classmethod
    def of(cls, nearness: Nearness, is_typed: NDArray[np.bool_], *, temperature: float) -> Opinion:
        """Return what nearness adds.

        :param is_typed: which codes may be near: ``(codes,)``.
        :param temperature: that of codes.
        """
        weight = np.float32(_NEARNESS_WEIGHT * temperature)
        by_code, share = nearness.by_code, np.float32(nearness.share) * is_typed
        relevance = by_code - np.float32(_ANSWERED_NEARNESS) * share
        evidence = by_code - np.float32(_LEADING_NEARNESS) * share
        return cls(weight * by_code, weight * relevance, weight * evidence)

    def joined(self, words: Opinion) -> Opinion:
        """Return this opinion with the higher values of ``words``, whose rank 0 says nothing."""
        is_silent = words.rank == 0

        def higher(own: Vectors, other: Vectors) -> Vectors:
            return np.where(is_silent, own, np.maximum(own, other))

        return Opinion(
            higher(self.rank, words.rank),
            higher(self.relevance, words.relevance),
            higher(self.evidence, words.evidence),
        )


class QueryCoder:
    """Gives queries their codes from their texts and their vectors."""

    def __init__(
        self,
        codebook: Codebook,
        prior: CodePrior,
        rules: TruthRules,
        config: GramConfig,
        shopper_words: ShopperWords | None = None,
    ) -> None:
        self._codebook = codebook
        self._prior = prior
        self._rules = rules
        self._config = config
        self._shopper_words = shopper_words or ShopperWords()
        self._contained = ContainedPhrases([code.key for code in codebook])
        self._kinds = bare_types(codebook)
        self._is_typed = CodeTypes(codebook).is_typed

    def answers(
        self, queries: Sequence[Spelling], vectors: Vectors, live: LiveCodes | None = None
    ) -> list[QueryCodes]:
        """Return the codes of each query, best first, and its vector.

        A code whose words the forms of the query contain scores ``containment_bonus`` more. Codes
        that contradict a facet that the query names are left out. The query gets no codes if its
        best score, without the bonus, is below ``abstain_below``. Words of shoppers add to the
        scores of codes that they are near to, and move the vector towards these.

        :param vectors: ``(n, d)`` of unit length.
        :param live: the codes to choose from; ``None`` stands for all codes.
        """
        opinions = list(map(self._opinion_by_words, queries))
        near = self.near_codes(queries, vectors, live, opinions)
        return [
            self._answer(query, vector, codes, opinion)
            for query, vector, codes, opinion in zip(queries, vectors, near, opinions, strict=True)
        ]

    def _answer(
        self, query: Spelling, vector: Vectors, near: NearCodes, opinion: Opinion | None
    ) -> QueryCodes:
        if opinion is None or not len(near.numbers):
            return QueryCodes(self.weighted(near.numbers, near.scores), vector)
        by_encoder = NearCodes(near.numbers, near.scores - opinion.rank[near.numbers])
        return self.joint_answer(query, vector, by_encoder, near.scores, opinion.evidence)

    def opinion(self, query: Spelling, nearness: Nearness) -> Opinion:
        """Return what a nearness adds to the scores of a query's codes.

        Where words of shoppers add more, their values count.
        """
        opinion, by_words = self._opinion(nearness), self._opinion_by_words(query)
        return opinion if by_words is None else opinion.joined(by_words)

    def _opinion_by_words(self, query: Spelling) -> Opinion | None:
        nearness = self._shopper_words.nearness(query.corrected)
        return None if nearness is None else self._opinion(nearness)

    def _opinion(self, nearness: Nearness) -> Opinion:
        return Opinion.of(nearness, self._is_typed, temperature=self._config.code_temperature)

    def joint_answer(
        self,
        query: Spelling,
        vector: Vectors,
        by_encoder: NearCodes,
        scores: Vectors,
        evidence: Vectors,
    ) -> QueryCodes:
        """Return the codes of a query by what the encoder and another expert say together.

        The vector moves towards codes that the other expert alone finds likely.

        :param by_encoder: the codes near the query, at least one, as the encoder scores them.
        :param scores: ``(n,)``, what they score by both.
        :param evidence: ``(codes,)``, what the other expert adds where a code may lead.
        """
        numbers = by_encoder.numbers
        gains = self.shares(scores) - self.shares(by_encoder.scores)
        gains[evidence[numbers] <= 0] = 0.0
        moved = moved_toward(vector, self._prior.label_vectors(numbers), gains.clip(min=0.0))
        codes = self.weighted(numbers, scores)
        leading = self.leading(query, numbers, vector, evidence)
        return QueryCodes(codes, moved, may_lead=leading & {code.label for code in codes})

    def near_codes(
        self,
        queries: Sequence[Spelling],
        vectors: Vectors,
        live: LiveCodes | None = None,
        opinions: Sequence[Opinion | None] | None = None,
    ) -> list[NearCodes]:
        """Return the hundred codes with the highest scores for each query, for :meth:`answers`.

        :param opinions: what another expert thinks of the codes for each query.
        :return: for each query its codes, none if it gets no codes.
        """
        scores = self._prior.scores(vectors)
        return [
            self._near(query, row, live, opinion)
            for query, row, opinion in zip(
                queries, scores, opinions or [None] * len(queries), strict=True
            )
        ]

    def _near(
        self,
        query: Spelling,
        scores: Vectors,
        live: LiveCodes | None,
        opinion: Opinion | None,
    ) -> NearCodes:
        usable = np.flatnonzero(self._usable(query, live))
        relevance = scores if opinion is None else scores + opinion.relevance
        if not query.typed or relevance[usable].max(initial=-1.0) < self._config.abstain_below:
            return NearCodes(usable[:0], scores[:0])
        self._complete(query, scores, opinion)
        numbers = best_codes(scores, usable, NEAR_CODES)
        return NearCodes(numbers, scores[numbers])

    def _complete(self, query: Spelling, scores: Vectors, opinion: Opinion | None) -> None:
        """Add to the scores of all codes what the query's words and another expert add."""
        if opinion is not None:
            scores += opinion.rank
        scores[self._contained.find(_all_stems(query))] += self._config.containment_bonus

    def joined(
        self,
        query: Spelling,
        vector: Vectors,
        near: NearCodes,
        found: NDArray[np.int64],
        live: LiveCodes | None = None,
        opinion: Opinion | None = None,
    ) -> NearCodes:
        """Return the codes near a query, and those of ``found`` that it may have, scored alike.

        :param vector: ``(d,)``, the query's vector.
        :param found: ``(n,)``, numbers of codes; live ones that do not contradict the query count.
        """
        usable = self._usable(query, live)
        more = np.array(
            [n for n in found.tolist() if usable[n] and n not in near.numbers], dtype=np.intp
        )
        [scores] = self._prior.scores(vector[None])
        self._complete(query, scores, opinion)
        return NearCodes(
            np.concatenate([near.numbers, more]), np.concatenate([near.scores, scores[more]])
        )

    def weighted(self, numbers: NDArray[np.intp], scores: Vectors) -> tuple[WeightedCode, ...]:
        """Return codes with their weights, best first; a softmax of the scores gives the weights.

        :param numbers: ``(n,)``, the numbers of codes.
        :param scores: ``(n,)``, their scores.
        """
        order = np.lexsort((numbers, -scores))[:MAX_QUERY_CODES]
        weights = self.shares(scores[order]).tolist()
        labels = (self._codebook.codes[number].label for number in numbers[order].tolist())
        return tuple(map(WeightedCode, labels, weights))

    def shares(self, scores: Vectors) -> Vectors:
        """Return the share of each code by its score, ``(n,)``; the shares sum to 1."""
        temperature = np.float32(self._config.code_temperature)
        powers = np.exp((scores - scores.max(initial=-1.0)) / temperature)
        shares: Vectors = powers / powers.sum()
        return shares

    def may_lead(
        self, query: Spelling, codes: Sequence[WeightedCode], vector: Vectors
    ) -> frozenset[str]:
        """Return the labels of those ``codes`` that say what kind of product a query wants.

        Such a code names a type, a department or a phrase of the titles, not only a value, a brand
        or a single word, and no brand that the query does not name. It scores at least
        ``lead_above`` without the bonus, and its type by itself at least ``abstain_below``.

        :param codes: the codes of the query; those that the codebook lacks are left out.
        :param vector: ``(d,)``, the query's vector.
        """
        number_by_label = self._codebook.number_by_label
        labels = [code.label for code in codes if code.label in number_by_label]
        numbers = np.array([number_by_label[label] for label in labels], dtype=np.intp)
        return self.leading(query, numbers, vector)

    def leading(
        self,
        query: Spelling,
        numbers: NDArray[np.intp],
        vector: Vectors,
        more: Vectors | None = None,
    ) -> frozenset[str]:
        """Return the labels that :meth:`may_lead` returns if others have a say, too.

        :param numbers: ``(n,)``, the numbers of the query's codes.
        :param more: ``(codes,)``, what others add to the score of each code.
        """
        words = {word for form in (query.typed, query.corrected) for word in form.split()}
        scores = self._scores_of(numbers.tolist(), vector, more)
        near = (
            self._codebook.codes[n] for n in numbers[scores >= self._config.lead_above].tolist()
        )
        return frozenset(
            code.label
            for code in near
            if _names_kind(code, words) and self._has_near_kind(code, vector, more)
        )

    def _scores_of(self, codes: Sequence[int], vector: Vectors, more: Vectors | None) -> Vectors:
        scores = self._prior.scores_of(codes, vector)
        return scores if more is None else scores + more[list(codes)]

    def _has_near_kind(self, code: Code, vector: Vectors, more: Vectors | None) -> bool:
        """Return whether a type of a code is near the query by itself, if the type is a code.

        "5 gallon bucket" is nearer to "5 gallon vacuum cleaners" than to other codes, but not near
        vacuum cleaners.
        """
        types = [facet.value for facet in code.facets if facet.name == TYPE]
        kinds = [self._kinds[value] for value in types if value in self._kinds]
        scores = self._scores_of(kinds, vector, more)
        return not kinds or bool(scores.max() >= self._config.abstain_below)

    def named_types(self, query: Spelling, codes: Sequence[WeightedCode]) -> frozenset[str]:
        """Return the labels of those ``codes`` that claim a type in words of the query alone.

        Where the categories do not state the types, none is returned: a title need not name one.
        """
        if not self._config.typed_by_category:
            return frozenset()
        forms = [frozenset(stems(form)) for form in _forms(query)]
        numbers = (self._codebook.number_by_label.get(code.label) for code in codes)
        known = (self._codebook.codes[number] for number in numbers if number is not None)
        return frozenset(
            code.label
            for code in known
            if any(facet.name == TYPE for facet in code.facets)
            and any(form.issuperset(code.key) for form in forms)
        )

    def _usable(self, query: Spelling, live: LiveCodes | None) -> NDArray[np.bool_]:
        """Return which codes are live and do not contradict the query, in its catalogue's words.

        "Grey sofa" names a color only in its form "gray sofa".
        """
        usable = ~self._rules.contradicted_by_query(query.corrected)
        for form in query.alternatives[:1]:
            usable &= ~self._rules.contradicted_by_query(form)
        return usable if live is None else usable & live.allowed


def moved_toward(vector: Vectors, labels: Vectors, shares: Vectors) -> Vectors:
    """Return a unit vector in which the labels' vectors have the given shares.

    :param vector: ``(d,)`` of unit length, which has the rest.
    :param labels: ``(n, d)``.
    :param shares: ``(n,)``, at least 0, with a sum of at most 1.
    """
    mixed = (1.0 - shares.sum()) * vector + shares @ labels
    moved: Vectors = mixed / np.maximum(np.linalg.norm(mixed), 1e-6)
    return moved


def _all_stems(query: Spelling) -> frozenset[str]:
    """Return the stems of all forms of a query."""
    return frozenset(stem for form in _forms(query) for stem in stems(form))


def _forms(query: Spelling) -> tuple[str, ...]:
    return (query.typed, query.corrected, *query.alternatives)


def _names_kind(code: Code, words: Set[str]) -> bool:
    """Return whether a code names a kind of product, and no brand that is not among ``words``.

    A bare phrase of two words names a kind, too.
    """
    if not code.facets:
        return len(code.key) > 1
    brands = (facet.value for facet in code.facets if facet.name == BRAND)
    names_type = any(facet.name in (TYPE, DEPARTMENT) for facet in code.facets)
    return names_type and all(words >= set(brand.split()) for brand in brands)


def best_codes(scores: Vectors, codes: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the ``count`` of ``codes`` with the highest scores, best first.

    :param scores: ``(codes,)``, the score of each code of the codebook.
    :param codes: the numbers of the codes to choose from.
    """
    if len(codes) > count:
        codes = codes[np.argpartition(-scores[codes], count - 1)[:count]]
    return codes[np.lexsort((codes, -scores[codes]))]

"""Give queries their codes by two experts: the encoder and a language model.

The language model says how near a query is to each type of the catalogue, and the sum decides which
codes are near: what one expert does not know, the other may. A language model that was trained for
the codebook is also asked for codes that it finds by itself, how much likelier each code is after
the query than after nothing, and how much likelier shoppers type the query for it than for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.nearness import Nearness
from gram_es.codes.prior import Vectors
from gram_es.language_model.channel import Channel, QueryChannel, common_words
from gram_es.language_model.code_tree.code_search import CodeFinder, CodeSearch
from gram_es.language_model.kinds import KindJudge, Kinds
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.load import TrainedLanguageModel
from gram_es.model.gram import Gram
from gram_es.model.query_codes import LiveCodes, NearCodes, Opinion, QueryCodes
from gram_es.text.normalise import MAX_ASKED_CHARS
from gram_es.text.spelling.speller import Spelling

# What a nat for the query after the code counts, beside one for the code after the query. nDCG@10
# by codes alone, the sample shop's 26 synonyms for tuning: 0: .709, .5: .711, 1: .696; this way
# alone .638, and the encoder alone .639.
_QUERY_SHARE: Final = np.float32(0.5)
_COMPARED_CODES: Final = 30  # as good as all, on these and on 55 other queries; 20 are not
_MIN_LIFT: Final = 7.0  # nats; a lower one is no evidence


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """What a language model is asked about codes: ``finder`` also finds some by itself."""

    finder: CodeFinder
    channel: Channel


@dataclass(frozen=True, slots=True)
class TwoExperts:
    """A model and a language model that understand queries together; not for several threads.

    ``name`` is that of the language model. ``kinds`` compares queries with types. ``likelihoods``
    are asked, too, if they are given. ``encoder_share`` is what the encoder's scores count; with 0,
    the language model alone chooses among the codes that both find.
    """

    gram: Gram
    name: str
    kinds: KindJudge
    likelihoods: Likelihoods | None = None
    encoder_share: float = 1.0

    @classmethod
    def of(
        cls,
        gram: Gram,
        language_model: LanguageModel | TrainedLanguageModel,
        *,
        folder: Path | None = None,
    ) -> TwoExperts:
        """Return the experts; a language model that is not trained may serve several models.

        :param folder: where what the language model computes once for a codebook is kept.
        """
        if isinstance(language_model, LanguageModel):
            kinds = Kinds(language_model, gram.codebook, folder=folder)
            return cls(gram, language_model.name, kinds)
        labels = [code.label for code in gram.codebook]
        vocabulary = [*common_words(), *labels]
        plain = language_model.plain.with_vocabulary(vocabulary)
        trained = language_model.trained.with_vocabulary(vocabulary)
        finder = CodeSearch(
            trained,
            labels,
            null_share=language_model.null_share,
            lift_scale=language_model.lift_scale,
            folder=folder,
        )
        kinds = Kinds(plain, gram.codebook)
        return cls(gram, trained.name, kinds, Likelihoods(finder, QueryChannel(plain)))

    def understand(
        self, queries: Sequence[Spelling], live: LiveCodes | None = None
    ) -> list[QueryCodes]:
        """Return the codes and the vector of each query, as :meth:`Gram.understand` does.

        The language model has no say in a query of more than ``MAX_ASKED_CHARS`` characters and,
        unless it was trained for the model, in one in the catalogue's words.

        The vector is moved towards codes that the language model alone finds likely. The sum also
        decides whether any code is near, and which codes may lead: what the language model knows
        of a code beyond a limit, which is lower for the former, is added to its score, and what
        lacks to the limit is taken off.
        """
        if not queries:
            return []
        vectors = self.gram.query_vectors(queries)
        is_asked = np.array(list(map(self._is_asked, queries)))
        asked = [query for query, chosen in zip(queries, is_asked, strict=True) if chosen]
        others = [query for query, chosen in zip(queries, is_asked, strict=True) if not chosen]
        by_both = iter(self._answers(asked, vectors[is_asked], live))
        by_encoder = iter(self.gram.query_coder.answers(others, vectors[~is_asked], live))
        return [next(by_both if chosen else by_encoder) for chosen in is_asked]

    def _is_asked(self, query: Spelling) -> bool:
        """Return whether the language model has a say in the codes of a query."""
        is_short = 0 < len(query.corrected) <= MAX_ASKED_CHARS
        return is_short and (self.likelihoods is not None or self._share(query) > 0)

    def _share(self, query: Spelling) -> float:
        """Return what nearness to types counts, the share of words that the catalogue lacks.

        It counts in full if the encoder counts nothing.
        """
        return self.gram.foreign_share(query.corrected) if self.encoder_share else 1.0

    def _answers(
        self, queries: Sequence[Spelling], vectors: Vectors, live: LiveCodes | None
    ) -> list[QueryCodes]:
        if not queries:
            return []
        shares = list(map(self._share, queries))
        read = [row for row, share in enumerate(shares) if share]
        by_code = np.zeros((len(queries), len(self.gram.codebook)), dtype=np.float32)
        by_code[read] = self.kinds.nearness([queries[row].corrected for row in read])
        opinions = [
            self.gram.query_coder.opinion(query, Nearness(share * near, share))
            for query, near, share in zip(queries, by_code, shares, strict=True)
        ]
        near = self._near_codes(queries, vectors, opinions, live)
        return list(map(self._decide, queries, vectors, near, opinions))

    def _near_codes(
        self,
        queries: Sequence[Spelling],
        vectors: Vectors,
        opinions: Sequence[Opinion],
        live: LiveCodes | None,
    ) -> list[NearCodes]:
        """Return the codes near each query, and those that the language model finds besides."""
        coder = self.gram.query_coder
        near = coder.near_codes(queries, vectors, live, opinions)
        asked = [row for row, codes in enumerate(near) if len(codes.numbers)]
        if self.likelihoods is None or not asked:
            return near
        allowed = None if live is None else live.allowed
        found = self.likelihoods.finder.find([queries[row].corrected for row in asked], allowed)
        for row, numbers in zip(asked, found, strict=True):
            near[row] = coder.joined(
                queries[row], vectors[row], near[row], numbers, live, opinions[row]
            )
        return near

    def _decide(
        self, query: Spelling, vector: Vectors, near: NearCodes, opinion: Opinion
    ) -> QueryCodes:
        coder = self.gram.query_coder
        if not len(near.numbers):
            return QueryCodes((), vector, self.name)
        numbers, evidence = near.numbers, opinion.evidence
        by_encoder = NearCodes(numbers, near.scores - opinion.rank[numbers])
        scores = np.float32(self.encoder_share) * by_encoder.scores + opinion.rank[numbers]
        if self.likelihoods is not None:
            rows, scores, more = self._compared(query, numbers, scores, self.likelihoods)
            by_encoder = NearCodes(numbers[rows], by_encoder.scores[rows])
            evidence = evidence.copy()
            evidence[by_encoder.numbers] += more
        answer = coder.joint_answer(query, vector, by_encoder, scores, evidence)
        return replace(answer, language_model=self.name)

    def _compared(
        self,
        query: Spelling,
        numbers: NDArray[np.intp],
        scores: Vectors,
        likelihoods: Likelihoods,
    ) -> tuple[NDArray[np.intp], Vectors, Vectors]:
        """Compare codes by likelihoods; the channel, which costs more, compares the best.

        :param numbers: ``(n,)``, and ``scores`` what they score so far.
        :return: which of them remain, what these score, and what is evidence for them.
        """
        config = self.gram.config
        nat = np.float32(config.code_temperature * config.language_model_weight)
        scores = scores + nat * likelihoods.finder.lifts(query.corrected, numbers)
        rows = np.argsort(-scores, kind="stable")[:_COMPARED_CODES]
        labels = [self.gram.codebook.codes[number].label for number in numbers[rows].tolist()]
        lifts = likelihoods.channel.lifts(query.corrected, labels)
        return rows, scores[rows] + nat * _QUERY_SHARE * lifts, nat * (lifts - _MIN_LIFT)

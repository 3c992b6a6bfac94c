"""Give queries their codes by two experts: the encoder and a language model.

The encoder chooses the codes near a query, and abstains if none is. The language model adds codes
that it finds by itself, and says how much likelier shoppers type the query for each of these codes
than for no code, and how much likelier each code is after the query. The sum decides: what one
expert does not know, the other may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from gram_es.codes.prior import Vectors
from gram_es.language_model.channel import Channel, QueryChannel, common_words
from gram_es.language_model.code_tree.code_search import CodeFinder, CodeSearch
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.load import TrainedLanguageModel
from gram_es.model.gram import Gram
from gram_es.model.query_codes import LiveCodes, NearCodes, QueryCodes, moved_toward
from gram_es.text.normalise import MAX_ASKED_CHARS
from gram_es.text.spelling.speller import Spelling

NEAR_CODES: Final = 100
# What a nat for the query after the code counts, beside one for the code after the query. nDCG@10
# by codes alone, the sample shop's 26 synonyms for tuning: 0: .709, .5: .711, 1: .696; this way
# alone .638, and the encoder alone .639.
_QUERY_SHARE: Final = np.float32(0.5)
_COMPARED_CODES: Final = 30  # as good as all, on these and on 55 other queries; 20 are not
_MIN_LIFT: Final = 7.0  # nats; as for a word of shoppers, a lower one is no evidence


@dataclass(frozen=True, slots=True)
class TwoExperts:
    """A model and a language model that understand queries together; not for several threads.

    ``finder`` adds codes to those that the encoder finds, if it is given. ``encoder_share`` is what
    the encoder's scores count; with 0, the language model alone chooses among these codes.
    """

    gram: Gram
    channel: Channel
    finder: CodeFinder | None = None
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
        labels = [code.label for code in gram.codebook]
        vocabulary = [*common_words(), *labels]
        if isinstance(language_model, LanguageModel):
            model = language_model.with_vocabulary(vocabulary)
            return cls(gram, QueryChannel(model), CodeSearch(model, labels, folder=folder))
        plain = language_model.plain.with_vocabulary(vocabulary)
        trained = language_model.trained.with_vocabulary(vocabulary)
        finder = CodeSearch(
            trained,
            labels,
            null_share=language_model.null_share,
            lift_scale=language_model.lift_scale,
            folder=folder,
        )
        return cls(gram, QueryChannel(plain, name=trained.name), finder)

    @property
    def name(self) -> str:
        """Return the name of the language model."""
        return self.channel.name

    def understand(
        self, queries: Sequence[Spelling], live: LiveCodes | None = None
    ) -> list[QueryCodes]:
        """Return the codes and the vector of each query, as :meth:`Gram.understand` does.

        The language model has no say in a query of more than ``MAX_ASKED_CHARS`` characters.

        The vector is moved towards codes that the language model alone finds likely. The sum also
        decides which codes may lead: the language model adds its nats beyond seven to a score, or
        takes off what lacks to seven.
        """
        if not queries:
            return []
        vectors = self.gram.query_vectors(queries)
        near = self._near_codes(queries, vectors, live)
        return list(map(self._decide, queries, vectors, near))

    def _near_codes(
        self, queries: Sequence[Spelling], vectors: Vectors, live: LiveCodes | None
    ) -> list[NearCodes]:
        """Return the codes near each query, and those that the language model finds besides."""
        coder = self.gram.query_coder
        near = coder.near_codes(queries, vectors, live, count=NEAR_CODES)
        asked = [row for row, query in enumerate(queries) if _is_asked(query, near[row])]
        if self.finder is None or not asked:
            return near
        allowed = None if live is None else live.allowed
        found = self.finder.find([queries[row].corrected for row in asked], allowed)
        for row, numbers in zip(asked, found, strict=True):
            near[row] = coder.joined(queries[row], vectors[row], near[row], numbers, live)
        return near

    def _decide(self, query: Spelling, vector: Vectors, near: NearCodes) -> QueryCodes:
        coder = self.gram.query_coder
        if not len(near.numbers):
            return QueryCodes((), vector, self.name)
        if not _is_asked(query, near):
            return QueryCodes(coder.weighted(near.numbers, near.scores), vector)
        near, scores, nats_of_query = self._compared(query, near)
        labels = [self.gram.codebook.codes[number].label for number in near.numbers.tolist()]
        lifts = self.channel.lifts(query.corrected, labels)
        nat = self._nat
        by_both = scores + nat * nats_of_query * lifts
        gains = coder.shares(by_both) - coder.shares(near.scores)
        gains[lifts < _MIN_LIFT] = 0.0
        labels_of_codes = self.gram.parts.prior.label_vectors(near.numbers)
        moved = moved_toward(vector, labels_of_codes, gains.clip(min=0.0))
        codes = coder.weighted(near.numbers, by_both)
        leading = coder.leading(query, near.numbers, vector, nat * (lifts - _MIN_LIFT))
        may_lead = leading & {code.label for code in codes}
        return QueryCodes(codes, moved, self.name, may_lead)

    @property
    def _nat(self) -> np.float32:
        """What a nat of the language model counts in scores."""
        config = self.gram.config
        return np.float32(config.code_temperature * config.language_model_weight)

    def _compared(self, query: Spelling, near: NearCodes) -> tuple[NearCodes, Vectors, np.float32]:
        """Return the codes that the channel compares with a query, and their scores so far.

        With a finder these are the best by the encoder and by how much likelier each code is after
        the query than after nothing, which costs less.

        :return: the codes, their scores and what counts a nat for the query after a code.
        """
        scores: Vectors = np.float32(self.encoder_share) * near.scores
        if self.finder is None:
            return near, scores, np.float32(1.0)
        scores = scores + self._nat * self.finder.lifts(query.corrected, near.numbers)
        best = np.argsort(-scores, kind="stable")[:_COMPARED_CODES]
        return NearCodes(near.numbers[best], near.scores[best]), scores[best], _QUERY_SHARE


def _is_asked(query: Spelling, near: NearCodes) -> bool:
    """Return whether the language model has a say in a query: one that is short and has codes."""
    return len(near.numbers) > 0 and len(query.corrected) <= MAX_ASKED_CHARS

"""Give queries their codes by two experts: the encoder and a language model.

The encoder chooses the codes near a query, and abstains if none is. The language model says how
much likelier shoppers type the query for each of them than for no code. The sum decides: what one
expert does not know, the other may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from gram_es.codes.prior import Vectors
from gram_es.language_model.channel import Channel, QueryChannel
from gram_es.language_model.likelihood import LanguageModel
from gram_es.model.gram import Gram
from gram_es.model.query_codes import LiveCodes, NearCodes, QueryCodes, moved_toward
from gram_es.text.normalise import MAX_ASKED_CHARS
from gram_es.text.spelling.speller import Spelling

NEAR_CODES: Final = 100
_MIN_LIFT: Final = 7.0  # nats; as for a word of shoppers, a lower one is no evidence


@dataclass(frozen=True, slots=True)
class TwoExperts:
    """A model and a language model that understand queries together; not for several threads.

    ``encoder_share`` is what the encoder's scores count; with 0, the language model alone chooses
    among the codes that the encoder finds.
    """

    gram: Gram
    channel: Channel
    encoder_share: float = 1.0

    @classmethod
    def of(cls, gram: Gram, language_model: LanguageModel) -> TwoExperts:
        """Return the experts; the vocabulary of ``language_model`` is cut."""
        return cls(gram, QueryChannel(language_model))

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
        near = self.gram.query_coder.near_codes(queries, vectors, live, count=NEAR_CODES)
        return list(map(self._decide, queries, vectors, near))

    def _decide(self, query: Spelling, vector: Vectors, near: NearCodes) -> QueryCodes:
        coder = self.gram.query_coder
        if not len(near.numbers):
            return QueryCodes((), vector, self.name)
        if len(query.corrected) > MAX_ASKED_CHARS:
            return QueryCodes(coder.weighted(near.numbers, near.scores), vector)
        config, codebook = self.gram.config, self.gram.codebook
        labels = [codebook.codes[number].label for number in near.numbers.tolist()]
        lifts = self.channel.lifts(query.corrected, labels)
        nat = np.float32(config.code_temperature * config.language_model_weight)
        by_both = np.float32(self.encoder_share) * near.scores + nat * lifts
        gains = coder.shares(by_both) - coder.shares(near.scores)
        gains[lifts < _MIN_LIFT] = 0.0
        moved = moved_toward(
            vector, self.gram.parts.prior.labels[near.numbers], gains.clip(min=0.0)
        )
        codes = coder.weighted(near.numbers, by_both)
        leading = coder.leading(query, near.numbers, vector, nat * (lifts - _MIN_LIFT))
        may_lead = leading & {code.label for code in codes}
        return QueryCodes(codes, moved, self.name, may_lead)

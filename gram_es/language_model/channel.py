"""Compare a query with codes by a language model.

Small language models judge better than they write: here one says how likely shoppers who look for a
code type a query (a noisy channel, as in Min et al. 2022).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.prompt_cache import PromptCache
from gram_es.text.spelling.lexicon import language_words

TEMPLATES: Final = ("To find {} in an online shop, people type:", "{}, also called")
NO_CODE: Final = ("things", "products", "something")
_MAX_TOKENS: Final = 24  # of a query: in some scripts each letter is several
_COMMON_WORDS: Final = 30_000  # over whose tokens probabilities are normalised


class Channel(Protocol):
    """Says how much likelier a query is for codes than for none."""

    def lifts(self, query: str, labels: Sequence[str]) -> NDArray[np.float32]:
        """Return how many nats likelier ``query`` is for each label than for no code, ``(n,)``."""


class QueryChannel:
    """Compares queries with codes; the prompts of codes are kept between queries."""

    def __init__(self, model: LanguageModel) -> None:
        """Ask ``model``; to cut its vocabulary to common words saves time."""
        self._model = model
        self._prompts = PromptCache(model)

    def lifts(self, query: str, labels: Sequence[str]) -> NDArray[np.float32]:
        """Return how many nats likelier ``query`` is for each label than for no code, ``(n,)``.

        :param query: in normal form, not empty.
        """
        prompts = self._prompts.get(_prompts([*labels, *NO_CODE]))
        scores = self._model.log_likelihoods_after(prompts, query, max_tokens=_MAX_TOKENS)
        means = scores.reshape(-1, len(TEMPLATES)).mean(axis=1)
        lifts: NDArray[np.float32] = means[: len(labels)] - means[len(labels) :].mean()
        return lifts


def common_words() -> list[str]:
    """Return the most common words of the shop's language."""
    return list(language_words())[:_COMMON_WORDS]


def _prompts(names: Iterable[str]) -> list[str]:
    return [template.format(name) for name in names for template in TEMPLATES]

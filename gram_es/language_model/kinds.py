"""Compare queries with the types of a catalogue by what a language model is about to say of them.

The state of a language model before it names the category of a text embeds the text (as in
PromptEOL, Jiang et al. 2024). A small model that cannot write what a spanner is may have it near
wrenches.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from gram_es.codes.codebook import Codebook
from gram_es.codes.nearness import CodeTypes
from gram_es.codes.prior import Vectors
from gram_es.language_model.code_tree.kept_array import kept_array
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.prompt import Prompt

# Three examples, of no catalogue. P@10 by type for 138 queries in words that the sample shop lacks,
# by codes alone, without limits, types read by their labels: no example .70, one .72, these .74,
# seven .73; by the encoder .51.
_BEGINNING: Final = (
    "Product: sweets. Category: candy\n"
    "Product: lorry. Category: trucks\n"
    "Product: handset. Category: cell phones\n"
    "Product:"
)
_QUESTION: Final = " {}. Category:"


class KindJudge(Protocol):
    """Says how near queries are to the types of codes."""

    def nearness(self, queries: Sequence[str]) -> Vectors:
        """Return how near each query is to the type of each code, -1 to 1: ``(n, codes)``.

        It is 0 for codes without a type.

        :param queries: in normal form, not empty.
        """


class Kinds:
    """Says how near queries are to the types of codes; not for several threads.

    The nearness is the cosine of what distinguishes two states from the mean of all types.
    """

    def __init__(
        self, model: LanguageModel, codebook: Codebook, *, folder: Path | None = None
    ) -> None:
        """Find the types.

        :param folder: where the states of the types are kept, so that another start need not
            compute them; by default nowhere.
        """
        self._model = model
        self._folder = folder
        self.types = CodeTypes(codebook)

    def nearness(self, queries: Sequence[str]) -> Vectors:
        """Return how near each query is to the type of each code, as :class:`KindJudge` says."""
        return self.types.spread(self.type_nearness(queries))

    def type_nearness(self, texts: Sequence[str]) -> Vectors:
        """Return how near each text is to each type, -1 to 1: ``(n, types)``.

        :param texts: in normal form, not empty.
        """
        if not len(texts) or not self.types.labels:
            return np.zeros((len(texts), len(self.types.labels)), dtype=np.float32)
        nearness: Vectors = self._directions(self._states(texts)) @ self._directions(self._types).T
        return nearness

    def _directions(self, states: Vectors) -> Vectors:
        own = states - self._types.mean(axis=0)
        directions: Vectors = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-6)
        return directions

    @cached_property
    def _types(self) -> Vectors:
        """The states of the types, ``(types, hidden)``; thousands of types take a minute."""
        names = self.types.names
        if self._folder is None:
            return self._states(names)
        asked = f"{_BEGINNING}{_QUESTION}"
        fingerprint = self._model.fingerprint(asked, self._model.tree(names))
        order = blake2b("\n".join(names).encode(), digest_size=8).hexdigest()
        return kept_array(
            self._folder / f"{fingerprint}-{order}-{self._model.meaning_layer}.safetensors",
            partial(self._states, names),
            shape=(len(names), self._model.hidden_size),
        )

    def _states(self, texts: Sequence[str]) -> Vectors:
        return self._model.states(list(map(_QUESTION.format, texts)), after=self._beginning)

    @cached_property
    def _beginning(self) -> Prompt:
        return self._model.prompt(_BEGINNING)

"""Let a language model find the codes of queries by itself, as what a shop calls what they ask for.

An encoder cannot find what it does not know ("spanner"). The language model's beams follow the
paths of the codebook alone, and what codes have after a query that says nothing is taken off at
each node.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from gram_es.language_model.code_tree.beam_search import FloatArray, beam_search
from gram_es.language_model.code_tree.kept_array import kept_array
from gram_es.language_model.code_tree.token_tree import IntArray
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.prompt import Prompt
from gram_es.language_model.sides import QUERIES, Side

# On the sample shop's 26 synonyms for tuning, a right code is among the first ten beams of so many,
# with a prompt without examples: 0: .27, .5: .69, .7: .69, .85: .62, 1: .54.
NULL_SHARE: Final = 0.7
_BEAMS: Final = 30
_TOGETHER: Final = 16  # queries: more need memory and save little time


class CodeFinder(Protocol):
    """Finds codes for queries, which an encoder need not know."""

    def find(
        self, queries: Sequence[str], allowed: NDArray[np.bool_] | None = None
    ) -> list[IntArray]:
        """Return the numbers of the codes found for each query, best first."""

    def lifts(self, query: str, numbers: IntArray) -> FloatArray:
        """Return how many nats likelier each code is after ``query`` than after nothing, ``(n,)``.

        :param numbers: ``(n,)``, the numbers of the codes.
        """


class CodeSearch:
    """Finds codes for texts along the tree of the codebook; not for several threads."""

    def __init__(
        self,
        model: LanguageModel,
        labels: Sequence[str],
        *,
        side: Side = QUERIES,
        null_share: float = NULL_SHARE,
        lift_scale: float = 1.0,
        folder: Path | None = None,
    ) -> None:
        """Build the tree.

        :param model: its vocabulary must contain the tokens of ``labels``.
        :param labels: ``(codes,)``, the texts of the codes.
        :param side: what the texts are.
        :param null_share: how much of what codes have after nothing is taken off in the search.
        :param lift_scale: what lifts are multiplied by; training makes a model surer.
        :param folder: where the log-probabilities after a query that says nothing are kept, so
            that another start need not compute them; by default nowhere.
        """
        self._model = model
        self._labels = labels
        self._side = side
        self._null_share = np.float32(null_share)
        self._lift_scale = np.float32(lift_scale)
        self._tree = model.tree(labels)
        self._folder = folder

    def find(
        self, queries: Sequence[str], allowed: NDArray[np.bool_] | None = None
    ) -> list[IntArray]:
        """Return the numbers of the codes found for each query, best first.

        :param queries: in normal form, not empty; they go through the network together.
        :param allowed: ``(codes,)``, the codes to choose from; ``None`` stands for all codes.
        """
        starts = range(0, len(queries), _TOGETHER)
        parts = [self._find(queries[start : start + _TOGETHER], allowed) for start in starts]
        return [numbers for part in parts for numbers in part]

    def lifts(self, query: str, numbers: IntArray) -> FloatArray:
        """Return how many nats likelier each code is after ``query`` than after nothing, ``(n,)``.

        :param query: in normal form, not empty.
        :param numbers: ``(n,)``, the numbers of the codes.
        """
        chosen = numbers.tolist()
        [prompt] = self._model.prompts([self._side.question(query)], after=self._beginning)
        after_query = self._model.log_likelihoods(prompt, [self._labels[n] for n in chosen])
        after_nothing = [self._after_nothing[list(self._tree.paths[n])].sum() for n in chosen]
        return self._lift_scale * (after_query - np.array(after_nothing, dtype=np.float32))

    def _find(self, queries: Sequence[str], allowed: NDArray[np.bool_] | None) -> list[IntArray]:
        questions = list(map(self._side.question, queries))
        prompts = self._model.prompts(questions, after=self._beginning)
        found = beam_search(
            self._model.walk(prompts, self._tree),
            self._tree,
            self._null_share * self._after_nothing,
            prompts=len(prompts),
            beams=_BEAMS,
            usable=None if allowed is None else self._on_paths(allowed),
        )
        return [texts.numbers for texts in found]

    def _on_paths(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return self._tree.on_paths(np.flatnonzero(allowed).tolist())

    @cached_property
    def _beginning(self) -> Prompt:
        return self._model.prompt(self._side.beginning)

    @cached_property
    def _after_nothing(self) -> FloatArray:
        """The log-probability of each node after a text that says nothing, ``(nodes,)``.

        To compute it takes half a minute for some thousand codes, and it is the same each time.
        """
        question = self._side.question(self._side.nothing)
        [nothing] = self._model.prompts([question], after=self._beginning)
        compute = partial(self._model.node_log_probs, nothing, self._tree)
        if self._folder is None:
            return compute()
        fingerprint = self._model.fingerprint(f"{self._side.beginning}{question}", self._tree)
        return kept_array(
            self._folder / f"{fingerprint}.safetensors", compute, shape=(len(self._tree),)
        )

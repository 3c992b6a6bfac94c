"""The stages by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from gram_es.errors import TrainingError
from gram_es.language_model.likelihood import LanguageModel
from gram_es.model.gram import Gram
from gram_es.training.language_model.alignment import AlignmentStage, PreferencePair, find_pairs
from gram_es.training.language_model.cotraining import find_additions, with_additions
from gram_es.training.language_model.examples import CodeExamples
from gram_es.training.language_model.options import ALIGNMENT, CO_TRAINING, SUPERVISED
from gram_es.training.language_model.supervised import SupervisedStage

Loss = Callable[[np.random.Generator], Tensor]


class LanguageModelStage(Protocol):
    """A stage of training: what it finds out before its first step, and its loss."""

    name: str
    rate: float

    def prepare(self, gram: Gram, model: LanguageModel, examples: CodeExamples, seed: int) -> Any:
        """Return what the loss needs besides, as JSON expresses it."""

    def loss(self, model: LanguageModel, examples: CodeExamples, prepared: Any, /) -> Loss:
        """Return a function that draws a batch and returns its loss."""


def stage_named(name: str) -> LanguageModelStage:
    """Return the stage with a name of ``options.STAGES``."""
    stages: tuple[LanguageModelStage, ...] = (Supervised(), CoTraining(), Alignment())
    return next(stage for stage in stages if stage.name == name)


class Supervised:
    """Queries and products learn to write their codes."""

    name, rate = SUPERVISED, 3e-4

    def prepare(self, gram: Gram, model: LanguageModel, examples: CodeExamples, seed: int) -> Any:
        """Return nothing: all that is needed is there."""

    def loss(self, model: LanguageModel, examples: CodeExamples, _: Any, /) -> Loss:
        """Return the loss of the stage."""
        return SupervisedStage(model, examples).loss


class CoTraining:
    """They learn more codes, which both sides add to products and the scorer has let pass."""

    name, rate = CO_TRAINING, 2e-4

    def prepare(self, gram: Gram, model: LanguageModel, examples: CodeExamples, seed: int) -> Any:
        """Return the added codes."""
        return find_additions(gram, model, examples, seed)

    def loss(self, model: LanguageModel, examples: CodeExamples, prepared: Any, /) -> Loss:
        """Return the supervised loss with the added codes."""
        return SupervisedStage(model, with_additions(examples, prepared)).loss


class Alignment:
    """They prefer codes on which both sides of a relevant pair agree."""

    name, rate = ALIGNMENT, 5e-5

    def prepare(self, gram: Gram, model: LanguageModel, examples: CodeExamples, seed: int) -> Any:
        """Return the pairs.

        :raises TrainingError: if both sides agree on no code of any pair.
        """
        pairs = find_pairs(gram, model, examples, seed)
        if not pairs:
            raise TrainingError(
                "both sides agree on no code of a relevant pair, so there is nothing to align; "
                "train the stage supervised before it, with more --tokens"
            )
        return [asdict(pair) for pair in pairs]

    def loss(self, model: LanguageModel, examples: CodeExamples, prepared: Any, /) -> Loss:
        """Return the loss of the stage."""
        pairs = [PreferencePair.of(fields) for fields in prepared]
        return AlignmentStage(model, examples, pairs).loss

"""The prior: score the codes of a text by their labels and by the products that state them.

A text's score for a code is the mean of two cosines: that with the code's label and that with the
centroid of the products that state the code. Nothing is trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from gram_es.errors import ModelError

Vectors = NDArray[np.float32]
Halves = NDArray[np.float16]
_LABELS, _CENTROIDS, _FLOORS = "labels", "centroids", "floors"
# How far below the mean of its products a code's score is credible: so many standard deviations,
# widened because few products tell little. On the sample shop's guesses of hidden values, a third
# of the wrong ones are below, and one of 2,109 right ones.
_FLOOR_DEVIATIONS, _LEAST_DEVIATION = 2.0, 0.01
_NO_FLOOR = -1.0


@dataclass(frozen=True)
class CodePrior:
    """The vectors of the codes' labels and centroids, both ``(codes, d)`` of unit length.

    They have half precision, so that a model computes the same before and after saving. ``floors``
    is the score of each code below which hardly any of the products that state it are:
    ``(codes,)``.
    """

    labels: Halves
    centroids: Halves
    floors: Vectors

    @classmethod
    def fit(cls, labels: Vectors, carriers: Iterable[tuple[int, Vectors]]) -> CodePrior:
        """Average the vectors of the products that state each code.

        The centroid of a code that no product states is the vector of its label.

        :param labels: ``(codes, d)``, unit vectors of the labels, encoded as queries.
        :param carriers: codes, each with the unit vectors of the products that state it.
        """
        halves = labels.astype(np.float16)
        centroids = halves.copy()
        floors = np.full(len(labels), _NO_FLOOR, dtype=np.float16)
        for code, vectors in carriers:
            centroids[code] = _unit(vectors.sum(axis=0))
            scores = vectors @ _mean(halves[code], centroids[code])
            floors[code] = scores.mean() - _FLOOR_DEVIATIONS * (scores.std() + _LEAST_DEVIATION)
        return cls(halves, centroids, floors.astype(np.float32))

    @property
    def dimensions(self) -> int:
        """Return the number of dimensions of a vector."""
        return int(self.labels.shape[1])

    @cached_property
    def _means(self) -> Vectors:
        return _mean(self.labels, self.centroids)

    def label_vectors(self, codes: Sequence[int] | NDArray[np.int64]) -> Vectors:
        """Return the vectors of the labels of ``codes``: ``(n, d)``."""
        vectors: Vectors = self.labels[codes].astype(np.float32)
        return vectors

    def scores(self, texts: Vectors) -> Vectors:
        """Return the score of each code for each text, ``(n, codes)``, from -1 to 1.

        :param texts: ``(n, d)``, unit vectors of queries or products.
        """
        scores: Vectors = texts @ self._means.T
        return scores

    def scores_of(self, codes: Sequence[int], text: Vectors) -> Vectors:
        """Return the score of each of ``codes`` for one text, ``(codes,)``.

        :param text: ``(d,)``, the unit vector of a query or product.
        """
        scores: Vectors = self._means[list(codes)] @ text
        return scores

    def save(self, path: Path) -> None:
        """Write the arrays to a safetensors file in half precision."""
        floors = self.floors.astype(np.float16)
        save_file({_LABELS: self.labels, _CENTROIDS: self.centroids, _FLOORS: floors}, path)
        path.chmod(path.parent.stat().st_mode & 0o666)  # safetensors lets only the owner read it

    @classmethod
    def load(cls, path: Path, *, codes: int) -> CodePrior:
        """Read a prior written by :meth:`save`.

        :param codes: the number of codes in the codebook.
        :raises ModelError: if the file is missing or damaged, or has another number of codes.
        """
        try:
            matrices = load_file(path)
            labels, centroids = (
                matrices[name].astype(np.float16) for name in (_LABELS, _CENTROIDS)
            )
            prior = cls(labels, centroids, matrices[_FLOORS].astype(np.float32))
        except (OSError, SafetensorError, KeyError) as error:
            raise ModelError(
                f"cannot read the vectors of the codes in {path}: {error}; copy or train the model "
                "again"
            ) from None
        if (
            not codes == len(prior.labels) == len(prior.floors)
            or prior.labels.shape != prior.centroids.shape
        ):
            raise ModelError(
                f"{path} has vectors for {len(prior.labels)} codes, the codebook has {codes}: "
                "train the model again"
            )
        return prior


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
    return unit


def _mean(labels: Halves, centroids: Halves) -> Vectors:
    total: Vectors = labels.astype(np.float32)
    total += centroids
    total /= 2
    return total

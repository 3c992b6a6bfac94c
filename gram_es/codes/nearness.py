"""How near a query is to the types of codes, by what its words mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Codebook
from gram_es.codes.facets import TYPE, bare_types
from gram_es.codes.prior import Vectors


class CodeTypes:
    """The types that are codes by themselves.

    ``labels`` are their labels, and ``position`` is the position among them of a code's number.
    ``of_code`` is, for each code, the position of its type, -1 if it claims none of them:
    ``(codes,)``.
    """

    def __init__(self, codebook: Codebook) -> None:
        """Find the types."""
        types = bare_types(codebook)
        place = {name: number for number, name in enumerate(types)}
        claimed = (
            [place[f.value] for f in code.facets if f.name == TYPE and f.value in place]
            for code in codebook
        )
        self.labels = [codebook.codes[number].label for number in types.values()]
        self.position = {number: place for place, number in enumerate(types.values())}
        self.of_code = np.array([places[0] if places else -1 for places in claimed], np.intp)
        self.is_typed: NDArray[np.bool_] = self.of_code >= 0

    def spread(self, by_type: Vectors) -> Vectors:
        """Return the values of the types of codes, 0 for codes without one.

        :param by_type: ``(n, types)``.
        :return: ``(n, codes)``.
        """
        by_code = np.zeros((len(by_type), len(self.of_code)), dtype=np.float32)
        by_code[:, self.is_typed] = by_type[:, self.of_code[self.is_typed]]
        return by_code


@dataclass(frozen=True, slots=True, eq=False)
class Nearness:
    """How near a query is to codes.

    ``by_code`` is ``(codes,)``: the mean of the nearness of the query's words, where words that
    nothing is known of count 0. ``share`` is the share of the words that something is known of.
    """

    by_code: Vectors
    share: float

"""How near a query is to the types of codes, by what its words mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Code, Codebook
from gram_es.codes.facets import TYPE, bare_types
from gram_es.codes.prior import Vectors

# By its label, "drive" is near to motorcycles, and a language model finds 8,684 words of shoppers
# for the sample shop; by these names it finds 4,717, which know as much (P@10 of 277 queries in
# words that the shop lacks: .63 each; names from a share of .8: 7,629 words, .63).
_MIN_NAMED_SHARE: Final = 0.6


class CodeTypes:
    """The types that are codes by themselves.

    ``labels`` are their labels, and ``position`` is the position among them of a code's number.
    ``of_code`` is, for each code, the position of its type, -1 if it claims none of them:
    ``(codes,)``.
    """

    def __init__(self, codebook: Codebook) -> None:
        """Find the types."""
        types = bare_types(codebook)
        self._codes = [codebook.codes[number] for number in types.values()]
        place = {name: number for number, name in enumerate(types)}
        claimed = (
            [place[f.value] for f in code.facets if f.name == TYPE and f.value in place]
            for code in codebook
        )
        self.labels = [code.label for code in self._codes]
        self.position = {number: place for place, number in enumerate(types.values())}
        self.of_code = np.array([places[0] if places else -1 for places in claimed], np.intp)
        self.is_typed: NDArray[np.bool_] = self.of_code >= 0

    @cached_property
    def names(self) -> list[str]:
        """The text by which a language model reads each type, such as "flash drive" for "drive".

        Of the types whose labels end with a type's label, in the same form, the one with the most
        products gives the name if it has at least .6 times as many; or else the label is the name.
        """
        longer: dict[str, list[Code]] = defaultdict(list)
        for code in self._codes:
            words = code.label.split()
            for start in range(1, len(words)):
                longer[" ".join(words[start:])].append(code)
        return [_name(code, longer[code.label]) for code in self._codes]

    def spread(self, by_type: Vectors) -> Vectors:
        """Return the values of the types of codes, 0 for codes without one.

        :param by_type: ``(n, types)``.
        :return: ``(n, codes)``.
        """
        by_code = np.zeros((len(by_type), len(self.of_code)), dtype=np.float32)
        by_code[:, self.is_typed] = by_type[:, self.of_code[self.is_typed]]
        return by_code


def _name(code: Code, longer: Sequence[Code]) -> str:
    if not longer:
        return code.label
    most = max(longer, key=lambda other: (other.count, -len(other.label), other.label))
    return most.label if most.count >= _MIN_NAMED_SHARE * code.count else code.label


@dataclass(frozen=True, slots=True, eq=False)
class Nearness:
    """How near a query is to codes.

    ``by_code`` is ``(codes,)``: the mean of the nearness of the query's words, where words that
    nothing is known of count 0. ``share`` is the share of the words that something is known of.
    """

    by_code: Vectors
    share: float

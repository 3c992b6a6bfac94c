"""Words of shoppers that no product uses, and the codes that they lead to.

A language model finds them at training time. The file is a table that people can read and edit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from pathlib import Path

import numpy as np

from gram_es.codes.codebook import Codebook
from gram_es.codes.contained import ContainedPhrases
from gram_es.codes.nearness import CodeTypes, Nearness
from gram_es.errors import ModelError
from gram_es.text.normalise import normalise
from gram_es.text.words import content_words, stems

SHOPPER_WORDS = "shopper_words.tsv"
MERCHANDISER = "merchandiser"
_HEADER = ("words", "code", "weight", "origin")

_Forms = dict[frozenset[str], dict[int, float]]  # of words: their codes and weights


@dataclass(frozen=True, slots=True)
class ShopperWord:
    """Words of the language that lead to a code.

    ``weight`` is how near the words are to the code, and, if it is a type, to all codes of the
    type, above 0 and at most 1. ``origin`` names the language model that found the words, or is
    ``merchandiser``.
    """

    words: str
    code: str
    weight: float
    origin: str


class ShopperWords:
    """Finds the codes that words of a query lead to."""

    def __init__(
        self, entries: Iterable[ShopperWord] = (), codebook: Codebook | None = None
    ) -> None:
        """Keep the entries whose code is in ``codebook``."""
        codebook = Codebook(()) if codebook is None else codebook
        numbers = codebook.number_by_label
        self.entries = tuple(entries)
        self._types = CodeTypes(codebook)
        self._usable = [entry for entry in self.entries if entry.code in numbers]
        forms: dict[frozenset[str], _Forms] = defaultdict(dict)
        for text, same in groupby(self._usable, key=lambda entry: entry.words):
            words = normalise(text)
            codes = forms[frozenset(stems(words))].setdefault(frozenset(words.split()), {})
            for entry in same:
                number = numbers[entry.code]
                codes[number] = max(codes.get(number, 0.0), entry.weight)
        self._phrases = [*forms]
        self._forms = [*forms.values()]
        self._contained = ContainedPhrases([sorted(phrase) for phrase in self._phrases])

    def nearness(self, query: str) -> Nearness | None:
        """Return how near a query is to codes; ``None`` if no entry knows of its words.

        Each word counts as one of the query's words: of "infant bed", the encoder knows more than
        "infant" says. Of entries that share words, the one with more words counts for them. Entries
        with the forms in which the query has the words count, or else those with other forms:
        "charger" says more of a charger than "charge".

        :param query: in normal form.
        """
        typed = frozenset(query.split())
        found = self._contained.find({stem for word in typed for stem in stems(word)})
        if not found:
            return None
        found.sort(key=lambda phrase: (-len(self._phrases[phrase]), phrase))
        words = {stem for word in content_words(query) for stem in stems(word)}
        size = len(words.union(*(self._phrases[phrase] for phrase in found)))
        by_type = np.zeros((1, len(self._types.labels)), dtype=np.float32)
        by_code = np.zeros(len(self._types.of_code), dtype=np.float32)
        known: set[str] = set()
        for phrase in found:
            share = len(self._phrases[phrase] - known) / size
            known |= self._phrases[phrase]
            for code, weight in _codes(self._forms[phrase], typed).items():
                if (position := self._types.position.get(code)) is None:
                    by_code[code] += share * weight
                else:
                    by_type[0, position] += share * weight
        return Nearness(by_code + self._types.spread(by_type)[0], len(known) / size)

    def nearest(self) -> list[ShopperWord]:
        """Return, for each of the words, the entry with the code that they are nearest to."""
        best: dict[str, ShopperWord] = {}
        for entry in self._usable:
            if entry.words not in best or entry.weight > best[entry.words].weight:
                best[entry.words] = entry
        return [*best.values()]

    def save(self, path: Path) -> None:
        """Write the entries as TSV with the header ``words, code, weight, origin``."""
        lines = [
            "\t".join((entry.words, entry.code, f"{entry.weight:.2f}", entry.origin))
            for entry in self.entries
        ]
        path.write_text("\n".join(["\t".join(_HEADER), *lines]) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path, codebook: Codebook) -> ShopperWords:
        """Read the file that :meth:`save` wrote and people may have edited.

        :raises ModelError: if the file is missing or a line is not an entry; the message gives the
            line's number.
        """
        try:
            header, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
        except (OSError, UnicodeError) as error:
            raise ModelError(f"cannot read {path}: {error}; copy the model again") from None
        if tuple(header.split("\t")) != _HEADER:
            raise ModelError(f"the first line of {path} must be {', '.join(_HEADER)}, with tabs")
        numbered = [(n, line) for n, line in enumerate(lines, start=2) if line.strip()]
        return cls([_entry(line, path, number, codebook) for number, line in numbered], codebook)


def _codes(forms: _Forms, typed: Set[str]) -> dict[int, float]:
    """Return the codes of the forms that a query has, or else the codes of all forms."""
    exact = [codes for words, codes in forms.items() if words <= typed]
    merged: dict[int, float] = {}
    for codes in exact or forms.values():
        for code, weight in codes.items():
            merged[code] = max(merged.get(code, 0.0), weight)
    return merged


def _entry(line: str, path: Path, number: int, codebook: Codebook) -> ShopperWord:
    words, code, weight, origin = (*map(str.strip, line.split("\t")), "", "", "", "")[:4]
    if not normalise(words):
        fault = "it has no words"
    elif code not in codebook.number_by_label:
        fault = f"the model has no code {code!r}"
    elif (share := _share(weight)) is None:
        fault = f"the weight {weight!r} is not a number above 0 and up to 1"
    else:
        return ShopperWord(words, code, share, origin or MERCHANDISER)
    raise ModelError(f"{path}, line {number}: {fault}; correct or delete the line")


def _share(text: str) -> float | None:
    try:
        share = float(text)
    except ValueError:
        return None
    return share if isfinite(share) and 0 < share <= 1 else None

"""Words of shoppers that no product uses, and the codes that they lead to.

A language model finds them at training time. The file is a table that people can read and edit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from gram_es.codes.codebook import Codebook
from gram_es.codes.contained import ContainedPhrases
from gram_es.errors import ModelError
from gram_es.text.normalise import normalise
from gram_es.text.words import stems

SHOPPER_WORDS = "shopper_words.tsv"
MERCHANDISER = "merchandiser"
_HEADER = ("words", "code", "weight", "origin")
_MAX_SHARE = 0.9  # of a query's vector: the rest of the query has a say too


@dataclass(frozen=True, slots=True)
class ShopperWord:
    """Words of the language that lead to a code.

    ``weight`` is the share that the code has in the vector of a query with these words, above 0
    and at most 1. ``origin`` names the language model that found the words.
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
        numbers = codebook.number_by_label if codebook else {}
        self.entries = tuple(entries)
        usable = [entry for entry in self.entries if entry.code in numbers]
        self._codes = [(numbers[entry.code], entry.weight) for entry in usable]
        self._contained = ContainedPhrases([stems(normalise(entry.words)) for entry in usable])

    def shares(self, query_stems: Collection[str]) -> dict[int, float]:
        """Return the share that each code has in the query's vector, by the code's number.

        The shares sum to at most ``_MAX_SHARE``.

        :param query_stems: the stems of all forms of the query.
        """
        shares: dict[int, float] = defaultdict(float)
        for number in self._contained.find(query_stems):
            code, weight = self._codes[number]
            shares[code] = max(shares[code], weight)
        scale = _MAX_SHARE / max(sum(shares.values()), 1.0)
        return {code: share * scale for code, share in shares.items()}

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

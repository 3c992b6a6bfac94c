"""How often the stems of a catalogue occur, and the BM25 score that a query can reach at best."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import log1p
from pathlib import Path

from gram_es.text.words import stems, stop_words


@dataclass(frozen=True)
class TermStatistics:
    """The document frequencies of a catalogue's stems.

    ``products`` is the number of products. ``counts`` gives, by stem, how many of them contain the
    stem; rare stems may be left out. ``reach`` is the share of its inverse document frequency that
    a stem of a product's title scores in that product.
    """

    products: int
    counts: Mapping[str, int]
    reach: float = 1.0

    @classmethod
    def load(cls, path: Path) -> TermStatistics:
        """Read the statistics that :meth:`save` wrote.

        :raises OSError: if the file cannot be read.
        :raises ValueError: if it does not contain statistics.
        """
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except TypeError as error:
            raise ValueError(f"{path.name}: {error}") from None

    def save(self, path: Path) -> None:
        """Write the statistics as JSON."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=0, sort_keys=True)
        path.write_text(text, encoding="utf-8")

    def best_score(self, normalised: str) -> float:
        """Return the BM25 score of a product whose title contains every word of a query.

        A word that the catalogue lacks counts like its rarest words: no product can match such a
        query well, and none should look as if it did. Stop words do not count. The result is 0 if
        no word counts.
        """
        return self.reach * sum(self.weights(normalised).values())

    def weights(self, normalised: str) -> dict[str, float]:
        """Return the inverse document frequency of each stem of a text that is no stop word."""
        ignored = stop_words()
        counted = dict.fromkeys(stem for stem in stems(normalised) if stem not in ignored)
        return {stem: self._inverse_frequency(stem) for stem in counted}

    def _inverse_frequency(self, stem: str) -> float:
        """Return the inverse document frequency of a stem, as Lucene's BM25 computes it."""
        count = self.counts.get(stem, 0)
        return log1p((self.products - count + 0.5) / (count + 0.5))

"""Find what the live index has as a brand or an identifier among the tokens of a query.

Such words state no condition: "MAX 4711" is a part number, "Cheap Monday" a brand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gram_es.retrieval.conditions.catalogue import Catalogue
from gram_es.retrieval.conditions.tokens import Token

_MAX_BRAND_WORDS: Final = 4


class NameFinder:
    """Finds brands and identifiers in the ``tokens`` of ``text``."""

    def __init__(self, text: str, tokens: Sequence[Token], catalogue: Catalogue) -> None:
        self._text = text
        self._tokens = tokens
        self._catalogue = catalogue

    def brand_end(self, start: int) -> int | None:
        """Return the end of the longest brand that starts at the token ``start``, or ``None``.

        A brand of one word counts only at the start of the query: a shop with the brand "Max" also
        gets the query "speaker max 50".
        """
        ends = self._word_ends(start)
        least = 1 if start == 0 else 2
        names = ((end, self.written(start, end)) for end in reversed(ends[least - 1 :]))
        return next((end for end, name in names if self._catalogue.has_brand(name)), None)

    def is_identifier(self, start: int, end: int) -> bool:
        """Return whether the tokens are an identifier, alone or with the word before or behind.

        If they are the whole query, they may also be the start of an identifier.
        """
        if start == 0 and end == len(self._tokens):
            return self._catalogue.starts_identifier(self._text)
        spans = [(start, end), (start - 1, end), (start, end + 1)]
        return any(
            self._catalogue.has_identifier(self.written(first, last))
            for first, last in spans
            if first >= 0 and last <= len(self._tokens)
        )

    def written(self, start: int, end: int) -> str:
        """Return the text from the token ``start`` up to but not including ``end``."""
        return self._text[self._tokens[start].start : self._tokens[end - 1].end]

    def _word_ends(self, start: int) -> list[int]:
        """Return the ends of the first four words from ``start`` on, as blanks part them."""
        following = range(start + 1, len(self._tokens) + 1)
        ends = [n for n in following if n == len(self._tokens) or not self._tokens[n].is_glued]
        return ends[:_MAX_BRAND_WORDS]

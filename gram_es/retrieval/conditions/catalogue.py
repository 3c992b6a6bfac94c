"""What the parser of conditions asks about the catalogue."""

from __future__ import annotations

from typing import Final, Protocol


class Catalogue(Protocol):
    """The names and words of a catalogue, and the currencies of its prices."""

    @property
    def currencies(self) -> frozenset[str]:
        """The ISO codes of the currencies that prices are in."""
        ...

    def has_in_title(self, phrase: str, /) -> bool:
        """Return whether the title of a product contains ``phrase``."""
        ...

    def has_in_text(self, phrase: str, /) -> bool:
        """Return whether the text of a product contains ``phrase``."""
        ...

    def has_brand(self, name: str, /) -> bool:
        """Return whether a product has this brand, in whichever case."""
        ...

    def has_identifier(self, written: str, /) -> bool:
        """Return whether ``written`` is an identifier of a product, whatever its punctuation."""
        ...

    def starts_identifier(self, written: str, /) -> bool:
        """Return whether ``written`` is an identifier of a product, or the start of one."""
        ...


class _UnknownCatalogue:
    """A catalogue of which nothing is known."""

    currencies: frozenset[str] = frozenset()

    def has_in_title(self, _phrase: str, /) -> bool:
        """Return false."""
        return False

    def has_in_text(self, _phrase: str, /) -> bool:
        """Return false."""
        return False

    def has_brand(self, _name: str, /) -> bool:
        """Return false."""
        return False

    def has_identifier(self, _written: str, /) -> bool:
        """Return false."""
        return False

    def starts_identifier(self, _written: str, /) -> bool:
        """Return false."""
        return False


UNKNOWN_CATALOGUE: Final[Catalogue] = _UnknownCatalogue()

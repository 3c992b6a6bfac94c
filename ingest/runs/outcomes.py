"""What can become of a row or of a product that is no longer listed, and the counts of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of a row, or of a product that a full feed no longer lists."""

    NEW = "new"
    CHANGED = "changed"
    REUSED = "reused"  # changed, but not in what the model reads: codes and vector were kept
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"  # a newer run has the product, or lists it no more
    REFUSED = "refused"
    FAILED = "failed"

    DELETED = "deleted"
    KEPT = "kept"  # another feed or a newer run has it
    UNDELETED = "undeleted"  # Elasticsearch refused to delete it


UNLISTED = (Fate.DELETED, Fate.KEPT, Fate.UNDELETED)
"""The fates of products that a full feed no longer lists: there is no row of theirs."""

ROW_FATES = tuple(fate for fate in Fate if fate not in UNLISTED)


@dataclass(frozen=True)
class Counts:
    """How many rows and products met which fate; ``reused`` is not within ``changed``."""

    new: int = 0
    changed: int = 0
    reused: int = 0
    unchanged: int = 0
    superseded: int = 0
    refused: int = 0
    failed: int = 0
    deleted: int = 0
    kept: int = 0
    undeleted: int = 0

    @classmethod
    def of(cls, fates: Mapping[Fate, int]) -> Counts:
        """Return the counts of a tally."""
        return cls(**{fate.value: fates[fate] for fate in Fate if fate in fates})

    @property
    def rows(self) -> int:
        """The rows read: every row has exactly one fate."""
        return sum(getattr(self, fate) for fate in ROW_FATES)

    @property
    def unlisted(self) -> int:
        """The products that the feed no longer lists: each has exactly one fate."""
        return sum(getattr(self, fate) for fate in UNLISTED)

    def to_json(self) -> dict[str, int]:
        """Return every fate with its count, and the sums ``rows`` and ``unlisted``."""
        counts = {fate.value: getattr(self, fate) for fate in Fate}
        return {**counts, "rows": self.rows, "unlisted": self.unlisted}

    def __str__(self) -> str:
        """Say it in a line; ``changed`` is meant with those whose codes were kept."""
        changed = f"{self.changed + self.reused:,} changed"
        if self.reused:
            changed += f" ({self.reused:,} kept their codes)"
        parts = [f"{self.new:,} new", changed, f"{self.unchanged:,} unchanged"]
        if self.superseded:
            parts.append(f"{self.superseded:,} superseded")
        parts += [f"{self.refused:,} refused", f"{self.failed:,} failed"]
        return f"{self.rows:,} rows: {', '.join(parts)}{self._unlisted()}"

    def _unlisted(self) -> str:
        if not self.unlisted:
            return ""
        parts = [f"{self.deleted:,} deleted"]
        if self.kept:
            parts.append(f"{self.kept:,} kept")
        if self.undeleted:
            parts.append(f"{self.undeleted:,} not deleted")
        return f"; {self.unlisted:,} no longer listed: {', '.join(parts)}"

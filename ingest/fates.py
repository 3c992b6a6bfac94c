"""What can become of a row, and the counts that always add up to the rows read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of a row."""

    NEW = "new"
    CHANGED = "changed"
    REUSED = "reused"  # changed, but not in what the model reads: codes and vector were kept
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"  # a newer run has written the product already
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Counts:
    """How many rows met which fate; ``reused`` is not within ``changed``."""

    new: int = 0
    changed: int = 0
    reused: int = 0
    unchanged: int = 0
    superseded: int = 0
    refused: int = 0
    failed: int = 0

    @classmethod
    def of(cls, fates: Mapping[Fate, int]) -> Counts:
        """Return the counts of a tally."""
        return cls(**{fate.value: fates[fate] for fate in Fate if fate in fates})

    @property
    def rows(self) -> int:
        """The rows read: every row has exactly one fate."""
        return sum(getattr(self, fate) for fate in Fate)

    def to_json(self) -> dict[str, int]:
        """Return every fate with its count, and ``rows``, their sum."""
        return {**{fate.value: getattr(self, fate) for fate in Fate}, "rows": self.rows}

    def __str__(self) -> str:
        """Say it in a line; ``changed`` is meant with those whose codes were kept."""
        changed = f"{self.changed + self.reused:,} changed"
        if self.reused:
            changed += f" ({self.reused:,} kept their codes)"
        parts = [f"{self.new:,} new", changed, f"{self.unchanged:,} unchanged"]
        if self.superseded:
            parts.append(f"{self.superseded:,} superseded")
        parts += [f"{self.refused:,} refused", f"{self.failed:,} failed"]
        return f"{self.rows:,} rows: {', '.join(parts)}"

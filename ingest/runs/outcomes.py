"""The outcomes of rows: their kinds, their counts, and the results of whole batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ingest.feeds import Row
from ingest.runs.batch import write_row

ENRICH, INDEX = "enrich", "index"  # the stages in which a row can fail


class Outcome(StrEnum):
    """What happened to a row, or to a product that a full feed no longer lists."""

    CREATED = "created"
    UPDATED = "updated"
    REUSED_CODES = "reused_codes"  # updated; the codes are kept, because the model's input is equal
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"  # a newer run wrote the product or deleted it
    REJECTED = "rejected"
    FAILED = "failed"

    DELETED = "deleted"
    RETAINED = "retained"  # another feed or a newer run wrote it
    DELETE_FAILED = "delete_failed"  # Elasticsearch rejected the deletion


UNLISTED_OUTCOMES = (Outcome.DELETED, Outcome.RETAINED, Outcome.DELETE_FAILED)
"""The outcomes of products that a full feed no longer lists; no row of the feed has one."""

ROW_OUTCOMES = tuple(outcome for outcome in Outcome if outcome not in UNLISTED_OUTCOMES)


@dataclass(frozen=True)
class OutcomeCounts:
    """The number of rows or products per outcome; ``updated`` does not count ``reused_codes``."""

    created: int = 0
    updated: int = 0
    reused_codes: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0
    failed: int = 0
    deleted: int = 0
    retained: int = 0
    delete_failed: int = 0

    @classmethod
    def of(cls, outcomes: Mapping[Outcome, int]) -> OutcomeCounts:
        """Return the counts in ``outcomes``; an outcome without an entry has the count 0."""
        return cls(
            **{outcome.value: outcomes[outcome] for outcome in Outcome if outcome in outcomes}
        )

    @property
    def rows(self) -> int:
        """The number of rows: every row has exactly one outcome."""
        return sum(getattr(self, outcome) for outcome in ROW_OUTCOMES)

    @property
    def unlisted(self) -> int:
        """The number of products that the feed no longer lists: each has exactly one outcome."""
        return sum(getattr(self, outcome) for outcome in UNLISTED_OUTCOMES)

    def to_json(self) -> dict[str, int]:
        """Return the count of each outcome, and the totals ``rows`` and ``unlisted``."""
        counts = {outcome.value: getattr(self, outcome) for outcome in Outcome}
        return {**counts, "rows": self.rows, "unlisted": self.unlisted}

    def __str__(self) -> str:
        """Return the counts in one line; here ``updated`` also counts ``reused_codes``."""
        updated = f"{self.updated + self.reused_codes:,} updated"
        if self.reused_codes:
            updated += f" ({self.reused_codes:,} kept their codes)"
        parts = [f"{self.created:,} created", updated, f"{self.unchanged:,} unchanged"]
        if self.superseded:
            parts.append(f"{self.superseded:,} superseded")
        parts += [f"{self.rejected:,} rejected", f"{self.failed:,} failed"]
        return f"{self.rows:,} rows: {', '.join(parts)}{self._unlisted()}"

    def _unlisted(self) -> str:
        if not self.unlisted:
            return ""
        parts = [f"{self.deleted:,} deleted"]
        if self.retained:
            parts.append(f"{self.retained:,} retained")
        if self.delete_failed:
            parts.append(f"{self.delete_failed:,} not deleted")
        return f"; {self.unlisted:,} no longer listed: {', '.join(parts)}"


@dataclass(frozen=True)
class Origin:
    """The feed and the run in which rows were read.

    With ``updates_position`` an unchanged row also writes its position (run and row number) to the
    document, so that rows of an older run that is still open are recognised as older.
    """

    source: str
    run: int
    updates_position: bool = False


@dataclass(frozen=True)
class FailedRow:
    """A valid row that is not in the index, with the reason.

    ``stage`` is ``enrich`` if the row failed while its document was built, otherwise ``index``.
    """

    row: Row
    reason: str
    stage: str = INDEX


@dataclass(frozen=True)
class IndexingResult:
    """The result of indexing a batch: the outcomes by row number, and the failed rows."""

    outcomes: Mapping[int, Outcome]
    failed: tuple[FailedRow, ...]

    @classmethod
    def all_failed(cls, rows: Sequence[Row], reason: str, stage: str = INDEX) -> IndexingResult:
        """Return the result of a batch that failed as a whole."""
        return cls(
            outcomes={row.number: Outcome.FAILED for row in rows},
            failed=tuple(FailedRow(row, reason, stage) for row in rows),
        )

    def tally(self) -> Counter[Outcome]:
        """Return the number of rows per outcome."""
        return Counter(self.outcomes.values())

    def notes(self) -> dict[str, Any]:
        """Return what the ledger stores besides the counts: the failed rows with their reasons."""
        return {
            "failed": [
                {**write_row(failed.row), "reason": failed.reason, "stage": failed.stage}
                for failed in self.failed
            ]
        }

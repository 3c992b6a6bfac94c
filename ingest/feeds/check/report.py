"""What is told of a feed that was inspected: a table for people, or JSON; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest.feeds.check.inspection import MOST_NAMES, BadRowFound, Inspection, Use
from ingest.feeds.rows.product import READ_FROM

_SHOWN_NAMES = 25


@dataclass(frozen=True)
class InspectionReport:
    """An inspection with the feed's name and what it was read as."""

    feed: str
    format_name: str
    found: Inspection

    def to_text(self) -> str:
        """Return the whole report for people."""
        found = self.found
        parts = [self._head(), *map(str, found.faults), "", *self._fields(), ""]
        parts += self._names("attributes", self._shares("attribute"))
        parts += self._names("ignored", self._shares("ignored"))
        parts += self._names("no row fills", found.empty_names)
        parts += self._names("missing", self._missing())
        if found.further_names:
            parts.append(f"it has more than {MOST_NAMES:,} names; the further ones are not counted")
        if found.worst:
            parts += ["", f"{'row':>9} {'line':>9}  the worst rows", *map(_line, found.worst)]
        return "\n".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Return the whole report for machines; shares are of all rows, from 0 to 1."""
        found = self.found
        return {
            "feed": self.feed,
            "format": self.format_name,
            "rows": found.rows,
            "refused": found.refused,
            "duplicate_ids": found.duplicate_ids,
            "bad_gtins": found.doubtful["gtin"],
            "bad_prices": found.doubtful["price"],
            "fields": {
                own: {
                    "read_from": self._read_from(own),
                    "rows": found.filled[own],
                    "share": self._share(found.filled[own]),
                }
                for own in READ_FROM
            },
            "attributes": {w: self._share(n.rows) for w, n in found.used_as("attribute").items()},
            "ignored": {w: self._share(n.rows) for w, n in found.used_as("ignored").items()},
            "empty": found.empty_names,
            "missing": self._missing(),
            "further_names": found.further_names,
            "faults": [str(fault) for fault in found.faults],
            "worst_rows": [
                {"row": r.number, "line": r.line, "refused": r.refused, "reasons": list(r.reasons)}
                for r in found.worst
            ],
        }

    def _head(self) -> str:
        found = self.found
        counts = {
            "refused": found.refused,
            "duplicate ids": found.duplicate_ids,
            "bad GTINs": found.doubtful["gtin"],
            "bad prices": found.doubtful["price"],
        }
        told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
        return f"{self.feed}: {self.format_name}\n{found.rows:,} rows: {told}"

    def _fields(self) -> Iterator[str]:
        width = max([len("read from"), *(len(self._origin(own)) for own in READ_FROM)])
        yield f"{'field':<13} {'read from':<{width}} {'filled':>8}"
        for own in READ_FROM:
            share = self._share(self.found.filled[own])
            yield f"{own:<13} {self._origin(own):<{width}} {share:>8.1%}"

    def _origin(self, own: str) -> str:
        if own == "currency" and self.found.filled[own] and not self._read_from(own):
            return "(the price)"
        return ", ".join(self._read_from(own)) or "-"

    def _read_from(self, own: str) -> list[str]:
        return [w for w, name in self.found.used_as("field").items() if name.read_as == own]

    def _missing(self) -> list[str]:
        return [own for own in READ_FROM if not self.found.filled[own]]

    def _shares(self, use: Use) -> list[str]:
        return [
            f"{written} {self._share(name.rows):.1%}"
            for written, name in self.found.used_as(use).items()
        ]

    def _names(self, title: str, names: list[str]) -> Iterator[str]:
        if names:
            more = len(names) - _SHOWN_NAMES
            further = f", and {more:,} more (--json has them all)" if more > 0 else ""
            yield f"{title}: {', '.join(names[:_SHOWN_NAMES])}{further}"

    def _share(self, rows: int) -> float:
        return round(rows / self.found.rows, 4) if self.found.rows else 0.0


def _line(row: BadRowFound) -> str:
    refused = "refused: " if row.refused else ""
    return f"{row.number:>9,} {row.line:>9,}  {refused}{'; '.join(row.reasons)}"

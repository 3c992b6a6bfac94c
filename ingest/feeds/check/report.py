"""The report on an inspected feed, as a table for people or as JSON; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest.feeds.check.doubts import KINDS
from ingest.feeds.check.inspection import MAX_NAMES, FlaggedRow, Inspection
from ingest.feeds.rows.field_names import READ_FROM, Use

_MAX_SHOWN_NAMES = 25


@dataclass(frozen=True)
class InspectionReport:
    """The report of an inspection, with the name of the feed and the name of its format."""

    feed: str
    format_name: str
    inspection: Inspection

    def to_text(self) -> str:
        """Return the report as a text for people, with line breaks."""
        inspection = self.inspection
        lines = [self._head(), *map(str, inspection.faults), "", *self._fields(), ""]
        lines += self._names("attributes", self._shares("attribute"))
        lines += self._names("ignored", self._shares("ignored"))
        lines += self._names("empty in every row", inspection.empty_names)
        lines += self._names("missing", self._missing())
        if inspection.names_truncated:
            lines.append(f"the feed has more than {MAX_NAMES:,} names; the others are not counted")
        lines += self._doubts()
        if inspection.worst:
            lines += ["", f"{'row':>9} {'line':>9}  the worst rows", *map(_line, inspection.worst)]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON object; each ``share`` is a part of all rows, from 0 to 1."""
        inspection = self.inspection
        return {
            "feed": self.feed,
            "format": self.format_name,
            "rows": inspection.rows,
            "rejected": inspection.rejected,
            "duplicate_ids": inspection.duplicate_ids,
            "bad_gtins": inspection.warnings["gtin"],
            "bad_prices": inspection.warnings["price"],
            "fields": {
                field: {
                    "read_from": self._read_from(field),
                    "rows": inspection.filled[field],
                    "share": self._share(inspection.filled[field]),
                }
                for field in READ_FROM
            },
            "attributes": self._share_by_name("attribute"),
            "ignored": self._share_by_name("ignored"),
            "empty": inspection.empty_names,
            "missing": self._missing(),
            "names_truncated": inspection.names_truncated,
            "faults": [str(fault) for fault in inspection.faults],
            "doubts": {
                kind: {"rows": doubt.rows, "examples": list(doubt.examples.values())}
                for kind, doubt in inspection.doubts.items()
            },
            "worst_rows": [
                {
                    "row": row.number,
                    "line": row.line,
                    "rejected": row.rejected,
                    "reasons": list(row.reasons),
                }
                for row in inspection.worst
            ],
        }

    def _head(self) -> str:
        inspection = self.inspection
        counts = {
            "rejected": inspection.rejected,
            "duplicate ids": inspection.duplicate_ids,
            "bad GTINs": inspection.warnings["gtin"],
            "bad prices": inspection.warnings["price"],
        }
        summary = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        return f"{self.feed}: {self.format_name}\n{inspection.rows:,} rows: {summary}"

    def _doubts(self) -> Iterator[str]:
        """Yield a line per kind of doubt with its rows, its meaning and examples."""
        if self.inspection.doubts:
            yield ""
            yield f"{'rows':>9}  doubts"
        for kind, doubt in self.inspection.doubts.items():
            examples = " | ".join(map(_shown, doubt.examples.values()))
            yield f"{doubt.rows:>9,}  {kind.replace('_', ' ')} ({KINDS[kind]}): {examples}"

    def _fields(self) -> Iterator[str]:
        width = max([len("read from"), *(len(self._origin(field)) for field in READ_FROM)])
        yield f"{'field':<13} {'read from':<{width}} {'filled':>8}"
        for field in READ_FROM:
            share = self._share(self.inspection.filled[field])
            yield f"{field:<13} {self._origin(field):<{width}} {share:>8.1%}"
        yield from self._rejected_note()

    def _rejected_note(self) -> Iterator[str]:
        """Yield lines that explain how the shares count rejected rows, if any row is rejected."""
        rejected, rows = self.inspection.rejected, self.inspection.rows
        if rejected:
            yield f"shares are of all {rows:,} rows, {rejected:,} of them rejected"
            if self._is_currency_from_price():
                yield "the currency is read from the price, in rows that are not rejected"

    def _origin(self, field: str) -> str:
        if field == "currency" and self._is_currency_from_price():
            return "(the price)"
        return ", ".join(self._read_from(field)) or "-"

    def _is_currency_from_price(self) -> bool:
        return bool(self.inspection.filled["currency"]) and not self._read_from("currency")

    def _read_from(self, field: str) -> list[str]:
        names = self.inspection.used_as("field")
        return [written for written, name in names.items() if name.read_as == field]

    def _missing(self) -> list[str]:
        return [field for field in READ_FROM if not self.inspection.filled[field]]

    def _shares(self, use: Use) -> list[str]:
        return [f"{written} {share:.1%}" for written, share in self._share_by_name(use).items()]

    def _share_by_name(self, use: Use) -> dict[str, float]:
        names = self.inspection.used_as(use)
        return {written: self._share(name.rows) for written, name in names.items()}

    def _names(self, title: str, names: list[str]) -> Iterator[str]:
        if names:
            omitted = len(names) - _MAX_SHOWN_NAMES
            more = f", and {omitted:,} more (--json lists all)" if omitted > 0 else ""
            yield f"{title}: {', '.join(names[:_MAX_SHOWN_NAMES])}{more}"

    def _share(self, rows: int) -> float:
        return round(rows / self.inspection.rows, 4) if self.inspection.rows else 0.0


def _shown(text: str) -> str:
    """Return a text of the feed without line breaks and control characters."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _line(row: FlaggedRow) -> str:
    rejected = "rejected: " if row.rejected else ""
    return f"{row.number:>9,} {row.line:>9,}  {rejected}{'; '.join(row.reasons)}"

"""What is to be done with a row, given what the index holds of its product; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gram_es.index.documents import is_other_offer
from gram_es.overrides.products import ProductRules, changed_codes
from ingest.runs.outcomes import Fate


@dataclass(frozen=True)
class Known:
    """A product as the index holds it; row ``(run, row)`` of ``source`` wrote it last.

    ``slots`` are what was read under ``gram``; ``gram`` is that where codes are to be kept.
    """

    seq_no: int
    primary_term: int
    source: str | None
    run: int
    row: int
    fate: Fate
    row_hash: str | None
    input_hash: str | None
    gram: Mapping[str, Any] | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)
    added: str | None = None

    @classmethod
    def of(cls, found: Mapping[str, Any], slot: str) -> Known:
        """Read an item of a multi-get."""
        source = found["_source"]
        feed, gram = source.get("feed", {}), source.get("gram", {})
        return cls(
            seq_no=found["_seq_no"],
            primary_term=found["_primary_term"],
            source=feed.get("source"),
            run=feed.get("run", 0),
            row=feed.get("row", 0),
            fate=Fate(feed.get("fate", Fate.CHANGED)),
            row_hash=source.get("row_hash"),
            input_hash=gram.get(slot, {}).get("input"),
            gram=gram if "codes" in gram.get(slot, {}) else None,
            slots=gram,
            added=feed.get("added", feed.get("at")),
        )

    def obeys(self, rules: ProductRules) -> bool:
        """Tell whether its codes, as far as they were read, are what the overrides have them be."""
        return not changed_codes(self.slots, rules)


@dataclass(frozen=True)
class Verdict:
    """The fate of a row if all goes well, and what it takes.

    It ``updates`` where the document stays but for the offer and its place in the feeds, and
    ``rewrites`` where the whole document is written, codes included.
    """

    fate: Fate
    updates: bool = False
    rewrites: bool = False
    calls_model: bool = False

    @property
    def writes(self) -> bool:
        """Tell whether the document is touched at all."""
        return self.updates or self.rewrites


def decide(
    known: Known | None,
    *,
    run: int,
    row: int,
    row_hash: str,
    input_hash: Callable[[], str],
    stamps: bool = False,
    is_replaced: Callable[[], bool] = lambda: False,
) -> Verdict:
    """Compare a row with what is known of its product.

    A row that is delivered again has the fate that its first writing noted in the document.

    :param input_hash: is asked only where the row differs: a slot belongs to one model, which
        reads the same of the same row.
    :param is_replaced: is asked only where the product is not known: whether a newer run has listed
        all products of the source, so that this one is gone, not new.
    :param stamps: write the place of an unchanged row, so that no older row comes in after it.
    """
    if known is None and is_replaced():
        return Verdict(Fate.SUPERSEDED)
    if known is None:
        return Verdict(Fate.NEW, rewrites=True, calls_model=True)
    has_codes = known.input_hash is not None
    is_same = has_codes and known.row_hash == row_hash
    if (known.run, known.row) == (run, row) and is_same:
        return Verdict(known.fate)
    if (known.run, known.row) > (run, row):
        return Verdict(Fate.SUPERSEDED)
    if is_same:
        return Verdict(Fate.UNCHANGED, updates=stamps)
    if has_codes and known.row_hash and is_other_offer(known.row_hash, row_hash):
        return Verdict(Fate.REUSED, updates=True)
    if has_codes and known.input_hash == input_hash():
        # What the model reads is the same: its codes and vector go on to the new document.
        return Verdict(Fate.REUSED, rewrites=True)
    return Verdict(Fate.CHANGED, rewrites=True, calls_model=True)


def decide_unlisted(known: Known | None, *, source: str, run: int) -> Fate:
    """Tell what becomes of a product that a full feed does not list.

    What is gone already was deleted by an earlier delivery. What another feed has taken over, or
    a newer run has written, stays.
    """
    if known is None or (known.source == source and known.run < run):
        return Fate.DELETED
    return Fate.KEPT

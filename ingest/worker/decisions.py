"""The decision on a row, given the stored product: a pure function, without I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gram_es.index.documents import differs_only_in_offer
from gram_es.overrides.products import ProductRules, changed_codes
from ingest.runs.outcomes import Outcome


@dataclass(frozen=True)
class StoredProduct:
    """A product as the index has it; row ``(run, row)`` of ``source`` wrote it last.

    :param input_hash: the hash of the model input from which the slot's codes were generated.
    :param gram: all slots, if the slot has codes.
    :param slots: all slots as far as they were read.
    :param added: when the product was first indexed.
    """

    seq_no: int
    primary_term: int
    source: str | None
    run: int
    row: int
    outcome: Outcome
    row_hash: str | None
    input_hash: str | None
    gram: Mapping[str, Any] | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)
    added: str | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any], slot: str) -> StoredProduct:
        """Return the product of a multi-get's document, with the codes of one slot."""
        source = document["_source"]
        feed, gram = source.get("feed", {}), source.get("gram", {})
        return cls(
            seq_no=document["_seq_no"],
            primary_term=document["_primary_term"],
            source=feed.get("source"),
            run=feed.get("run", 0),
            row=feed.get("row", 0),
            outcome=Outcome(feed.get("outcome", Outcome.UPDATED)),
            row_hash=source.get("row_hash"),
            input_hash=gram.get(slot, {}).get("input"),
            gram=gram if "codes" in gram.get(slot, {}) else None,
            slots=gram,
            added=feed.get("added", feed.get("at")),
        )

    def follows_rules(self, rules: ProductRules) -> bool:
        """Return whether the codes, as far as they were read, agree with the overrides."""
        return not changed_codes(self.slots, rules)


@dataclass(frozen=True)
class Decision:
    """The outcome of a row if its write succeeds, and the write that it needs.

    It ``updates`` if only the offer and the feed position of the document change; it ``rewrites``
    if the whole document is written, codes included.
    """

    outcome: Outcome
    updates: bool = False
    rewrites: bool = False
    calls_model: bool = False

    @property
    def writes(self) -> bool:
        """Return whether the document is written at all."""
        return self.updates or self.rewrites


def decide(
    stored: StoredProduct | None,
    *,
    run: int,
    row: int,
    row_hash: str,
    input_hash: Callable[[], str],
    updates_position: bool = False,
    is_replaced: Callable[[], bool] = lambda: False,
) -> Decision:
    """Return the decision on a row, given its stored product.

    A row that is delivered again gets the outcome that its first write put into the document.

    :param input_hash: called only if the row differs. The hash of an equal row is equal, because
        a slot belongs to one model.
    :param updates_position: whether an unchanged row writes its feed position, so that rows of an
        older run are recognised as older.
    :param is_replaced: called only if there is no stored product; returns whether a newer run has
        listed all products of the source. Then the product was deleted and is not created again.
    """
    if stored is None and is_replaced():
        return Decision(Outcome.SUPERSEDED)
    if stored is None:
        return Decision(Outcome.CREATED, rewrites=True, calls_model=True)
    has_codes = stored.input_hash is not None
    is_same = has_codes and stored.row_hash == row_hash
    if (stored.run, stored.row) == (run, row) and is_same:
        return Decision(stored.outcome)
    if (stored.run, stored.row) > (run, row):
        return Decision(Outcome.SUPERSEDED)
    if is_same:
        return Decision(Outcome.UNCHANGED, updates=updates_position)
    if has_codes and stored.row_hash and differs_only_in_offer(stored.row_hash, row_hash):
        return Decision(Outcome.REUSED_CODES, updates=True)
    if has_codes and stored.input_hash == input_hash():
        # The model would read the same input: the new document keeps the codes and the vector.
        return Decision(Outcome.REUSED_CODES, rewrites=True)
    return Decision(Outcome.UPDATED, rewrites=True, calls_model=True)


def decide_unlisted(stored: StoredProduct | None, *, source: str, run: int) -> Outcome:
    """Return the outcome of a product that a full feed does not list.

    A product that is missing was deleted by an earlier delivery. A product that another feed or a
    newer run wrote is retained.
    """
    if stored is None or (stored.source == source and stored.run < run):
        return Outcome.DELETED
    return Outcome.RETAINED

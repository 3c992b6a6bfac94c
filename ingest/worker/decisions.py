"""Decide what to do with a row, given the stored product: pure functions, without I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gram_es.index.documents import differs_only_in_offer, stored_input_hash
from gram_es.overrides.products import ProductRules, changed_codes
from ingest.runs.outcomes import Outcome


@dataclass(frozen=True)
class StoredProduct:
    """A product as the index stores it.

    It was last written by the row with number ``row`` in ``run``, an ingest of the feed ``source``.
    A slot is the part of a document with the codes of one model; the search uses the live slot.

    :param outcome: the outcome of the row that wrote it.
    :param input_hash: the hash of the model input from which the live slot's codes were generated,
        or ``None`` if there are none, or if an older gram-es wrote them without weights.
    :param slots: the slots, by name.
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
    slots: Mapping[str, Any] = field(default_factory=dict)
    added: str | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any], slot: str) -> StoredProduct:
        """Return the product in a multi-get's ``document``; ``slot`` names the live slot."""
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
            input_hash=stored_input_hash(gram.get(slot, {})),
            slots=gram,
            added=feed.get("added", feed.get("at")),
        )

    def follows_rules(self, rules: ProductRules) -> bool:
        """Return whether the codes agree with the product's overrides."""
        return not changed_codes(self.slots, rules)


@dataclass(frozen=True)
class Decision:
    """The write that a row needs, and the outcome of the row if this write succeeds.

    If ``updates`` is true, only the offer (price, currency, availability) and the feed position
    (source, run, row) of the document change. If ``rewrites`` is true, the whole document is
    written: with new codes if ``calls_model`` is true, otherwise with the stored ones.
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
    """Return the decision on row ``row`` of ``run``, given the stored product with its id.

    If an earlier delivery of the same row wrote the stored product, the outcome of that write
    applies again.

    :param row_hash: a hash of the row's product.
    :param input_hash: returns a hash of the model input of the row's product. It is called only if
        the row differs from the stored product, because otherwise the model input is the same.
    :param updates_position: whether an unchanged row writes its feed position, so that rows of an
        older run are recognised as older.
    :param is_replaced: returns whether a newer run has listed all products of the source. It is
        called only if there is no stored product. If it returns true, the newer run has deleted the
        product, and the row does not create it again.
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
    """Return the outcome of a product that ``run``, a full feed of ``source``, does not list.

    If there is no stored product, the outcome is ``deleted`` too: an earlier delivery of the batch
    has deleted the product. A product that another feed or a newer run wrote is retained.
    """
    if stored is None or (stored.source == source and stored.run < run):
        return Outcome.DELETED
    return Outcome.RETAINED

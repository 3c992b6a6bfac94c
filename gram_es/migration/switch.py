"""Make another slot or another index live.

An index is staged before it becomes live: it is put behind the staging alias and gets a copy of all
documents. The staged index is a new index or, for a rollback, the index that was live before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.alias_swap import (
    create_successor,
    global_checkpoint,
    note_predecessor,
    put_slots,
    raise_term,
    stage_index,
    staged_index,
    swap_aliases,
    write_block,
)
from gram_es.index.compatibility import incompatibilities
from gram_es.index.lifecycle import (
    LiveIndex,
    Predecessor,
    live_index,
    put_slot,
    writable_index,
)
from gram_es.index.names import staging_alias
from gram_es.migration.copy_index import NOTHING_COPIED, Copier


@dataclass(frozen=True)
class SlotSwitch:
    """The result of a slot switch; a rollback makes ``previous_slot`` live again."""

    index: str
    live_slot: str
    previous_slot: str | None


def switch(client: Elasticsearch, index: str, slot: str, *, target: str) -> SlotSwitch:
    """Make ``slot`` the live slot of the index ``target``, which is behind the alias ``index``.

    A single request changes the field aliases and the index's ``_meta``.

    :raises CatalogueIndexError: if the index has no such slot, if the alias was moved to another
        index, or if another process switched meanwhile.
    """
    live = _unmoved_index(client, index, target)
    slot_model = live.slots.get(slot)
    if slot_model is None:
        raise CatalogueIndexError(
            f"{live.index} has no slot {slot}; fill one with gram-es index migrate --model DIR"
        )
    put_slot(client, live.index, slot=slot, **asdict(slot_model))
    switched = live_index(client, index)
    if switched.live_slot != slot:
        raise CatalogueIndexError(
            f"another process has made {switched.live_slot} the live slot of {switched.index} "
            "meanwhile; check it with gram-es index status"
        )
    return SlotSwitch(switched.index, slot, switched.previous_slot)


def _unmoved_index(client: Elasticsearch, index: str, expected: str) -> LiveIndex:
    """Return the live index, after a check that it still is the index ``expected``."""
    live = writable_index(client, index)
    if live.index != expected:
        raise CatalogueIndexError(
            f"not switched: the alias {index} was moved from {expected} to {live.index} meanwhile; "
            f"run the command again to change {live.index}, or move the alias back first"
        )
    return live


class IndexSwitch:
    """Copies the live index to the staged index, and then makes the staged index live.

    ``alias`` is the staging alias, and ``target`` is the staged index. ``copier`` copies the
    documents from the live to the staged index.

    :param index: the read alias.
    :param source: the name of the live index.
    :param since: a sequence number of the live index. The staged index already has all writes up to
        this number.
    """

    def __init__(
        self, client: Elasticsearch, index: str, source: str, *, since: int = NOTHING_COPIED
    ) -> None:
        self._client = client
        self._index = index
        self._source = source
        self.alias = staging_alias(index)
        self.target = live_index(client, self.alias)
        self.copier = Copier(client, source, self.alias, slots=self.target.slots, since=since)

    def objections(self) -> list[str]:
        """Return the reasons not to switch, as clauses of text; an empty list allows the switch."""
        rejected = self.copier.rejected
        return [f"{self.target.index} rejects {_summary(rejected)}"] if rejected else []

    def switch(self, slot: str, *, ensure_alone: Callable[[], object], force: bool = False) -> None:
        """Make the staged index the live one, with ``slot`` as its live slot.

        Writes are blocked during the last copy. Earlier writes are in both indices. Later writes go
        only to the new index; the old index stays blocked and unchanged.

        :param ensure_alone: raises if another process changes the indices too; called before the
            last copy and before the aliases move.
        :param force: switch even if the new index rejects products.
        :raises CatalogueIndexError: if the new index rejects products and ``force`` is false, or if
            another process has switched meanwhile.
        """
        with write_block(self._client, self._source):
            ensure_alone()
            self.copier.copy_once()
            if self.objections() and not force:
                raise CatalogueIndexError(
                    f"not switched: {self.objections()[0]}; correct them or add --force"
                )
            switch(self._client, self.alias, slot, target=self.target.index)
            since = global_checkpoint(self._client, self.target.index)
            note_predecessor(self._client, self.target.index, Predecessor(self._source, since))
            ensure_alone()
            swap_aliases(self._client, self._index, self._source, self.target.index)


def stage_new_index(client: Elasticsearch, index: str, source: str) -> IndexSwitch:
    """Stage a new index to replace the live one, ``source``.

    If an interrupted migration has already staged a suitable index, this index is used.

    :raises CatalogueIndexError: if another index is live, or the templates are of a newer gram-es.
    """
    live = _unmoved_index(client, index, source)
    target = _resumable_index(client, index) or create_successor(client, index)
    raise_term(client, target, above=live.index)
    put_slots(client, target, live)
    return IndexSwitch(client, index, live.index)


def stage_previous_index(client: Elasticsearch, index: str, live: LiveIndex) -> IndexSwitch:
    """Stage the index that was live before ``live``, for a rollback.

    :raises CatalogueIndexError: if the previous index was pruned.
    """
    previous = live.previous_index
    assert previous is not None
    if not client.indices.exists(index=previous.index):
        raise CatalogueIndexError(
            f"cannot roll back: {previous.index}, which was live before {live.index}, was pruned"
        )
    stage_index(client, index, previous.index)
    raise_term(client, previous.index, above=live.index)
    return IndexSwitch(client, index, live.index, since=previous.since)


def _resumable_index(client: Elasticsearch, index: str) -> str | None:
    """Return the staged index if it does not differ from an index created now, else ``None``."""
    staged = staged_index(client, index)
    if staged is None or incompatibilities(client, live_index(client, staged)):
        return None
    return staged


def _summary(rejected: dict[str, str]) -> str:
    product_id, reason = next(iter(rejected.items()))
    return f"{len(rejected):,} products (the first is {product_id}: {reason})"

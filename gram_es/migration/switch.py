"""An index on its way to the place of the live one: a new one, or the one before."""

from __future__ import annotations

from dataclasses import dataclass

from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.alias_swap import (
    checkpoint,
    closed_to_writing,
    create_successor,
    note_predecessor,
    put_slots,
    stage,
    staged_index,
    succeed,
)
from gram_es.index.compatibility import obstacles
from gram_es.index.lifecycle import LiveIndex, Predecessor, live_index, put_slot
from gram_es.index.names import staging_alias
from gram_es.migration.copy_index import NOTHING_YET, Copier


@dataclass(frozen=True)
class Switched:
    """A switch that was made; ``previous_slot`` is the way back."""

    index: str
    live_slot: str
    previous_slot: str | None


def switch(client: Elasticsearch, index: str, slot: str) -> Switched:
    """Make ``slot`` the live one, by one request that changes mapping alias and ``_meta``.

    :raises CatalogueIndexError: if the index has no such slot, or another process switched too.
    """
    found = live_index(client, index)
    held = found.slots.get(slot)
    if held is None:
        raise CatalogueIndexError(
            f"{found.index} has no slot {slot}; fill one with gram-es index migrate --model DIR"
        )
    put_slot(client, found.index, slot=slot, fingerprint=held.fingerprint, family=held.family)
    after = live_index(client, index)
    if after.live_slot != slot:
        raise CatalogueIndexError(
            f"another process has made {after.live_slot} the live slot of {after.index} meanwhile"
        )
    return Switched(after.index, slot, after.previous_slot)


class Move:
    """Brings the staged index up with the live one and lets it take its place.

    :param since: a checkpoint of the live index up to which the staged one holds everything.
    """

    def __init__(
        self, client: Elasticsearch, index: str, source: str, *, since: int = NOTHING_YET
    ) -> None:
        self._client = client
        self._index = index
        self._source = source
        self.alias = staging_alias(index)
        self.target = live_index(client, self.alias)
        self.copier = Copier(client, source, self.alias, slots=self.target.slots, since=since)

    def faults(self) -> list[str]:
        """Return what stands against the switch, a clause each."""
        refused = self.copier.refused
        return [f"{self.target.index} does not take {_some(refused)}"] if refused else []

    def switch(self, slot: str, *, force: bool = False) -> None:
        """Make the staged index the live one, with ``slot`` live in it.

        Writers wait for a moment: what they wrote until then is there, what comes later is written
        to the new index alone, and the old one stays as it is.

        :param force: switch although there are products that the new index does not take.
        :raises CatalogueIndexError: if there are, or another process has switched meanwhile.
        """
        with closed_to_writing(self._client, self._source):
            self.copier.copy_once()
            if self.faults() and not force:
                raise CatalogueIndexError(f"not switched: {self.faults()[0]}")
            switch(self._client, self.alias, slot)
            since = checkpoint(self._client, self.target.index)
            note_predecessor(self._client, self.target.index, Predecessor(self._source, since))
            succeed(self._client, self._index, self._source, self.target.index)


def begin_move(client: Elasticsearch, index: str) -> Move:
    """Stage a new index for the live one, or go on with the one that was staged.

    :raises CatalogueIndexError: if there is no index, or the templates are of a newer gram-es.
    """
    live = live_index(client, index)
    target = _begun(client, index) or create_successor(client, index, live.index)
    put_slots(client, target, live)
    stage(client, index, target)
    return Move(client, index, live.index)


def begin_return(client: Elasticsearch, index: str, live: LiveIndex) -> Move:
    """Stage the index that was live before ``live``.

    :raises CatalogueIndexError: if it was pruned.
    """
    before = live.previous_index
    assert before is not None
    if not client.indices.exists(index=before.index):
        raise CatalogueIndexError(
            f"{before.index}, which was live before {live.index}, was pruned: "
            "there is nothing to go back to"
        )
    stage(client, index, before.index)
    return Move(client, index, live.index, since=before.since)


def _begun(client: Elasticsearch, index: str) -> str | None:
    """Return the index that is staged, if it is one that would be made now."""
    staged = staged_index(client, index)
    if staged is None or obstacles(client, live_index(client, staged)):
        return None
    return staged


def _some(refused: dict[str, str]) -> str:
    product_id, reason = next(iter(refused.items()))
    return f"{len(refused):,} products (the first is {product_id}: {reason})"

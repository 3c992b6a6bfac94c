"""Which slot is live: the switch to another one."""

from __future__ import annotations

from dataclasses import dataclass

from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import live_index, put_slot


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

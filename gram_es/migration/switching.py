"""Which slot is live: the switch to another one, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import LiveIndex, live_index, put_slot
from gram_es.migration.filling import count_lacking


@dataclass(frozen=True)
class Switched:
    """A switch that was made; ``previous_slot`` is the way back, ``lacking`` counts products."""

    index: str
    live_slot: str
    previous_slot: str | None
    lacking: int = 0


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


def roll_back(client: Elasticsearch, index: str, *, force: bool = False) -> Switched:
    """Make the previous slot live again; the one that was live is the previous one then.

    :param force: go back even to a slot that some products lack codes in.
    :raises CatalogueIndexError: if there is none, if it was pruned, or if products lack its codes.
    """
    found = live_index(client, index)
    slot = _previous(found)
    lacking = count_lacking(client, index, slot)
    if lacking and not force:
        raise CatalogueIndexError(
            f"{lacking:,} products of {found.index} lack codes of {slot}; fill it with gram-es "
            "index migrate --no-switch --model and the folder of that model, or add --force: "
            "those products are then found by their text alone"
        )
    done = switch(client, index, slot)
    return Switched(done.index, done.live_slot, done.previous_slot, lacking)


def _previous(found: LiveIndex) -> str:
    slot = found.previous_slot
    if slot is None:
        raise CatalogueIndexError(
            f"{found.index} has never had another live slot than {found.live_slot}: "
            "there is nothing to go back to"
        )
    if slot not in found.slots:
        raise CatalogueIndexError(
            f"the slot {slot} was pruned from {found.index}; "
            "bring it back with gram-es index migrate --model and the folder of that model"
        )
    return slot

"""The way back from the last change: to the index before, or to the slot before."""

from __future__ import annotations

from dataclasses import dataclass

from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.migration.fill_slot import count_lacking
from gram_es.migration.switch import begin_return, switch


@dataclass(frozen=True)
class RolledBack:
    """What is live now, and what was until then.

    ``lacking`` counts products without codes of ``live_slot``. Where the index is another one,
    ``brought`` counts the documents that were written or deleted in it to catch up, and ``lost``
    those that it did not take.
    """

    index: str
    live_slot: str
    previous_index: str
    previous_slot: str | None
    lacking: int = 0
    brought: int = 0
    lost: int = 0


def roll_back(client: Elasticsearch, index: str, *, force: bool = False) -> RolledBack:
    """Make live again what was live before; the same once more leads forth again.

    An index gets what was written since it was left, before it is live again.

    :param force: go back although products lack codes there, or cannot be brought back.
    :raises CatalogueIndexError: if there is no way back, or products would suffer from it.
    """
    found = live_index(client, index)
    if found.previous_index is not None:
        return _to_index(client, index, found, force=force)
    slot = _previous(found)
    lacking = _lacking(client, index, found, slot, force=force)
    done = switch(client, index, slot)
    return RolledBack(done.index, slot, done.index, done.previous_slot, lacking)


def _to_index(client: Elasticsearch, index: str, found: LiveIndex, *, force: bool) -> RolledBack:
    move = begin_return(client, index, found)
    slot = move.target.live_slot
    assert slot is not None
    brought = move.copier.catch_up()
    lost = move.copier.refused
    if lost and not force:
        raise CatalogueIndexError(
            f"{'; '.join(move.faults())}; add --force to go back without what they are now"
        )
    lacking = _lacking(client, move.alias, move.target, slot, force=force)
    move.switch(slot, force=force)
    return RolledBack(
        index=move.target.index,
        live_slot=slot,
        previous_index=found.index,
        previous_slot=found.live_slot,
        lacking=lacking,
        brought=brought,
        lost=len(lost),
    )


def _lacking(client: Elasticsearch, index: str, found: LiveIndex, slot: str, *, force: bool) -> int:
    """Return how many products lack codes of ``slot``.

    :raises CatalogueIndexError: if there are any and nothing is forced.
    """
    lacking = count_lacking(client, index, slot)
    if lacking and not force:
        raise CatalogueIndexError(
            f"{lacking:,} products of {found.index} lack codes of {slot}; fill it with gram-es "
            "index migrate --no-switch --model and the folder of that model, or add --force: "
            "those products are then found by their text alone"
        )
    return lacking


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

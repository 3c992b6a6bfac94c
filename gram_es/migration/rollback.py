"""Roll back the last change: make the previous index or the previous slot live again."""

from __future__ import annotations

from dataclasses import dataclass

from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.alias_swap import unblock
from gram_es.index.lifecycle import LiveIndex, writable_index
from gram_es.migration.fill_slot import count_missing_codes
from gram_es.migration.lock import MigrationLock
from gram_es.migration.resume import resumable
from gram_es.migration.switch import stage_previous_index, switch


@dataclass(frozen=True)
class Rollback:
    """The result of a rollback.

    ``index`` and ``live_slot`` are live now; ``previous_index`` and ``previous_slot`` were live
    before the rollback. ``missing_codes`` counts the products that lack codes of ``live_slot``. If
    the rollback changed the index, it first copied to ``index`` the writes since the last switch.
    ``copied`` counts the documents that this copy wrote or deleted; ``rejected`` counts the
    documents that ``index`` did not accept.
    """

    index: str
    live_slot: str
    previous_index: str
    previous_slot: str | None
    missing_codes: int = 0
    copied: int = 0
    rejected: int = 0


def roll_back(client: Elasticsearch, index: str, *, force: bool = False) -> Rollback:
    """Make the previous index or slot live again; a second rollback undoes the first.

    If the last switch replaced the index, all writes since then are first copied to the previous
    index.

    :param force: roll back even if products lack codes of the slot, or the index rejects products.
    :raises CatalogueIndexError: if there is nothing to roll back to, if another process migrates
        the index or rolls it back, or if ``force`` is false and products lack codes or are
        rejected.
    :raises ClusterUnavailableError: if Elasticsearch does not answer; repeat the call later.
    """
    with resumable("gram-es index rollback"), MigrationLock(client, index) as lock:
        live = writable_index(client, index)
        if not live.is_shops:
            unblock(client, live.index)
        if live.previous_index is not None:
            return _roll_back_index(client, index, live, lock, force=force)
        return _roll_back_slot(client, index, live, force=force)


def _roll_back_slot(client: Elasticsearch, index: str, live: LiveIndex, *, force: bool) -> Rollback:
    slot = _previous_slot(live)
    missing_codes = _check_missing_codes(client, index, live, slot, force=force)
    switched = switch(client, index, slot, target=live.index)
    return Rollback(switched.index, slot, switched.index, switched.previous_slot, missing_codes)


def _roll_back_index(
    client: Elasticsearch, index: str, live: LiveIndex, lock: MigrationLock, *, force: bool
) -> Rollback:
    index_switch = stage_previous_index(client, index, live)
    slot = index_switch.target.live_slot
    assert slot is not None
    copied = index_switch.copier.catch_up()
    rejected = index_switch.copier.rejected
    if rejected and not force:
        raise CatalogueIndexError(
            f"{'; '.join(index_switch.objections())}; "
            "add --force to roll back to their older versions"
        )
    missing_codes = _check_missing_codes(
        client, index_switch.alias, index_switch.target, slot, force=force
    )
    index_switch.switch(slot, ensure_alone=lock.renew, force=force)
    return Rollback(
        index=index_switch.target.index,
        live_slot=slot,
        previous_index=live.index,
        previous_slot=live.live_slot,
        missing_codes=missing_codes,
        copied=copied,
        rejected=len(rejected),
    )


def _check_missing_codes(
    client: Elasticsearch, index: str, target: LiveIndex, slot: str, *, force: bool
) -> int:
    """Return how many products of ``target`` lack codes of ``slot``.

    :raises CatalogueIndexError: if there are such products and ``force`` is false.
    """
    missing_codes = count_missing_codes(client, index, slot)
    command = "gram-es enrich" if target.is_shops else "gram-es index migrate --no-switch"
    if missing_codes and not force:
        raise CatalogueIndexError(
            f"{missing_codes:,} products of {target.index} lack codes of {slot}; fill them with "
            f"{command} --model and the folder of that model, or add --force: these products then"
            " match by text only"
        )
    return missing_codes


def _previous_slot(live: LiveIndex) -> str:
    slot = live.previous_slot
    if slot is None:
        raise CatalogueIndexError(
            f"cannot roll back: {live.index} has never had another live slot than {live.live_slot}"
        )
    if slot not in live.slots:
        raise CatalogueIndexError(
            f"the slot {slot} was pruned from {live.index}; "
            "fill it again with gram-es index migrate --model and the folder of that model"
        )
    return slot

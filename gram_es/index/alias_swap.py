"""Replace the index behind the aliases by another one without losing a write.

Until the swap, the new index is behind the staging alias (:mod:`gram_es.index.names`). The new
index has higher primary terms than the live index. A write that is guarded by the sequence number
and primary term of a document in one index therefore conflicts in the other index.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterUnavailableError
from gram_es.index.lifecycle import LiveIndex, Predecessor, index_mapping, live_index, put_slot
from gram_es.index.names import concrete_index, staging_alias, write_alias
from gram_es.index.templates.conflicts import check_no_conflicts
from gram_es.index.templates.install import ensure_templates

_BLOCK = "index.blocks.write"
_ALREADY_THERE = "resource_already_exists_exception"
_ALLOCATION_TIMEOUT = "10s"


def create_successor(client: Elasticsearch, alias: str) -> str:
    """Create an empty index behind the staging alias of ``alias``, and return its name.

    The current templates apply to it. It has the staging alias from the start, so a caller that is
    killed leaves no index that the next call does not find.

    :param alias: the read alias.

    :raises CatalogueIndexError: if the cluster lacks the current templates and the caller may not
        put them, if it has those of a newer gram-es, or if a foreign one takes precedence over
        them.
    """
    ensure_templates(client, alias)
    check_no_conflicts(client, alias, (alias,))
    _unstage(client, alias)
    with cluster_errors(f"create a new index for {alias}"):
        return _create(client, alias)


def _unstage(client: Elasticsearch, alias: str) -> None:
    """Remove the staging aliases from the index behind them, if there is one."""
    previous, staging = staged_index(client, alias), staging_alias(alias)
    if previous is not None:
        with cluster_errors(f"remove {staging} from {previous}"):
            client.indices.update_aliases(actions=_alias_actions("remove", previous, staging))


def _create(client: Elasticsearch, alias: str) -> str:
    """Create a staged index and return its name, which contains the current time in seconds.

    If an index of that name exists, later seconds are tried. If the answer to a request was lost,
    the client has sent it again, and the first one has created the index.
    """
    staging = staging_alias(alias)
    aliases = {staging: {}, write_alias(staging): {"is_write_index": True}}
    at = datetime.now(UTC)
    while True:
        name = concrete_index(alias, at)
        try:
            client.indices.create(index=name, aliases=aliases, timeout=_ALLOCATION_TIMEOUT)
        except ApiError as error:
            if (staged := staged_index(client, alias)) is not None:
                return staged
            if error.error != _ALREADY_THERE:
                raise
            at += timedelta(seconds=1)
        else:
            return name


def raise_term(client: Elasticsearch, index: str, *, above: str) -> None:
    """Raise the primary terms of ``index`` above those of the index ``above``.

    To raise them, ``index`` is closed and opened again. An index that an interrupted call has left
    closed is opened.

    :raises ClusterUnavailableError: if Elasticsearch cannot assign the shards of ``index``.
    """
    with cluster_errors(f"open {index}"):
        _open(client, index)
        while _highest_term(client, index) <= _highest_term(client, above):
            client.indices.close(index=index)
            _open(client, index)


def _open(client: Elasticsearch, index: str) -> None:
    answer = client.indices.open(index=index, wait_for_active_shards=1, timeout=_ALLOCATION_TIMEOUT)
    if not answer["shards_acknowledged"]:
        raise ClusterUnavailableError(
            f"cannot open {index}: Elasticsearch assigns its shards to no node, as on a full disk; "
            "GET /_cluster/allocation/explain gives the reason"
        )


def _highest_term(client: Elasticsearch, index: str) -> int:
    state = client.cluster.state(metric="metadata", index=index)["metadata"]["indices"]
    return max(map(int, state[index]["primary_terms"].values()))


def put_slots(client: Elasticsearch, index: str, live: LiveIndex) -> None:
    """Map all slots of ``live`` in ``index``; the live slot of ``live`` becomes live there too."""
    for name in sorted(live.slots, key=lambda name: name == live.live_slot):
        slot, is_live = live.slots[name], name == live.live_slot
        put_slot(client, index, slot=name, **asdict(slot), live=is_live)


def staged_index(client: Elasticsearch, alias: str) -> str | None:
    """Return the index behind the staging alias of ``alias``, or ``None`` if there is none."""
    return next(iter(_indices_behind(client, staging_alias(alias))), None)


def _indices_behind(client: Elasticsearch, alias: str) -> list[str]:
    with cluster_errors(f"read the alias {alias}"):
        try:
            return [*client.indices.get_alias(name=alias)]
        except NotFoundError:
            return []


def stage_index(client: Elasticsearch, alias: str, index: str) -> None:
    """Make ``index`` the only index behind the staging alias, and remove its write block."""
    previous = staged_index(client, alias)
    staging = staging_alias(alias)
    removals = [] if previous in (None, index) else _alias_actions("remove", str(previous), staging)
    unblock(client, index)
    with cluster_errors(f"put {index} behind {staging}"):
        additions = _alias_actions("add", index, staging)
        client.indices.update_aliases(actions=[*removals, *additions])


def unblock(client: Elasticsearch, index: str) -> None:
    """Remove the write block of ``index``, which a switch sets and an interrupted one leaves."""
    with cluster_errors(f"remove the write block of {index}"):
        client.indices.put_settings(index=index, settings={_BLOCK: None})


def swap_aliases(client: Elasticsearch, alias: str, old: str, new: str) -> None:
    """Move the read and the write alias from the index ``old`` to ``new`` in one request.

    The request also removes the staging aliases of ``new``.

    :raises CatalogueIndexError: if the aliases no longer point to ``old``, or ``new`` was deleted.
    """
    removals = [
        *_alias_actions("remove", old, alias),
        *_alias_actions("remove", new, staging_alias(alias)),
    ]
    with cluster_errors(f"point {alias} to {new}"):
        try:
            client.indices.update_aliases(actions=[*removals, *_alias_actions("add", new, alias)])
        except NotFoundError:
            names = (alias, write_alias(alias))
            indices = [_indices_behind(client, name) for name in names]
            if indices == [[new], [new]]:  # the answer was lost, and the client has sent it again
                return
            found = " and ".join(", ".join(behind) or "no index" for behind in indices)
            raise CatalogueIndexError(
                f"cannot move {' and '.join(names)} from {old} to {new}: they point to {found} "
                f"now, or {new} was deleted; somebody else has changed the aliases meanwhile; "
                "check them with gram-es index status"
            ) from None


def _alias_actions(action: str, index: str, alias: str) -> list[dict[str, Any]]:
    """Return the actions that add a read alias and its write alias to ``index``, or remove them."""
    read, write = {"index": index, "alias": alias}, {"index": index, "alias": write_alias(alias)}
    if action == "add":
        return [{"add": read}, {"add": {**write, "is_write_index": True}}]
    return [{action: {**target, "must_exist": True}} for target in (read, write)]


@contextmanager
def write_block(client: Elasticsearch, index: str) -> Iterator[None]:
    """Block writes to ``index``; remove the block only if the ``with`` block raises.

    Elasticsearch first finishes the writes that it has accepted. Later writes fail and have to be
    retried.
    """
    try:
        with cluster_errors(f"block writes to {index}"):
            client.indices.add_block(index=index, block="write")
        yield
    except BaseException:
        unblock(client, index)
        raise


def global_checkpoint(client: Elasticsearch, index: str) -> int:
    """Return a sequence number up to which every shard of ``index`` has all of its writes.

    It is the lowest global checkpoint of the primary shards.
    """
    with cluster_errors(f"read the sequence numbers of {index}"):
        stats = client.indices.stats(index=index, metric="docs", level="shards")
    copies = [copy for shard in stats["indices"][index]["shards"].values() for copy in shard]
    return min(
        int(copy["seq_no"]["global_checkpoint"]) for copy in copies if copy["routing"]["primary"]
    )


def note_predecessor(client: Elasticsearch, index: str, predecessor: Predecessor | None) -> None:
    """Store ``predecessor`` in the ``_meta`` of ``index``, for a rollback to it.

    The predecessor is the index that was live before ``index``. ``None`` means that there is no
    index to roll back to.
    """
    with cluster_errors(f"write the previous index into the mapping of {index}"):
        _, mapping = index_mapping(client, index)
        previous = asdict(predecessor) if predecessor else None
        meta = {**mapping.get("_meta", {}), "previous_index": previous}
        client.indices.put_mapping(index=index, meta=meta)


def continues(client: Elasticsearch, live: LiveIndex, earlier: str) -> bool:
    """Return whether ``live`` is the index ``earlier``, or replaced it with all its writes.

    Migrations and rollbacks note the index that was live before; a pruned one ends the search.
    """
    seen = {live.index}
    while live.index != earlier and live.previous_index is not None:
        previous = live.previous_index.index
        with cluster_errors(f"look for {previous}"):
            if previous in seen or not client.indices.exists(index=previous):
                break
        seen.add(previous)
        live = live_index(client, previous)
    return earlier in (live.index, live.previous_index.index if live.previous_index else None)

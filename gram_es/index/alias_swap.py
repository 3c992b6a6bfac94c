"""One index takes another's place behind the aliases, without a write lost on the way.

The successor stands behind the staging alias until then. It is told apart by its primary term: a
sequence number that was read in one index is never taken for one of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import LiveIndex, Predecessor, index_mapping, put_slot
from gram_es.index.names import concrete_index, staging_alias, write_alias
from gram_es.index.templates import put_templates

_BLOCK = "index.blocks.write"
_ALREADY_THERE = "resource_already_exists_exception"


def create_successor(client: Elasticsearch, alias: str, live: str) -> str:
    """Make an index of the present templates that may follow ``live``, and return its name.

    :raises CatalogueIndexError: if the cluster holds templates of a newer gram-es.
    """
    put_templates(client, alias)
    with cluster_errors(f"make a new index for {alias}"):
        name = _create(client, alias)
        _raise_term(client, name, above=_highest_term(client, live))
    return name


def _create(client: Elasticsearch, alias: str) -> str:
    """Make the index of the next second that no other index was made in."""
    at = datetime.now(UTC)
    while True:
        name = concrete_index(alias, at)
        try:
            client.indices.create(index=name)
        except BadRequestError as error:
            if error.error != _ALREADY_THERE:
                raise
            at += timedelta(seconds=1)
        else:
            return name


def _raise_term(client: Elasticsearch, index: str, *, above: int) -> None:
    while _highest_term(client, index) <= above:
        client.indices.close(index=index)
        client.indices.open(index=index, wait_for_active_shards=1)


def _highest_term(client: Elasticsearch, index: str) -> int:
    state = client.cluster.state(metric="metadata", index=index)["metadata"]["indices"]
    return max(map(int, state[index]["primary_terms"].values()))


def put_slots(client: Elasticsearch, index: str, live: LiveIndex) -> None:
    """Map all slots of ``live`` in another index, the live one last: it becomes live there too."""
    for name in sorted(live.slots, key=lambda name: name == live.live_slot):
        held, is_live = live.slots[name], name == live.live_slot
        given = {"slot": name, "fingerprint": held.fingerprint, "family": held.family}
        put_slot(client, index, **given, live=is_live)


def staged_index(client: Elasticsearch, alias: str) -> str | None:
    """Return the index behind the staging alias, if there is one."""
    with cluster_errors(f"read the alias {staging_alias(alias)}"):
        try:
            return next(iter(client.indices.get_alias(name=staging_alias(alias))))
        except NotFoundError:
            return None


def stage(client: Elasticsearch, alias: str, index: str) -> None:
    """Put ``index`` alone behind the staging alias, open to writing."""
    before = staged_index(client, alias)
    staging = staging_alias(alias)
    with cluster_errors(f"put {index} behind {staging}"):
        client.indices.put_settings(index=index, settings={_BLOCK: None})
        removed = [] if before in (None, index) else _aliased("remove", str(before), staging)
        client.indices.update_aliases(actions=[*removed, *_aliased("add", index, staging)])


def succeed(client: Elasticsearch, alias: str, old: str, new: str) -> None:
    """Let both aliases lead to ``new`` from now on, by one request.

    :raises CatalogueIndexError: if they led somewhere else than to ``old``.
    """
    removed = [*_aliased("remove", old, alias), *_aliased("remove", new, staging_alias(alias))]
    with cluster_errors(f"let {alias} lead to {new}"):
        try:
            client.indices.update_aliases(actions=[*removed, *_aliased("add", new, alias)])
        except NotFoundError:
            raise CatalogueIndexError(
                f"{alias} no longer leads to {old}, or {new} is gone: another process has changed "
                "that meanwhile; look with gram-es index status"
            ) from None


def _aliased(action: str, index: str, alias: str) -> list[dict[str, Any]]:
    """Return the actions that add or remove an alias and the one to write through."""
    read, write = {"index": index, "alias": alias}, {"index": index, "alias": write_alias(alias)}
    if action == "add":
        return [{"add": read}, {"add": {**write, "is_write_index": True}}]
    return [{action: {**one, "must_exist": True}} for one in (read, write)]


@contextmanager
def closed_to_writing(client: Elasticsearch, index: str) -> Iterator[None]:
    """Let no write come to ``index`` within the block, nor after it unless the block raises.

    Writes that are under way are waited for; others are asked to come again.
    """
    try:
        with cluster_errors(f"close {index} to writing for a moment"):
            client.indices.add_block(index=index, block="write")
        yield
    except BaseException:
        with cluster_errors(f"open {index} to writing again"):
            client.indices.put_settings(index=index, settings={_BLOCK: None})
        raise


def checkpoint(client: Elasticsearch, index: str) -> int:
    """Return a sequence number up to which every shard has what was written to it."""
    with cluster_errors(f"read how far the writes to {index} are"):
        stats = client.indices.stats(index=index, metric="docs", level="shards")
    copies = [copy for shard in stats["indices"][index]["shards"].values() for copy in shard]
    return min(
        int(copy["seq_no"]["global_checkpoint"]) for copy in copies if copy["routing"]["primary"]
    )


def note_predecessor(client: Elasticsearch, index: str, before: Predecessor | None) -> None:
    """Note in ``_meta`` what stood in the place of ``index``: the way back, if there is one."""
    with cluster_errors(f"note the way back in {index}"):
        _, mapping = index_mapping(client, index)
        noted = asdict(before) if before else None
        meta = {**mapping.get("_meta", {}), "previous_index": noted}
        client.indices.put_mapping(index=index, meta=meta)

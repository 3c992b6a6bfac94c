"""How far the writes to a shop's index have been read, shard by shard.

Every write to a shard has a sequence number. All writes up to a shard's global checkpoint are in
all of its copies, so that after a refresh a search finds them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from elasticsearch import Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.names import ENRICHMENTS

NOTHING_READ = -1


@dataclass
class Cursor:
    """The last sequence number that was read of each shard; what we wrote ourselves counts as read.

    ``own`` has the ranges of our own writes that are still ahead, the first one first.
    ``histories`` has the id of the history of each shard, which is another one after a snapshot has
    been restored. ``failed`` are the ids of documents that the model or the cluster rejected.
    """

    read: dict[int, int] = field(default_factory=dict)
    own: dict[int, list[range]] = field(default_factory=dict)
    histories: dict[int, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def of(self, shard: int) -> int:
        """Return the last number that was read of a shard; -1 stands for nothing."""
        return self.read.get(shard, NOTHING_READ)

    def note_own(self, shard: int, seq_nos: Iterable[int]) -> None:
        """Record our own writes to a shard."""
        ranges = self.own.setdefault(shard, [])
        for number in sorted(seq_nos):
            if ranges and ranges[-1].stop == number:
                ranges[-1] = range(ranges[-1].start, number + 1)
            else:
                ranges.append(range(number, number + 1))

    def forget(self, shard: int) -> None:
        """Record that nothing has been read of a shard."""
        self.read.pop(shard, None)
        self.own.pop(shard, None)

    def advance(self, shard: int, seq_no: int) -> None:
        """Record that all writes to a shard up to ``seq_no`` have been read."""
        ahead = self.own.setdefault(shard, [])
        read = max(self.of(shard), seq_no)
        while ahead and ahead[0].start <= read + 1:
            read = max(read, ahead.pop(0).stop - 1)
        self.read[shard] = read


class CursorStore:
    """Stores the cursor of one index, one slot and one mapping file in ``gram-es-enrichments``.

    :param uuid: the unique id of the index; another index, of the same name too, has another one.
    :param mapping: what decides how documents are read; with another one, all are read again.
    """

    def __init__(self, client: Elasticsearch, uuid: str, slot: str, mapping: object) -> None:
        digest = hashlib.sha256(repr(mapping).encode()).hexdigest()[:16]
        self._client = client
        self._id = f"cursor-{uuid}-{slot}-{digest}"
        self._slot = slot

    def load(self) -> Cursor:
        """Return the stored cursor, or one that has read nothing.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        with cluster_errors(f"read {ENRICHMENTS}"):
            try:
                source = self._client.get(index=ENRICHMENTS, id=self._id)["_source"]
            except NotFoundError:
                return Cursor()
        value = source["value"]
        return Cursor(
            read={int(shard): read for shard, read in value["read"].items()},
            histories={int(shard): each for shard, each in value["histories"].items()},
            failed={*value["failed"]},
        )

    def save(self, cursor: Cursor) -> None:
        """Store a cursor.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        at = datetime.now(UTC).isoformat(timespec="seconds")
        value = {
            "read": cursor.read,
            "histories": cursor.histories,
            "failed": sorted(cursor.failed),
        }
        document = {"kind": "cursor", "slot": self._slot, "at": at, "value": value}
        with cluster_errors(f"write {ENRICHMENTS}"):
            self._client.index(index=ENRICHMENTS, id=self._id, document=document)


@dataclass(frozen=True)
class ShardEnd:
    """How far a shard has been written: to ``checkpoint`` in all copies, to ``last`` in one.

    ``history`` is the id of the shard's history; sequence numbers of another history mean nothing.
    """

    checkpoint: int
    last: int
    history: str


def shard_ends(client: Elasticsearch, index: str) -> Mapping[int, ShardEnd]:
    """Return how far each shard of an index has been written.

    :raises CatalogueIndexError: if there is no such index, or more than one.
    :raises ClusterError: if the cluster rejects the request or does not answer.
    """
    with cluster_errors(f"read the sequence numbers of {index}"):
        stats = client.indices.stats(index=index, metric="docs", level="shards")
    entries = [*stats.get("indices", {}).values()]
    if len(entries) != 1:  # an index that is deleted just now is left out
        raise CatalogueIndexError(f"{index} stands for {len(entries)} indices now, not for one")
    [entry] = entries
    return {
        int(shard): ShardEnd(
            int(copy["seq_no"]["global_checkpoint"]),
            int(copy["seq_no"]["max_seq_no"]),
            str(copy["commit"]["user_data"].get("history_uuid")),
        )
        for shard, copies in entry["shards"].items()
        for copy in copies
        if copy["routing"]["primary"]
    }

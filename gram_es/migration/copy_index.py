"""Bring the documents of one index to another, each built anew, while feeds go on writing.

What is there already is not written again, so it may be cut short at any time and run again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterUnavailableError
from gram_es.index.alias_swap import checkpoint
from gram_es.index.documents import rebuild_document
from gram_es.index.names import write_alias
from gram_es.index.scan import EVERYTHING, Hit, scan
from gram_es.migration.fill_slot import Filled, write_all

_PAGE = 256
_PAGE_OF_IDS = 2_000
_SMALL = 100
_MOST_PASSES = 20
NOTHING_YET = -1


class Copier:
    """Makes one index hold what another holds, in passes over what was written since the last.

    Nobody else writes to the ``target``. ``refused`` has the reasons by id of what it did not
    take, as far as the source still holds that.

    :param source: a concrete index.
    :param target: the alias that the other one is read by.
    :param slots: the slots whose codes are brought over.
    :param since: a :func:`checkpoint` of the source up to which the target holds everything.
    """

    def __init__(
        self,
        client: Elasticsearch,
        source: str,
        target: str,
        *,
        slots: Collection[str],
        since: int = NOTHING_YET,
    ) -> None:
        self._client = client
        self._source = source
        self._target = target
        self._slots = slots
        self._since = since
        self.refused: dict[str, str] = {}

    def catch_up(self, looked_at: Callable[[int], object] = lambda _: None) -> int:
        """Pass over the source until little is left, and return how many documents were written.

        :param looked_at: is told of each page how many documents were looked at.
        :raises ClusterUnavailableError: if Elasticsearch stays away; run it again to go on.
        :raises CatalogueIndexError: if another process copies too.
        """
        total = 0
        for _ in range(_MOST_PASSES):
            done = self.copy_once(looked_at)
            total += done
            if done <= _SMALL:
                break
        return total

    def copy_once(self, looked_at: Callable[[int], object] = lambda _: None) -> int:
        """Bring over what was written or deleted since the last time; errors as above."""
        until = checkpoint(self._client, self._source)
        self._refresh(self._source)
        recent = {"range": {"_seq_no": {"gt": self._since}}}
        written = 0
        for page in scan(self._client, self._source, recent, page_size=_PAGE):
            written += self._copy(page)
            looked_at(len(page))
        written += self._delete_what_is_gone()
        self._since = until
        return written

    def _copy(self, page: Sequence[Hit]) -> int:
        held = self._read(self._target, [hit["_id"] for hit in page])
        actions = []
        for hit in page:
            document = rebuild_document(hit["_source"], slots=self._slots)
            there = held.get(hit["_id"])
            if there is None:
                actions.append({**self._action("create", hit["_id"]), "_source": document})
            elif there["_source"] != document:
                actions.append({**self._guarded("index", there), "_source": document})
            self.refused.pop(hit["_id"], None)
        done = self._write(actions)
        self.refused |= done.refused
        return done.written

    def _delete_what_is_gone(self) -> int:
        """Delete what the source no longer holds; equal numbers say that there is nothing."""
        self._refresh(self._target)
        if not self.refused and self._count(self._source) == self._count(self._target):
            return 0
        deleted = 0
        pages = scan(self._client, self._target, EVERYTHING, page_size=_PAGE_OF_IDS, source=False)
        for page in pages:
            held = self._read(self._source, [hit["_id"] for hit in page], source=False)
            gone = [self._guarded("delete", hit) for hit in page if hit["_id"] not in held]
            deleted += self._write(gone).written
        held = self._read(self._source, [*self.refused], source=False)
        self.refused = {name: reason for name, reason in self.refused.items() if name in held}
        return deleted

    def _write(self, actions: Sequence[dict[str, Any]]) -> Filled:
        doing = f"copy {self._source} to {self._target}"
        done = write_all(self._client, write_alias(self._target), actions, doing)
        if done.overtaken:
            raise CatalogueIndexError(
                f"cannot {doing}: another process writes there too ({done.overtaken[0]}); "
                "let one gram-es index migrate or rollback run at a time"
            )
        return done

    def _read(
        self, index: str, ids: Sequence[str], *, source: bool = True
    ) -> dict[str, Mapping[str, Any]]:
        if not ids:
            return {}
        with cluster_errors(f"read products of {index}"):
            answer = self._client.mget(index=index, ids=ids, source=source)
        unread = [found["_id"] for found in answer["docs"] if "error" in found]
        if unread:
            raise ClusterUnavailableError(
                f"cannot read {unread[0]} of {index}; run the command again to go on"
            )
        return {found["_id"]: found for found in answer["docs"] if found["found"]}

    def _guarded(self, kind: str, there: Mapping[str, Any]) -> dict[str, Any]:
        guard = {"if_seq_no": there["_seq_no"], "if_primary_term": there["_primary_term"]}
        return {**self._action(kind, there["_id"]), **guard}

    def _action(self, kind: str, product_id: str) -> dict[str, Any]:
        return {"_op_type": kind, "_index": write_alias(self._target), "_id": product_id}

    def _refresh(self, index: str) -> None:
        with cluster_errors(f"make what was written to {index} searchable"):
            self._client.indices.refresh(index=index)

    def _count(self, index: str) -> int:
        with cluster_errors(f"count the documents of {index}"):
            return int(self._client.count(index=index)["count"])

"""Copy the documents of one index to another, in the current schema.

Feeds can be ingested meanwhile. Documents that are equal in both indices are not written again, so
an interrupted copy can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterUnavailableError
from gram_es.index.alias_swap import global_checkpoint
from gram_es.index.documents import rebuild_document, weighted_slots
from gram_es.index.names import write_alias
from gram_es.index.scan import EVERYTHING, Hit, scan
from gram_es.migration.fill_slot import WriteReport, write_all

_PAGE = 256
_PAGE_OF_IDS = 2_000
_SMALL = 100
_MAX_PASSES = 20
_ROUNDS = 3
NOTHING_COPIED = -1
"""The value of ``since`` if the target has no documents of the source yet."""


class Copier:
    """Makes the documents of the index ``target`` equal to those of the index ``source``.

    It works in passes: each pass copies the writes to the source since the previous pass. No other
    process may write to the target. ``rejected`` gives, by id, the reason why the target did not
    accept a document. Documents that the source no longer has are removed from the target.

    :param source: a concrete index.
    :param target: the read alias of the index to copy to.
    :param slots: the slots whose codes are copied.
    :param since: a sequence number of the source (:func:`global_checkpoint`). The target already
        has all writes up to this number.
    """

    def __init__(
        self,
        client: Elasticsearch,
        source: str,
        target: str,
        *,
        slots: Collection[str],
        since: int = NOTHING_COPIED,
    ) -> None:
        self._client = client
        self._source = source
        self._target = target
        self._slots = slots
        self._since = since
        self.rejected: dict[str, str] = {}

    def catch_up(self, on_progress: Callable[[int], object] = lambda _: None) -> int:
        """Repeat :meth:`copy_once` until one pass writes few documents.

        Return how many documents the passes have written in all.

        :param on_progress: called after each page with the number of its documents.
        :raises ClusterUnavailableError: if Elasticsearch stays overloaded; repeat the call later.
        :raises CatalogueIndexError: if another process also writes to the target.
        """
        total = 0
        for _ in range(_MAX_PASSES):
            written = self.copy_once(on_progress)
            total += written
            if written <= _SMALL:
                break
        return total

    def copy_once(self, on_progress: Callable[[int], object] = lambda _: None) -> int:
        """Copy the changes since the last pass; return how many documents of the target changed.

        The parameter and the errors are those of :meth:`catch_up`.
        """
        until = global_checkpoint(self._client, self._source)
        self._refresh(self._source)
        recent = {"range": {"_seq_no": {"gt": self._since}}}
        written = 0
        for page in scan(self._client, self._source, recent, page_size=_PAGE):
            written += self._copy(page)
            on_progress(len(page))
        written += self._delete_missing()
        self._since = until
        return written

    def _copy(self, page: Sequence[Hit]) -> int:
        report = self._write(partial(self._actions, page))
        self.rejected |= report.rejected
        return report.written

    def _actions(self, page: Sequence[Hit]) -> list[dict[str, Any]]:
        """Return the bulk actions that make the copies of the documents equal to them."""
        copies = self._read(self._target, [hit["_id"] for hit in page])
        actions = []
        for hit in page:
            document = rebuild_document(hit["_source"], slots=self._slots)
            copy = copies.get(hit["_id"])
            if copy is None:
                actions.append({**self._action("create", hit["_id"]), "_source": document})
            elif {**copy["_source"], "gram": weighted_slots(copy["_source"], self._slots)} != {
                "gram": {},
                **document,
            }:
                actions.append({**self._guarded_action("index", copy), "_source": document})
            self.rejected.pop(hit["_id"], None)
        return actions

    def _delete_missing(self) -> int:
        """Delete the target's documents that the source no longer has, and return their number.

        Nothing is deleted if both indices have the same number of documents and the target has
        rejected none.
        """
        self._refresh(self._target)
        if not self.rejected and self._count(self._source) == self._count(self._target):
            return 0
        deleted = 0
        pages = scan(self._client, self._target, EVERYTHING, page_size=_PAGE_OF_IDS, source=False)
        for page in pages:
            originals = self._read(self._source, [hit["_id"] for hit in page], source=False)
            unlisted = [hit["_id"] for hit in page if hit["_id"] not in originals]
            deleted += self._write(partial(self._deletes, unlisted)).written
        originals = self._read(self._source, [*self.rejected], source=False)
        self.rejected = {
            product_id: reason
            for product_id, reason in self.rejected.items()
            if product_id in originals
        }
        return deleted

    def _deletes(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        copies = self._read(self._target, ids, source=False)
        return [self._guarded_action("delete", copy) for copy in copies.values()]

    def _write(self, make_actions: Callable[[], list[dict[str, Any]]]) -> WriteReport:
        """Send the actions to the target; ``written`` of the report counts all that took effect.

        If the answer to a bulk request was lost, the client has sent it again, and it conflicts
        with itself. After a conflict, the remaining actions are therefore made again.
        """
        purpose = f"copy {self._source} to {self._target}"
        actions, rejected = make_actions(), dict[str, str]()
        total = len(actions)
        for _ in range(_ROUNDS):
            report = write_all(self._client, write_alias(self._target), actions, purpose)
            rejected |= report.rejected
            if not report.conflicting_ids:
                return WriteReport(total - len(rejected), rejected=rejected)
            actions = make_actions()
        raise CatalogueIndexError(
            f"cannot {purpose}: another process also writes to {self._target} "
            f"({report.conflicting_ids[0]}); end it, then run the command again"
        )

    def _read(
        self, index: str, ids: Sequence[str], *, source: bool = True
    ) -> dict[str, Mapping[str, Any]]:
        if not ids:
            return {}
        with cluster_errors(f"read products of {index}"):
            answer = self._client.mget(index=index, ids=ids, source=source)
        failed_ids = [document["_id"] for document in answer["docs"] if "error" in document]
        if failed_ids:
            raise ClusterUnavailableError(f"cannot read {failed_ids[0]} of {index} at present")
        return {document["_id"]: document for document in answer["docs"] if document["found"]}

    def _guarded_action(self, kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return a bulk action that conflicts if the document has changed since it was read."""
        guard = {"if_seq_no": document["_seq_no"], "if_primary_term": document["_primary_term"]}
        return {**self._action(kind, document["_id"]), **guard}

    def _action(self, kind: str, product_id: str) -> dict[str, Any]:
        return {"_op_type": kind, "_index": write_alias(self._target), "_id": product_id}

    def _refresh(self, index: str) -> None:
        with cluster_errors(f"refresh {index}"):
            self._client.indices.refresh(index=index)

    def _count(self, index: str) -> int:
        with cluster_errors(f"count the documents of {index}"):
            return int(self._client.count(index=index)["count"])

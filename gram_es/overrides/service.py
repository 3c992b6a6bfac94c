"""Set and remove overrides, and apply the change to the index immediately."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.lifecycle import live_index
from gram_es.index.scan import read_live_codes
from gram_es.overrides.reconcile import Reconciler
from gram_es.overrides.rules import Kind, Override, code_key
from gram_es.overrides.store import OverrideStore


@dataclass(frozen=True)
class OverrideChange:
    """The overrides that were set or removed, and their effect on the index.

    ``products`` is the number of documents that changed. ``new_codes`` are codes that no product of
    the live index had before. A code that the model does not know is searched only if it is pinned
    to the query.
    """

    overrides: tuple[Override, ...]
    products: int
    new_codes: tuple[str, ...] = ()


class OverrideService:
    """Sets and removes the overrides of one index; an interrupted operation can be repeated."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index
        self.store = OverrideStore(client, index)
        self._reconciler = Reconciler(client, index)

    def set(
        self, overrides: Sequence[Override], on_progress: Callable[[int], object] = lambda _: None
    ) -> OverrideChange:
        """Store overrides and apply them to the documents in the index.

        If the live index contains a code with the same stems as a locked or pinned code, the
        override is stored with the surface form in the index.

        :param on_progress: called after each page of documents with the number of documents in it;
            pages are read only for a ban that applies everywhere.
        :raises CatalogueIndexError: if there is no index.
        :raises ClusterUnavailableError: if Elasticsearch does not answer; call :meth:`apply` later
            to finish.
        """
        live = self._live_codes()
        label_of = {code_key(code): code for code in live}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        stored = tuple(
            replace(rule, code=_live_label(rule, live, label_of), at=rule.at or now)
            for rule in overrides
        )
        self.store.put(stored)
        adds_code = (Kind.LOCK, Kind.PIN)
        new_codes = dict.fromkeys(rule.code for rule in stored if rule.kind in adds_code)
        return OverrideChange(
            stored,
            self._reconcile(stored, on_progress),
            tuple(code for code in new_codes if code not in live),
        )

    def remove(
        self, ids: Sequence[str], on_progress: Callable[[int], object] = lambda _: None
    ) -> OverrideChange:
        """Remove overrides and restore the model's codes.

        :raises UnknownOverrideError: if no override has one of the ids; then nothing is removed.
        :raises ClusterUnavailableError: if Elasticsearch does not answer; call :meth:`apply` later
            to finish.
        """
        removed = tuple(self.store.find(ids))
        self.store.remove(ids)
        return OverrideChange(removed, self._reconcile(removed, on_progress))

    def apply(self, on_progress: Callable[[int], object] = lambda _: None) -> int:
        """Apply all overrides to every document and return how many documents were written.

        :raises CatalogueIndexError: if there is no index.
        """
        live_index(self._client, self._index)
        return self._reconciler.reconcile_all(on_progress)

    def _live_codes(self) -> frozenset[str]:
        live = live_index(self._client, self._index)
        if live.live_slot is None:
            return frozenset()
        with cluster_errors(f"make what was written to {live.index} searchable"):
            self._client.indices.refresh(index=live.index)
        return frozenset(read_live_codes(self._client, live.index, live.live_slot))

    def _reconcile(self, changed: Sequence[Override], on_progress: Callable[[int], object]) -> int:
        ids = dict.fromkeys(rule.product_id for rule in changed if rule.product_id is not None)
        keys = {code_key(rule.code) for rule in changed if rule.is_everywhere}
        written = self._reconciler.reconcile_products([*ids])
        return written + (self._reconciler.reconcile_codes(keys, on_progress) if keys else 0)


def _live_label(
    override: Override, live: frozenset[str], label_of: dict[tuple[str, ...], str]
) -> str:
    """Return the surface form with which to store an override's code.

    If a live code has the same stems, use the live code's form. Otherwise use the form of the first
    new override with these stems. A ban keeps its own form, because it applies to all forms.
    """
    if override.kind in (Kind.BAN, Kind.KEEP) or override.code in live:
        return override.code
    return label_of.setdefault(code_key(override.code), override.code)

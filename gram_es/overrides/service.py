"""Setting and lifting overrides: they are kept, and the index obeys them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.lifecycle import live_index
from gram_es.index.scan import read_live_codes
from gram_es.overrides.reconcile import Mender
from gram_es.overrides.rules import Kind, Override, code_key
from gram_es.overrides.store import OverrideStore


@dataclass(frozen=True)
class Settled:
    """Overrides as they were set or lifted, and how many documents changed by that.

    ``strange`` are codes that no product of the live slot had before: unless the model knows them,
    only a pin leads shoppers to them.
    """

    overrides: tuple[Override, ...]
    products: int
    strange: tuple[str, ...] = ()


class Desk:
    """Where a person sets overrides for one index; safe to repeat, and to cut short."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index
        self.store = OverrideStore(client, index)
        self._mender = Mender(client, index)

    def set(
        self, overrides: Sequence[Override], looked_at: Callable[[int], object] = lambda _: None
    ) -> Settled:
        """Keep overrides and mend what stands in the index.

        A code whose words are those of a live code takes its surface form.

        :param looked_at: is told how many documents more were looked at for a ban everywhere.
        :raises CatalogueIndexError: if there is no index.
        :raises ClusterUnavailableError: if Elasticsearch stays away; :meth:`apply` goes on.
        """
        live = self._live_codes()
        label_of = {code_key(code): code for code in live}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        kept = tuple(
            replace(one, code=_known_as(one, live, label_of), at=one.at or now) for one in overrides
        )
        self._mender.make_room()
        self.store.put(kept)
        strange = dict.fromkeys(one.code for one in kept if one.kind is not Kind.BAN)
        return Settled(
            kept, self._mend(kept, looked_at), tuple(code for code in strange if code not in live)
        )

    def lift(
        self, ids: Sequence[str], looked_at: Callable[[int], object] = lambda _: None
    ) -> Settled:
        """Remove overrides; products get back what the model gave them.

        :raises UnknownOverrideError: naming ids that there is no override of; none is removed then.
        :raises ClusterUnavailableError: if Elasticsearch stays away; :meth:`apply` goes on.
        """
        lifted = tuple(self.store.find(ids))
        self.store.remove(ids)
        return Settled(lifted, self._mend(lifted, looked_at))

    def apply(self, looked_at: Callable[[int], object] = lambda _: None) -> int:
        """Make every document obey the overrides and return how many were written."""
        self._mender.make_room()
        return self._mender.mend_all(looked_at)

    def _live_codes(self) -> frozenset[str]:
        found = live_index(self._client, self._index)
        if found.live_slot is None:
            return frozenset()
        with cluster_errors(f"make what was written to {found.index} searchable"):
            self._client.indices.refresh(index=found.index)
        return frozenset(read_live_codes(self._client, found.index, found.live_slot))

    def _mend(self, changed: Sequence[Override], looked_at: Callable[[int], object]) -> int:
        ids = dict.fromkeys(one.product_id for one in changed if one.product_id is not None)
        keys = {code_key(one.code) for one in changed if one.is_everywhere}
        mended = self._mender.mend_products([*ids])
        return mended + (self._mender.mend_codes(keys, looked_at) if keys else 0)


def _known_as(
    override: Override, live: frozenset[str], label_of: dict[tuple[str, ...], str]
) -> str:
    """Return the code of the same words that is live, or was named first.

    What is banned is so in every surface form.
    """
    if override.kind is Kind.BAN or override.code in live:
        return override.code
    return label_of.setdefault(code_key(override.code), override.code)

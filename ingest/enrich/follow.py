"""Follow a shop's index: enrich what is written to it within seconds, until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterError
from gram_es.text.normalise import clean_text
from ingest.enrich.start import PreparedIndex

logger = logging.getLogger(__name__)

_MAX_PAUSE_S = 60.0
_CHECKED_EVERY_S = 60.0
_CLEANED_EVERY_S = 86_400.0
_RETRIED_EVERY_S = 600.0


class Follower:
    """Enriches a shop's index again and again.

    If the shop's name stands for another index, or the mapping lost our slot, the index is prepared
    again. Failures are logged and tried again after growing pauses, up to a minute.

    :param prepared: the index that the shop's name stands for.
    :param prepare: returns the index that the name stands for later.
    :param restore: adds what the mapping or the aliases of the index have lost.
    :param interval_s: the pause between two looks at the index.
    """

    def __init__(
        self,
        client: Elasticsearch,
        name: str,
        prepared: PreparedIndex,
        *,
        prepare: Callable[[], PreparedIndex],
        restore: Callable[[], object],
        interval_s: float,
    ) -> None:
        self._client = client
        self._name = name
        self._prepare = prepare
        self._restore = restore
        self._interval_s = interval_s
        self._prepared = prepared
        self._checked_at = self._cleaned_at = time.monotonic()
        self._retried_at = -_RETRIED_EVERY_S
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        """Follow the index until ``stop`` is set."""
        while not stop.is_set():
            try:
                self.look(stop)
                self._failures = 0
            except (ClusterError, CatalogueIndexError) as error:
                self._failures += 1
                self._checked_at -= _CHECKED_EVERY_S
                logger.warning("%s: %s", self._name, error)
            stop.wait(self.pause_s)

    @property
    def pause_s(self) -> float:
        """The seconds to the next look: the longer, the more of the last ones failed."""
        return float(min(_MAX_PAUSE_S, self._interval_s * 2 ** min(self._failures, 10)))

    def look(self, stop: threading.Event) -> None:
        """Enrich what was written since the last look.

        :raises CatalogueIndexError: if the index cannot be enriched.
        :raises ClusterError: if the cluster rejects a request or does not answer.
        """
        prepared = self._current()
        before = prepared.enricher.counts.written
        try:
            if time.monotonic() - self._retried_at > _RETRIED_EVERY_S:
                prepared.enricher.retry_failed(stop)
                self._retried_at = time.monotonic()
            prepared.enricher.catch_up(stop)
        finally:
            _log(prepared, before)
        if time.monotonic() - self._cleaned_at > _CLEANED_EVERY_S:
            prepared.cache.delete_old()
            self._cleaned_at = time.monotonic()

    def _current(self) -> PreparedIndex:
        if self._uuid() != self._prepared.shop.uuid:
            self._prepared = self._prepare()
            logger.info("%s is %s now", self._name, self._prepared.shop.index)
        elif time.monotonic() - self._checked_at > _CHECKED_EVERY_S:
            self._restore()
        else:
            return self._prepared
        self._checked_at = time.monotonic()
        return self._prepared

    def _uuid(self) -> str | None:
        with cluster_errors(f"look for {self._name}"):
            answer = self._client.indices.get_settings(
                index=self._name, name="index.uuid", ignore_unavailable=True
            )
        uuids = [entry["settings"]["index"]["uuid"] for entry in answer.body.values()]
        return uuids[0] if len(uuids) == 1 else None


def _log(prepared: PreparedIndex, written_before: int) -> None:
    """Log what was written and rejected since the last call, and forget the rejections."""
    counts = prepared.enricher.counts
    written = counts.written - written_before
    if written or counts.rejected:
        logger.info(
            "%s: %d written, %d rejected", prepared.shop.index, written, len(counts.rejected)
        )
    for product_id, reason in counts.rejected.items():
        logger.warning("%s has no codes: %s", clean_text(product_id), reason)
    counts.rejected.clear()


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and Ctrl-C set, so that the work at hand is finished."""
    stop = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    earlier = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)

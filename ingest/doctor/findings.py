"""The types of the checks: a site is the input of a check, and findings are its output."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from elasticsearch import AuthorizationException, Elasticsearch

from gram_es.cluster.client import cluster_errors, connect
from gram_es.errors import ClusterUnavailableError, GramError
from gram_es.index.lifecycle import LiveIndex
from gram_es.settings import Settings

_SHOWN_CHARS = 12


def short(fingerprint: str | None) -> str:
    """Return the first characters of a fingerprint, which are enough to distinguish models."""
    return fingerprint[:_SHOWN_CHARS] if fingerprint else "no model"


def live_fingerprint(live: LiveIndex) -> str | None:
    """Return the fingerprint of the live model, whose codes the search uses, or ``None``."""
    slot = live.slots.get(live.live_slot or "")
    return slot.fingerprint if slot else None


class Level(StrEnum):
    """The severity of a finding."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """One result of a check.

    ``message`` describes the state that the check found. ``remedy`` is the next step of the
    operator; it is empty if no action is needed.
    """

    level: Level
    message: str
    remedy: str = ""


def ok(message: str) -> Finding:
    """Return a finding that needs no action."""
    return Finding(Level.OK, message)


def warning(message: str, remedy: str) -> Finding:
    """Return a finding of a problem that degrades ingest or search, now or later."""
    return Finding(Level.WARNING, message, remedy)


def failure(message: str, remedy: str) -> Finding:
    """Return a finding of a problem that stops ingest or search."""
    return Finding(Level.FAILURE, message, remedy)


def finding_from_error(level: Level, error: object) -> Finding:
    """Return the finding of an error; the text after the error's last ``;`` is the remedy."""
    message, _, remedy = str(error).rpartition("; ")
    return Finding(level, message, remedy) if message else Finding(level, remedy)


@dataclass
class Site:
    """The installation to check: its settings, the folder of its model, and its cluster."""

    settings: Settings
    model_dir: Path
    _client: Elasticsearch | None = field(default=None, init=False)
    _is_unreachable: bool = field(default=False, init=False)

    @property
    def client(self) -> Elasticsearch:
        """A client of the cluster. If the first connection fails, no second one is attempted.

        :raises ClusterError: if there is no cluster, or it does not answer.
        """
        if self._is_unreachable:
            raise ClusterUnavailableError("the cluster cannot be reached")
        if self._client is None:
            try:
                self._client = self._connect()
            except GramError:
                self._is_unreachable = True
                raise
        return self._client

    def _connect(self) -> Elasticsearch:
        client = connect(self.settings)
        # A process of the shop may read nothing of the cluster: a refusal is an answer as well.
        with cluster_errors("reach the cluster"), suppress(AuthorizationException):
            client.nodes.info(metric="os", filter_path="cluster_name")
        return client

    def close(self) -> None:
        """Close the connections to the cluster, if there are any."""
        if self._client is not None:
            self._client.close()

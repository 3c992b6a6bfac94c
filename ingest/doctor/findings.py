"""What a check works on, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors, connect
from gram_es.errors import ClusterUnavailableError, GramError
from gram_es.index.lifecycle import LiveIndex
from gram_es.settings import Settings

_SHOWN_CHARS = 12


def short(fingerprint: str | None) -> str:
    """Return as much of a fingerprint as tells models apart."""
    return fingerprint[:_SHOWN_CHARS] if fingerprint else "no model"


def live_fingerprint(live: LiveIndex) -> str | None:
    """Return the model whose codes are live in the index, or ``None``."""
    slot = live.slots.get(live.live_slot or "")
    return slot.fingerprint if slot else None


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """One line: how bad it is, what was found, and what mends it (empty where nothing must be)."""

    level: Level
    found: str
    remedy: str = ""


def ok(found: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(Level.OK, found)


def warning(found: str, remedy: str) -> Finding:
    """Return a finding that costs something, or will."""
    return Finding(Level.WARNING, found, remedy)


def failure(found: str, remedy: str) -> Finding:
    """Return a finding that keeps ingest or search from their work."""
    return Finding(Level.FAILURE, found, remedy)


def told(level: Level, sentence: object) -> Finding:
    """Return a finding that says an error of ours, which ends with its remedy after a semicolon."""
    found, _, remedy = str(sentence).rpartition("; ")
    return Finding(level, found, remedy) if found else Finding(level, remedy)


@dataclass
class Site:
    """A shop's gram-es: its settings, its model's folder, and its cluster."""

    settings: Settings
    model_dir: Path
    _client: Elasticsearch | None = field(default=None, init=False)
    _is_lost: bool = field(default=False, init=False)

    @property
    def client(self) -> Elasticsearch:
        """A client of the cluster, which has answered once; a silent one is not asked again.

        :raises ClusterError: if there is no cluster, or it does not answer.
        """
        if self._is_lost:
            raise ClusterUnavailableError("there is no cluster to ask")
        if self._client is None:
            try:
                self._client = self._reach()
            except GramError:
                self._is_lost = True
                raise
        return self._client

    def _reach(self) -> Elasticsearch:
        client = connect(self.settings)
        with cluster_errors("reach the cluster"):
            client.nodes.info(metric="os", filter_path="cluster_name")
        return client

    def close(self) -> None:
        """Close the connections to the cluster, if there are any."""
        if self._client is not None:
            self._client.close()

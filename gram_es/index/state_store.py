"""Small facts that outlive a process, kept in the side index ``gram-es-state``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import LEDGER, STATE

_RUN_COUNTER = "run-number"
_MOST_STATES = 1_000


@dataclass(frozen=True)
class State:
    """A fact as it was last written, at ``at`` by the writer's clock."""

    key: str
    at: datetime
    value: Mapping[str, Any]


def next_run_number(client: Elasticsearch) -> int:
    """Return a number greater than any given before, also when several callers ask at once.

    It is the version of one document, which every write raises by one. Where that document was lost
    (its index deleted, a snapshot restored without it), it goes on behind the runs of the ledger.
    """
    with cluster_errors("draw a run number"):
        number, last = _draw(client), _last_run(client)
        while number <= last:
            try:
                number = _draw(client, version=last + 1, version_type="external")
            except ConflictError:  # another caller was faster
                number = _draw(client)
    return number


def _draw(client: Elasticsearch, **version: Any) -> int:
    document = {"key": _RUN_COUNTER, "at": _now()}
    answer = client.index(index=STATE, id=_RUN_COUNTER, document=document, **version)
    return int(answer["_version"])


def _last_run(client: Elasticsearch) -> int:
    answer = client.search(
        index=LEDGER, size=0, aggs={"last": {"max": {"field": "run"}}}, ignore_unavailable=True
    )
    return int(answer.get("aggregations", {}).get("last", {}).get("value") or 0)


def read_state(client: Elasticsearch, key: str) -> dict[str, Any] | None:
    """Return what was last written under ``key``, or ``None``."""
    with cluster_errors(f"read the state {key}"):
        try:
            found = client.get(index=STATE, id=key)
        except NotFoundError:
            return None
    value = found["_source"]["value"]
    assert isinstance(value, dict)
    return value


def write_state(client: Elasticsearch, key: str, value: Mapping[str, Any]) -> None:
    """Keep ``value``, which JSON must be able to carry, under ``key``."""
    document = {"key": key, "at": _now(), "value": dict(value)}
    with cluster_errors(f"write the state {key}"):
        client.index(index=STATE, id=key, document=document)


def read_states(client: Elasticsearch, prefix: str) -> list[State]:
    """Return what is kept under keys that begin with ``prefix``, by key; a second old at most."""
    with cluster_errors(f"read the states {prefix}*"):
        answer = client.search(
            index=STATE,
            query={"prefix": {"key": prefix}},
            sort=[{"key": "asc"}],
            size=_MOST_STATES,
        )
    kept = [hit["_source"] for hit in answer["hits"]["hits"]]
    return [State(one["key"], datetime.fromisoformat(one["at"]), one["value"]) for one in kept]


def forget_state(client: Elasticsearch, key: str) -> None:
    """Remove what is kept under ``key``, if there is anything."""
    with cluster_errors(f"forget the state {key}"):
        client.options(ignore_status=404).delete(index=STATE, id=key)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""Store small values by key in the side index ``gram-es-state``, and number ingest runs there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import DEAD, LEDGER, STATE, write_alias

_RUN_COUNTER = "run-number"
_MAX_STATES = 1_000


@dataclass(frozen=True)
class State:
    """A stored value; ``at`` is the time of its last write, by the clock of the writer."""

    key: str
    at: datetime
    value: Mapping[str, Any]


def next_run_number(client: Elasticsearch, *, above: int = 0) -> int:
    """Return a number for a new ingest run, greater than all numbers returned before.

    Several processes may call this at the same time; they get different numbers. The number is the
    version of one document; every write increases this version by one. If that document is lost
    (because its index was deleted or restored without it), the numbers continue after the last run
    that the ledger or a dead letter contains.

    :param above: the number is also greater than this one, which is normally the result of
        :func:`last_run_of_products`.
    """
    with cluster_errors("get a run number"):
        number, last = _write_counter(client), max(above, _last_recorded_run(client))
        while number <= last:
            try:
                number = _write_counter(client, version=last + 1, version_type="external")
            except ConflictError:  # another caller was faster
                number = _write_counter(client)
    return number


def last_run_number(client: Elasticsearch) -> int:
    """Return the last number of :func:`next_run_number`, or 0 if its counter is lost."""
    with cluster_errors("read the number of the last run"):
        try:
            return int(client.get(index=STATE, id=_RUN_COUNTER, source=False)["_version"])
        except NotFoundError:
            return 0


def last_run_of_products(client: Elasticsearch, index: str) -> int:
    """Return the greatest run number in the products behind ``index``, or 0 if there is none.

    Products that were written within the last second may be missing.
    """
    with cluster_errors(f"read the last run of the products behind {index}"):
        return _greatest(client, write_alias(index), "feed.run")


def _write_counter(client: Elasticsearch, **version: Any) -> int:
    document = {"key": _RUN_COUNTER, "at": _now()}
    answer = client.index(index=STATE, id=_RUN_COUNTER, document=document, **version)
    return int(answer["_version"])


def _last_recorded_run(client: Elasticsearch) -> int:
    return max(_greatest(client, LEDGER, "run"), _greatest(client, DEAD, "failed_in"))


def _greatest(client: Elasticsearch, index: str, field: str) -> int:
    answer = client.search(
        index=index, size=0, aggs={"last": {"max": {"field": field}}}, ignore_unavailable=True
    )
    return int(answer.get("aggregations", {}).get("last", {}).get("value") or 0)


def write_state(client: Elasticsearch, key: str, value: Mapping[str, Any]) -> None:
    """Store ``value``, which has to be serializable as JSON, under ``key``."""
    document = {"key": key, "at": _now(), "value": dict(value)}
    with cluster_errors(f"write the state {key}"):
        client.index(index=STATE, id=key, document=document)


def read_states(client: Elasticsearch, prefix: str) -> list[State]:
    """Return the states whose keys begin with ``prefix``, sorted by key.

    Writes of the last second may be missing.
    """
    with cluster_errors(f"read the states {prefix}*"):
        answer = client.search(
            index=STATE,
            query={"prefix": {"key": prefix}},
            sort=[{"key": "asc"}],
            size=_MAX_STATES,
        )
    documents = [hit["_source"] for hit in answer["hits"]["hits"]]
    return [
        State(document["key"], datetime.fromisoformat(document["at"]), document["value"])
        for document in documents
    ]


def delete_state(client: Elasticsearch, key: str) -> None:
    """Delete the value under ``key``, if there is one."""
    with cluster_errors(f"delete the state {key}"):
        client.options(ignore_status=404).delete(index=STATE, id=key)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""Measure the goodput of ``GET /search`` at 1, 2 and 4 times the load that the service can serve.

``python benchmarks/load.py http://127.0.0.1:8080/ JUDGMENTS.tsv`` first measures the capacity with
clients that each wait for an answer before they send the next request. Then it sends 1, 2 and 4
times as many requests per second. This load is open: a request is sent when it is due, whether or
not earlier requests were answered. Its latency is counted from its due time. No query is
sent twice. Goodput is the number of answers per second with status 200 within ``--within`` seconds.
The clients use the same processors as the service, so compare only the ratios.
"""

from __future__ import annotations

import argparse
import http.client
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import local
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np

from gram_es.evaluation.judgments import read_judgments

_MAX_IN_FLIGHT = 512
_MAX_QUERIES = 200_000
_REQUEST_TIMEOUT_S = 30
_WARM_UP = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request.

    ``status`` is the HTTP status, or 0 if no answer came. ``latency_s`` is the time since the
    request was due. ``mode`` is the search mode that the answer states, or empty if the status is
    not 200.
    """

    status: int
    latency_s: float
    mode: str = ""


class Service:
    """A client of the service at an address; each thread has a connection."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self._of_thread = local()

    def search(self, query: str) -> Any:
        """Return the JSON of the answer to ``query``.

        :raises RuntimeError: if the status is not 200.
        """
        status, body = self._search(query)
        if status != 200:
            raise RuntimeError(f"status {status} for {query!r}: {body.decode()[:200]}")
        return json.loads(body)

    def measure(self, query: str, due: float) -> Answer:
        """Search for ``query`` and return the answer; ``due`` is a ``time.perf_counter`` time."""
        try:
            status, body = self._search(query)
        except OSError:
            return Answer(0, time.perf_counter() - due)
        latency_s = time.perf_counter() - due
        return Answer(status, latency_s, json.loads(body)["mode"] if status == 200 else "")

    def _search(self, query: str) -> tuple[int, bytes]:
        path = f"/search?{urlencode({'q': query})}"
        connection = getattr(self._of_thread, "connection", None)
        if connection is not None:
            try:
                return self._get(connection, path)
            except ConnectionError:
                pass  # the service closes connections that are idle for some seconds
        return self._get(http.client.HTTPConnection(self._host, timeout=_REQUEST_TIMEOUT_S), path)

    def _get(self, connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
        self._of_thread.connection = None
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if isinstance(error, OSError):
                raise
            raise OSError(str(error)) from None
        self._of_thread.connection = connection
        return response.status, body


def read_queries(judgments: Path) -> list[str]:
    """Return the different queries of a judgments file."""
    return list(dict.fromkeys(judgment.query for judgment in read_judgments(judgments)))


def distinct_queries(queries: Sequence[str]) -> Iterator[str]:
    """Yield the queries, then more queries: each query with a word of another query added.

    The added word is the first word of the next query, then of the query after that, and so on.
    """
    yield from queries
    for step in range(1, len(queries)):
        for number, query in enumerate(queries):
            yield f"{query} {queries[(number + step) % len(queries)].split()[0]}"


def capacity(service: Service, queries: Iterator[str], *, clients: int, seconds: float) -> float:
    """Return how many good answers per second ``clients`` clients get.

    Each client sends one request at a time.
    """
    end = time.perf_counter() + seconds

    def client() -> int:
        good = 0
        while (now := time.perf_counter()) < end:
            good += service.measure(next(queries), now).status == 200
        return good

    with ThreadPoolExecutor(clients) as threads:
        futures = [threads.submit(client) for _ in range(clients)]
        good = sum(future.result() for future in futures)
        return good / (time.perf_counter() - end + seconds)


def send_at_rate(
    service: Service, queries: Iterator[str], *, mean_gap_s: float, seconds: float, seed: int
) -> list[Answer]:
    """Send requests ``mean_gap_s`` apart on average (a Poisson process); return the answers."""
    gaps = np.random.default_rng(seed).exponential(mean_gap_s, size=int(seconds / mean_gap_s))
    futures: list[Future[Answer]] = []
    due = time.perf_counter()
    with ThreadPoolExecutor(_MAX_IN_FLIGHT) as threads:
        for gap in gaps:
            due += gap
            time.sleep(max(0.0, due - time.perf_counter()))
            futures.append(threads.submit(service.measure, next(queries), due))
        return [future.result() for future in futures]


def print_load(name: str, answers: Sequence[Answer], *, within_s: float, seconds: float) -> float:
    """Print a line about the load ``name``, and return its goodput per second."""
    served = [answer for answer in answers if answer.status == 200]
    good = [answer for answer in served if answer.latency_s <= within_s]
    statuses = Counter(answer.status for answer in answers)
    modes = Counter(answer.mode for answer in good)
    latencies_ms = [answer.latency_s * 1_000 for answer in served] or [float("nan")]
    p50, p95, p99 = np.percentile(latencies_ms, [50, 95, 99])
    goodput = len(good) / seconds
    print(
        f"{name:>4}  sent {len(answers) / seconds:6.1f}/s  goodput {goodput:6.1f}/s  "
        f"answers p50 {p50:5.0f} p95 {p95:5.0f} p99 {p99:5.0f} ms  "
        f"{dict(statuses.most_common())}  {dict(modes.most_common())}"
    )
    return goodput


def main() -> None:
    """Measure the loads and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("judgments", type=Path)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument(
        "--within", type=float, default=1.0, help="seconds within which an answer is good"
    )
    arguments = parser.parse_args()
    service = Service(arguments.address)
    distinct = distinct_queries(read_queries(arguments.judgments))
    queries = iter(list(islice(distinct, _MAX_QUERIES)))
    for _ in range(_WARM_UP):
        service.measure(next(queries), time.perf_counter())
    seconds = arguments.seconds
    max_rate = capacity(service, queries, clients=arguments.clients, seconds=seconds)
    print(f"capacity {max_rate:.1f}/s with {arguments.clients} clients")
    goodput = {}
    for factor in (1, 2, 4):
        mean_gap_s = 1 / (factor * max_rate)
        answers = send_at_rate(
            service, queries, mean_gap_s=mean_gap_s, seconds=seconds, seed=factor
        )
        goodput[factor] = print_load(
            f"{factor}x", answers, within_s=arguments.within, seconds=seconds
        )
        time.sleep(1)
    peak = max(goodput.values())
    print(f"goodput at 2x is {goodput[2] / peak:.0%} of the peak, at 4x {goodput[4] / peak:.0%}")


if __name__ == "__main__":
    main()

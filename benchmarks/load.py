"""What ``GET /search`` gives under more load than it can carry: goodput at 1, 2 and 4 times.

``python benchmarks/load.py http://127.0.0.1:8080/ JUDGMENTS.tsv`` first asks with as many clients
as keep the service busy, which gives its capacity, then offers multiples of that. The load is open:
requests are sent when they are due, whether or not earlier ones were answered, and a latency counts
from then. No query is asked twice. Good is what was answered with 200 within ``--within`` seconds.
The clients take part of the machine that they measure: read the ratios.
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

_MOST_UNDER_WAY = 512
_MOST_QUERIES = 200_000
_GIVEN_UP_S = 30
_WARM_UP = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: ``status`` 0 is none, ``late_s`` counts from when it was due."""

    status: int
    late_s: float
    mode: str = ""


class Service:
    """The service at an address, with a connection for each thread."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self._of_thread = local()

    def search(self, query: str) -> Any:
        """Return the answer to ``query``.

        :raises RuntimeError: if it is no answer.
        """
        status, body = self._search(query)
        if status != 200:
            raise RuntimeError(f"{query!r} was answered with {status}: {body.decode()[:200]}")
        return json.loads(body)

    def ask(self, query: str, due: float) -> Answer:
        """Search for ``query`` now; ``due`` is of the clock ``time.perf_counter``."""
        try:
            status, body = self._search(query)
        except OSError:
            return Answer(0, time.perf_counter() - due)
        late_s = time.perf_counter() - due
        return Answer(status, late_s, json.loads(body)["mode"] if status == 200 else "")

    def _search(self, query: str) -> tuple[int, bytes]:
        path = f"/search?{urlencode({'q': query})}"
        kept = getattr(self._of_thread, "connection", None)
        if kept is not None:
            try:
                return self._ask_over(kept, path)
            except ConnectionError:
                pass  # the service closes what was idle for seconds
        return self._ask_over(http.client.HTTPConnection(self._host, timeout=_GIVEN_UP_S), path)

    def _ask_over(self, connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
        self._of_thread.connection = None
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if isinstance(error, OSError):
                raise
            raise OSError(str(error)) from None
        self._of_thread.connection = connection
        return answer.status, body


def queries_of(judgments: Path) -> list[str]:
    """Return every query of a judgments file once."""
    return list(dict.fromkeys(judgment.query for judgment in read_judgments(judgments)))


def distinct(queries: Sequence[str]) -> Iterator[str]:
    """Yield each query, then each beside another, then beside another still."""
    yield from queries
    for step in range(1, len(queries)):
        for number, query in enumerate(queries):
            yield f"{query} {queries[(number + step) % len(queries)].split()[0]}"


def capacity(service: Service, queries: Iterator[str], *, clients: int, seconds: float) -> float:
    """Return the answers a second that so many clients get, each asking as soon as answered."""
    ends = time.perf_counter() + seconds

    def client() -> int:
        good = 0
        while (now := time.perf_counter()) < ends:
            good += service.ask(next(queries), now).status == 200
        return good

    with ThreadPoolExecutor(clients) as threads:
        return sum(done.result() for done in [threads.submit(client) for _ in range(clients)]) / (
            time.perf_counter() - ends + seconds
        )


def offer(
    service: Service, queries: Iterator[str], *, each_s: float, seconds: float, seed: int
) -> list[Answer]:
    """Send requests ``each_s`` apart on average, as if by many strangers (a Poisson process)."""
    gaps = np.random.default_rng(seed).exponential(each_s, size=int(seconds / each_s))
    asked: list[Future[Answer]] = []
    due = time.perf_counter()
    with ThreadPoolExecutor(_MOST_UNDER_WAY) as threads:
        for gap in gaps:
            due += gap
            time.sleep(max(0.0, due - time.perf_counter()))
            asked.append(threads.submit(service.ask, next(queries), due))
        return [one.result() for one in asked]


def line(name: str, answers: Sequence[Answer], *, within_s: float, seconds: float) -> float:
    """Print what became of the load ``name`` and return its goodput a second."""
    good = [one for one in answers if one.status == 200 and one.late_s <= within_s]
    statuses = Counter(one.status for one in answers)
    waits = [one.late_s * 1_000 for one in answers if one.status == 200] or [float("nan")]
    p50, p95, p99 = np.percentile(waits, [50, 95, 99])
    goodput = len(good) / seconds
    print(
        f"{name:>4}  offered {len(answers) / seconds:6.1f}/s  good {goodput:6.1f}/s  "
        f"answers p50 {p50:5.0f} p95 {p95:5.0f} p99 {p99:5.0f} ms  "
        f"{dict(statuses.most_common())}  {dict(Counter(one.mode for one in good).most_common())}"
    )
    return goodput


def main() -> None:
    """Measure and print a line a load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("judgments", type=Path)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--within", type=float, default=1.0, help="seconds that are in time")
    asked = parser.parse_args()
    service = Service(asked.address)
    queries = iter(list(islice(distinct(queries_of(asked.judgments)), _MOST_QUERIES)))
    for _ in range(_WARM_UP):
        service.ask(next(queries), time.perf_counter())
    most = capacity(service, queries, clients=asked.clients, seconds=asked.seconds)
    print(f"capacity {most:.1f}/s with {asked.clients} clients")
    goodput = {}
    for times in (1, 2, 4):
        answers = offer(
            service, queries, each_s=1 / (times * most), seconds=asked.seconds, seed=times
        )
        goodput[times] = line(f"{times}x", answers, within_s=asked.within, seconds=asked.seconds)
        time.sleep(1)
    peak = max(goodput.values())
    print(f"goodput at 2x is {goodput[2] / peak:.0%} of the peak, at 4x {goodput[4] / peak:.0%}")


if __name__ == "__main__":
    main()

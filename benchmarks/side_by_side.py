"""What a search with codes costs, beside what a shop would use instead, through one Flask app.

``python benchmarks/side_by_side.py JUDGMENTS.tsv --model MODEL`` copies the catalogue behind the
index that the environment names, where the model's codes are live, into an index of its own and
adds the products' vectors as an ``int8_hnsw`` index. Over that copy it serves, each by a process of
its own behind the same routes, facets and deadlines as ``gram-es serve``:

- ``match``: one text clause, ten hits;
- ``match, window``: the same over as many hits as ``gram-es`` reranks, ids alone;
- ``match+kNN``: the same and the nearest vectors, the query's encoding included, ten hits;
- ``match+kNN, reranked``: the same over the window that ``gram-es`` reranks, and as it does;
- ``gram-es``.

The encoder of the vectors is the model's own. Every query is new to the service that is asked,
but for the line ``cached``. Systems take turns; machines are noisy: read the ratios.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk
from load import Answer, Service, distinct, offer, queries_of
from numpy.typing import NDArray

from gram_es.cluster.client import connect
from gram_es.index.lifecycle import create_scratch_index
from gram_es.index.scan import EVERYTHING, scan
from gram_es.model.config import QUERY_PROMPT
from gram_es.model.gram import Gram, LiveCodes, QueryCodes
from gram_es.model.network import encode_all
from gram_es.model.quantise import dequantise
from gram_es.retrieval.live_index import IndexView
from gram_es.retrieval.query.model_worker import OPEN_S
from gram_es.retrieval.query.understand import Understood
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.multi_search import SearchBodies
from gram_es.retrieval.recall.plan import QueryPlan
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import WINDOW, current_settings
from gram_es.text.normalise import normalise

INDEX = "gram-es-side-by-side"
NEAR = "near"
PAGE = 10
NEAREST = 100  # of the kNN clause where ten hits are shown; half the window where it is reranked
SYSTEMS = ("match", "match, window", "match+kNN", "match+kNN, reranked", "gram-es")
WITH_MODEL = SYSTEMS[2:]
WARM_UP = 30
MOST_QUERIES = 50_000
FOUND_IN_MS = 150
LEAST_RATE = 1.0
RATES_TRIED = 6


class Encoder(Gram):
    """The model's encoder alone: a query's vector, as typed, and no codes."""

    def understand(
        self, queries: Sequence[str], _: LiveCodes | None = None, **__: Any
    ) -> list[QueryCodes]:
        """Return the vector of each query."""
        texts = [normalise(query) for query in queries]
        vectors = encode_all(self._network, self._text, texts, QUERY_PROMPT).numpy()
        return [QueryCodes((), vector) for vector in vectors]


@dataclass(frozen=True, slots=True)
class NearClauses(Clauses):
    """Clauses with a query vector, ``(d,)``."""

    vector: NDArray[np.float32] | None


class HybridSearcher(Searcher):
    """A search by text and by the nearest vectors; ``nearest`` of them take part."""

    def __init__(self, *args: Any, nearest: int, **options: Any) -> None:
        super().__init__(*args, stages=frozenset({"text", "rerank"}), **options)
        self._nearest = nearest

    def _clauses(self, understood: Understood, view: IndexView) -> Clauses:
        plain = super()._clauses(understood, view)
        held = (getattr(plain, one.name) for one in fields(plain))
        return NearClauses(*held, vector=understood.vector)

    def _bodies(self, plan: QueryPlan, *, timeout_ms: int, reranked: bool) -> SearchBodies:
        bodies, clauses = (
            super()._bodies(plan, timeout_ms=timeout_ms, reranked=reranked),
            plan.clauses,
        )
        if bodies.window and isinstance(clauses, NearClauses) and clauses.vector is not None:
            bodies.window["knn"] = {
                "field": NEAR,
                "query_vector": clauses.vector.tolist(),
                "k": self._nearest,
                "num_candidates": self._nearest,
                "filter": [*plan.filters.values()],
            }
        return bodies


def open_system(name: str, client: Elasticsearch, model: Path) -> Searcher:
    """Return what searches the copy as one of ``SYSTEMS`` does."""
    threads = current_settings().threads or 1  # as ``gram-es serve`` has it
    if name in ("match", "match, window"):
        return Searcher(client, None, index=INDEX, window=PAGE if name == "match" else WINDOW)
    if name == "gram-es":
        return Searcher(client, Gram.load(model, threads=threads), index=INDEX)
    window, nearest = (PAGE, NEAREST) if name == "match+kNN" else (WINDOW, WINDOW // 2)
    encoder = Encoder.load(model, threads=threads)
    return HybridSearcher(client, encoder, index=INDEX, window=window, nearest=nearest)


def serve(name: str, model: Path) -> None:
    """Serve one of ``SYSTEMS`` on a free port as ``gram-es serve`` would; print the address."""
    from flask import Flask

    from query_api import server
    from query_api.http.context import Options

    options = Options.of(current_settings(), at_once=8)

    def open_app() -> Flask:
        from query_api.app import create_app

        searcher = open_system(name, connect(current_settings()), model)
        searcher.search(SearchRequest("warm up"))
        return create_app(searcher, options=options)

    bound = server.bind("127.0.0.1", 0)
    with server.metrics_folder():
        server.run(bound, open_app, threads=options.at_once + options.waiting)


def copy_catalogue(client: Elasticsearch, source: str, model: Path) -> int:
    """Copy the products into an index of one segment, with vectors for kNN; return how many.

    The codes must be those of ``model``.
    """
    gram = Gram.load(model)
    create_scratch_index(
        client, INDEX, slot=gram.slot, fingerprint=gram.fingerprint, family=gram.family
    )
    vectors = {
        "type": "dense_vector",
        "dims": gram.dimensions,
        "similarity": "dot_product",
        "index_options": {"type": "int8_hnsw"},
    }
    client.indices.put_mapping(index=INDEX, properties={NEAR: vectors})

    def actions() -> Iterator[dict[str, Any]]:
        for page in scan(client, source, EVERYTHING, page_size=500):
            for hit in page:
                held = b64decode(hit["_source"]["gram"][gram.slot]["vector"])
                near = dequantise([held])[0].tolist()
                yield {
                    "_index": INDEX,
                    "_id": hit["_id"],
                    "_source": {**hit["_source"], NEAR: near},
                }

    copied = sum(1 for _ in streaming_bulk(client, actions()))
    client.options(request_timeout=1_800).indices.forcemerge(index=INDEX, max_num_segments=1)
    client.indices.refresh(index=INDEX)
    return copied


@dataclass
class System:
    """A service under measurement: where it answers, what it was not asked yet, what it took."""

    name: str
    process: subprocess.Popen[str]
    service: Service
    queries: Iterator[str]

    def ask(self, query: str) -> tuple[float, dict[str, float]]:
        """Return the milliseconds that a search took, and those of its stages."""
        began = time.perf_counter()
        found = self.service.search(query)
        return (time.perf_counter() - began) * 1_000, found["took_ms"]

    def memory_mb(self) -> float:
        """Return what the serving process holds."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pages = [
            int(Path(f"/proc/{c}/statm").read_text().split()[1])
            for c in children.read_text().split()
        ]
        return max(pages) * 4_096 / 1e6


@contextmanager
def served(names: Sequence[str], model: Path, queries: Sequence[str]) -> Iterator[list[System]]:
    """Keep the systems running, warmed up."""
    with ExitStack() as stack:
        systems = []
        asked = list(islice(distinct(queries), MOST_QUERIES))  # of a list many threads may draw
        for name in names:
            command = [sys.executable, __file__, "-", "--model", str(model), "--serve", name]
            process = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(process.terminate)
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address:
                raise SystemExit(f"{name} did not come up")
            systems.append(System(name, process, Service(address), iter(asked)))
        for system in systems:
            for query in islice(system.queries, WARM_UP):
                system.ask(query)
        yield systems


def line(name: str, values: Sequence[float], told: str = "") -> None:
    """Print quantiles of milliseconds."""
    p50, p95, p99 = np.percentile(values, [50, 95, 99])
    print(f"  {name:<22} p50 {p50:7.1f}   p95 {p95:7.1f}   p99 {p99:7.1f} ms{told}", flush=True)


def one_client(systems: Sequence[System], count: int) -> None:
    """Ask one query after the other, each of all systems in turn, and again the last of them."""
    took: dict[str, list[float]] = {}
    stages: dict[str, dict[str, list[float]]] = {}
    for _ in range(count):
        for system in systems:
            query = next(system.queries)
            milliseconds, parts = system.ask(query)
            took.setdefault(system.name, []).append(milliseconds)
            for stage, spent in parts.items():
                stages.setdefault(system.name, {}).setdefault(stage, []).append(spent)
            if system.name == "gram-es":
                took.setdefault("gram-es, cached", []).append(system.ask(query)[0])
    print(f"1 client, {count} queries")
    for name, values in took.items():
        ratio = np.median(np.array(values) / np.array(took["match"]))
        line(name, values, f"   {ratio:4.1f} times match")
        for stage, spent in stages.get(name, {}).items():
            line(f"  {stage}", spent)


def is_whole(answer: Answer, system: str) -> bool:
    """Tell whether the search was answered, by the model too where one takes part."""
    return answer.status == 200 and (system not in WITH_MODEL or "rerank" in answer.mode)


def some_clients(
    systems: Sequence[System], clients: int, *, seconds: float, rounds: int
) -> dict[str, float]:
    """Ask by so many clients at once, each as soon as it is answered; systems take turns.

    Return the answers a second by system.
    """
    answers: dict[str, list[Answer]] = {system.name: [] for system in systems}
    with ThreadPoolExecutor(clients) as threads:
        for _ in range(rounds):
            for system in systems:
                ends = time.perf_counter() + seconds

                def client(system: System = system, ends: float = ends) -> list[Answer]:
                    found = []
                    while (now := time.perf_counter()) < ends:
                        found.append(system.service.ask(next(system.queries), now))
                    return found

                asked = [threads.submit(client) for _ in range(clients)]
                answers[system.name] += [one for done in asked for one in done.result()]
    print(f"{clients} clients")
    speeds = {}
    for name, found in answers.items():
        good = [one for one in found if one.status == 200]
        speeds[name] = speed = len(good) / (seconds * rounds)
        told = f"   {speed:6.1f}/s"
        if len(good) < len(found):
            told += f", {len(found) - len(good)} not answered"
        if by_text := sum(not is_whole(one, name) for one in good):
            told += f", {by_text / len(good):.0%} of the answers by text alone"
        line(name, [one.late_s * 1_000 for one in good], told)
    return speeds


def recover(system: System) -> None:
    """Leave the service alone until it tries its model again, and let it."""
    time.sleep(OPEN_S)
    system.service.ask(next(system.queries), time.perf_counter())


def peak(system: System, *, most: float, seconds: float) -> tuple[float, float]:
    """Return the highest rate of strangers' requests found at which p95 is in time, and that p95.

    It is narrowed down between ``LEAST_RATE`` and ``most``. What was refused, or answered by text
    alone where a model takes part, counts as never answered; then the service is left to recover.
    """
    held = 0.0, float("nan")
    slow, fast = LEAST_RATE, max(LEAST_RATE, most)
    recover(system)
    for _ in range(RATES_TRIED):
        rate = (slow * fast) ** 0.5
        found = offer(system.service, system.queries, each_s=1 / rate, seconds=seconds, seed=0)
        whole = [is_whole(one, system.name) for one in found]
        late = [one.late_s * 1_000 if w else np.inf for one, w in zip(found, whole, strict=True)]
        p95 = float(np.percentile(late, 95, method="higher"))
        if p95 <= FOUND_IN_MS:
            held, slow = (len(found) / seconds, p95), rate
        else:
            fast = rate
        if not all(whole):
            recover(system)
    return held


def main() -> None:
    """Copy, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("judgments", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=300, help="of one client")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", choices=SYSTEMS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.model)
        return
    queries = queries_of(asked.judgments)
    with connect(current_settings()) as client:
        copied = copy_catalogue(client, current_settings().index, asked.model)
        print(f"{copied:,} products; window {WINDOW:,}; kNN {NEAREST} and {WINDOW // 2} nearest")
        try:
            with served(SYSTEMS, asked.model, queries) as systems:
                one_client(systems, asked.queries)
                for clients in (4, 16):
                    most = some_clients(
                        systems, clients, seconds=asked.seconds, rounds=asked.rounds
                    )
                print(f"requests a second with p95 within {FOUND_IN_MS} ms, open load")
                for system in systems:
                    rate, p95 = peak(system, most=most[system.name], seconds=2 * asked.seconds)
                    held = f"p95 {p95:.0f} ms   {system.memory_mb():,.0f} MB a process"
                    print(f"  {system.name:<22} {rate:6.1f}/s   {held}", flush=True)
        finally:
            client.indices.delete(index=INDEX, ignore_unavailable=True)


if __name__ == "__main__":
    main()

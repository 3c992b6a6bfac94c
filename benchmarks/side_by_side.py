"""Compare the latency and throughput of a search with codes to those of other common searches.

``python benchmarks/side_by_side.py JUDGMENTS.tsv --model MODEL`` copies the products of an index to
a scratch index, and adds their vectors as an ``int8_hnsw`` index. The environment variables name
the original index; its searches must already use the codes of the model. Five systems search the
copy, each in a separate process with the same Flask app, facets and deadlines as ``gram-es serve``,
and ``direct`` sends the two requests of ``match``, the hits with their sources and the facets,
straight to Elasticsearch:

- ``match``: one text clause, ten hits;
- ``match, window``: one text clause, as many hits as ``gram-es`` reranks, ids only;
- ``match+kNN``: a text clause and the nearest vectors, ten hits; the time includes encoding the
  query;
- ``match+kNN, reranked``: as ``match+kNN``, with as many hits as ``gram-es`` reranks, and its
  rerank;
- ``gram-es``: the search of ``gram-es serve``.

The model's encoder computes the vectors. Each system gets a query once; only the line ``cached``
measures repeated queries. Systems take turns. Timings vary between runs; compare the ratios.
"""

from __future__ import annotations

import argparse
import os
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
from load import Answer, Service, distinct_queries, read_queries, send_at_rate
from numpy.typing import NDArray
from processor_time import cluster_cpu_s

from gram_es.cluster.client import connect
from gram_es.index.scan import EVERYTHING, scan
from gram_es.index.scratch_index import create_scratch_index
from gram_es.model.config import QUERY_PROMPT
from gram_es.model.gram import Gram, LiveCodes, QueryCodes
from gram_es.model.quantise import dequantise
from gram_es.retrieval.context import IndexView
from gram_es.retrieval.planner import Planner
from gram_es.retrieval.query.model_worker import OPEN_S
from gram_es.retrieval.query.understand import UnderstoodQuery
from gram_es.retrieval.ranking import Tier, window_for
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.facets import counts_body
from gram_es.retrieval.recall.multi_search import SearchBodies
from gram_es.retrieval.recall.plan import QueryPlan
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import WINDOW, current_settings
from gram_es.text.spelling.speller import Spelling

INDEX = "gram-es-side-by-side"
KNN = "knn_vector"
PAGE = 10
RERANKED = window_for(Tier.of(WINDOW), PAGE)
NEAREST = 100  # k of the kNN clause for ten hits; with the rerank it is half the reranked hits
SYSTEMS = ("match", "match, window", "match+kNN", "match+kNN, reranked", "gram-es")
WITH_MODEL = SYSTEMS[2:]
WARM_UP = 30
MAX_QUERIES = 50_000
TIMEOUT_MS = 3_000
MAX_P95_MS = 150
MIN_RATE = 1.0
RATES_TRIED = 6


class EncoderOnlyGram(Gram):
    """A model that only encodes queries as typed, and returns no codes."""

    def understand(
        self,
        queries: Sequence[Spelling],
        live: LiveCodes | None = None,  # noqa: ARG002  # an override keeps the name
    ) -> list[QueryCodes]:
        """Return the vector of each query, without codes."""
        vectors = self.encoder.encode([query.typed for query in queries], QUERY_PROMPT)
        return [QueryCodes((), vector) for vector in vectors]


@dataclass(frozen=True, slots=True)
class KnnClauses(Clauses):
    """The clauses of a search, with the vector of its query, ``(d,)``."""

    vector: NDArray[np.float32] | None = None


class KnnPlanner(Planner):
    """A planner whose clauses have the vector of the query."""

    def _clauses(self, understood: UnderstoodQuery, view: IndexView) -> KnnClauses:
        plain = super()._clauses(understood, view)
        values = {field.name: getattr(plain, field.name) for field in fields(plain)}
        return KnnClauses(**values, vector=understood.vector)


class HybridSearcher(Searcher):
    """A searcher that combines text search with kNN search for the ``nearest`` vectors."""

    def __init__(
        self, client: Elasticsearch, gram: Gram, *, window: int, nearest: int, index: str = INDEX
    ) -> None:
        stages = frozenset({"text", "rerank"})
        super().__init__(client, gram, index=index, window=window, stages=stages)
        self._nearest = nearest
        self.planner = KnnPlanner(
            gram,
            self._model,
            index=index,
            stages=stages,
            calibration=self._calibration,
            rules=None,
        )

    def _bodies(
        self, plan: QueryPlan, *, window: int, timeout_ms: int, reranked: bool
    ) -> SearchBodies:
        bodies = super()._bodies(plan, window=window, timeout_ms=timeout_ms, reranked=reranked)
        clauses = plan.clauses
        if bodies.window and isinstance(clauses, KnnClauses) and clauses.vector is not None:
            bodies.window["knn"] = {
                "field": KNN,
                "query_vector": clauses.vector.tolist(),
                "k": self._nearest,
                "num_candidates": self._nearest,
                "boost": 1 / clauses.scale,  # as much as a code of weight 1
                "filter": [*plan.filters.values()],
            }
        return bodies


def open_system(name: str, client: Elasticsearch, model: Path) -> Searcher:
    """Return the searcher of the system ``name``, one of ``SYSTEMS``, over the scratch index."""
    threads = current_settings().threads or 1  # as in ``gram-es serve``
    if name in ("match", "match, window"):
        return Searcher(client, None, index=INDEX, window=PAGE if name == "match" else WINDOW)
    if name == "gram-es":
        return Searcher(client, Gram.load(model, threads=threads), index=INDEX)
    window, nearest = (PAGE, NEAREST) if name == "match+kNN" else (WINDOW, RERANKED // 2)
    encoder = EncoderOnlyGram.load(model, threads=threads)
    return HybridSearcher(client, encoder, window=window, nearest=nearest)


def serve(name: str, model: Path) -> None:
    """Serve the system ``name`` on a free port, as ``gram-es serve`` does; print its address."""
    from flask import Flask

    from query_api import server
    from query_api.http.options import Options

    options = Options.from_settings(current_settings(), max_concurrent=8)

    def open_app() -> Flask:
        from query_api.app import create_app

        searcher = open_system(name, connect(current_settings()), model)
        searcher.search(SearchRequest("warm up"))
        return create_app(searcher, options=options)

    bound = server.bind("127.0.0.1", 0)
    with server.metrics_folder():
        server.run(bound, open_app, threads=options.threads)


def copy_catalogue(client: Elasticsearch, source: str, model: Path) -> int:
    """Copy the products of ``source`` to a scratch index, and return their number.

    The scratch index has one segment, and vectors for kNN search. The products must have the codes
    of ``model``.
    """
    gram = Gram.load(model)
    create_scratch_index(
        client, INDEX, slot=gram.slot, fingerprint=gram.fingerprint, family=gram.family
    )
    add_vector_field(client, INDEX, gram.dimensions)
    # Otherwise the system that asks last finds the facets of the query in a cache.
    client.indices.put_settings(index=INDEX, settings={"requests.cache.enable": False})

    def actions() -> Iterator[dict[str, Any]]:
        for page in scan(client, source, EVERYTHING, page_size=500):
            for hit in page:
                stored = b64decode(hit["_source"]["gram"][gram.slot]["vector"])
                vector = dequantise([stored])[0].tolist()
                yield {
                    "_index": INDEX,
                    "_id": hit["_id"],
                    "_source": {**hit["_source"], KNN: vector},
                }

    copied = sum(1 for _ in streaming_bulk(client, actions()))
    client.options(request_timeout=1_800).indices.forcemerge(index=INDEX, max_num_segments=1)
    client.indices.refresh(index=INDEX)
    return copied


def add_vector_field(client: Elasticsearch, index: str, dimensions: int) -> None:
    """Create an empty scratch index again, with a field of vectors that no source contains.

    Otherwise all systems would read the vector of each product that they fetch.
    """
    made = client.indices.get(index=index)[index]
    settings = {name: made["settings"]["index"][name] for name in ("analysis", "similarity")}
    mappings = made["mappings"]
    mappings["_source"] = {"excludes": [KNN]}
    mappings["properties"][KNN] = {
        "type": "dense_vector",
        "dims": dimensions,
        "similarity": "dot_product",
        "index_options": {"type": "int8_hnsw"},
    }
    client.indices.delete(index=index)
    client.indices.create(index=index, settings=settings, mappings=mappings)


@dataclass
class System:
    """A running system: its process, a client of its service, and the queries still to send."""

    name: str
    process: subprocess.Popen[str]
    service: Service
    queries: Iterator[str]

    def search(self, query: str) -> tuple[float, dict[str, float]]:
        """Return how many milliseconds a search takes, and how many each of its stages takes."""
        started = time.perf_counter()
        answer = self.service.search(query)
        return (time.perf_counter() - started) * 1_000, answer["took_ms"]

    def memory_mb(self) -> float:
        """Return the resident memory, in MB, of the child process that serves requests."""
        pages = [int((child / "statm").read_text().split()[1]) for child in self._children()]
        return max(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def cpu_s(self) -> float:
        """Return the processor time of the child processes so far, in seconds."""
        ticks = 0
        for child in self._children():
            after_name = (child / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, after_name[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _children(self) -> list[Path]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [Path("/proc") / child for child in children.read_text().split()]


class Direct:
    """Sends the hits and the facets of a text search to Elasticsearch, without a service."""

    name = "direct"

    def __init__(
        self, client: Elasticsearch, queries: Iterator[str], *, index: str = INDEX
    ) -> None:
        self.queries = queries
        self._client = client
        self._index = index
        self._searcher = Searcher(client, None, index=index, window=PAGE)

    def search(self, query: str) -> tuple[float, dict[str, float]]:
        """Return how many milliseconds the two requests take together."""
        plan = self._searcher.plan(SearchRequest(query, size=PAGE)).plan
        counts = counts_body(plan, timeout_ms=TIMEOUT_MS)
        hits = {
            "query": {"match": {"text": query}},
            "size": PAGE,
            "track_total_hits": False,
        }
        header = {"index": self._index}
        started = time.perf_counter()
        self._client.msearch(searches=[header, hits, header, counts])
        return (time.perf_counter() - started) * 1_000, {}


@contextmanager
def running_systems(
    names: Sequence[str], model: Path, queries: Sequence[str]
) -> Iterator[list[System]]:
    """Run the systems within the context, which starts when all of them are warmed up."""
    with ExitStack() as stack:
        systems = []
        # A list, not a generator: many threads take queries from its iterator.
        distinct = list(islice(distinct_queries(queries), MAX_QUERIES))
        for name in names:
            command = [sys.executable, __file__, "-", "--model", str(model), "--serve", name]
            process = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(process.terminate)
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address:
                raise SystemExit(f"{name} did not start; see its log above")
            systems.append(System(name, process, Service(address), iter(distinct)))
        for system in systems:
            for query in islice(system.queries, WARM_UP):
                system.search(query)
        yield systems


def print_latencies(name: str, latencies_ms: Sequence[float], suffix: str = "") -> None:
    """Print a line with quantiles of the latencies."""
    p50, p95, p99 = np.percentile(latencies_ms, [50, 95, 99])
    print(f"  {name:<22} p50 {p50:7.1f}   p95 {p95:7.1f}   p99 {p99:7.1f} ms{suffix}", flush=True)


def measure_one_client(systems: Sequence[System | Direct], count: int) -> None:
    """Send ``count`` queries to each system and print the latencies.

    Queries are sent one at a time, and systems take turns. ``gram-es`` gets each query twice; it
    answers the second time from its cache.
    """
    latencies_ms: dict[str, list[float]] = {}
    stages: dict[str, dict[str, list[float]]] = {}
    for _ in range(count):
        for system in systems:
            query = next(system.queries)
            latency_ms, stage_times = system.search(query)
            latencies_ms.setdefault(system.name, []).append(latency_ms)
            for stage, stage_ms in stage_times.items():
                stages.setdefault(system.name, {}).setdefault(stage, []).append(stage_ms)
            if system.name == "gram-es":
                latencies_ms.setdefault("gram-es, cached", []).append(system.search(query)[0])
    print(f"1 client, {count} queries")
    for name, values in latencies_ms.items():
        ratios = "".join(
            f"   {np.median(np.array(values) / np.array(latencies_ms[peer])):4.2f} times {peer}"
            for peer in ("direct", "match", "match+kNN")
        )
        print_latencies(name, values, ratios)
        for stage, stage_values in stages.get(name, {}).items():
            print_latencies(f"  {stage}", stage_values)


def measure_processor_time(client: Elasticsearch, systems: Sequence[System], count: int) -> None:
    """Send ``count`` queries to each system, and print the processor time of a search.

    It hardly depends on what else the machine does, unlike latencies, and bounds the throughput.
    """
    print(f"processor time of a search, mean of {count} queries: service, Elasticsearch, both")
    for system in systems:
        service_s, cluster_s = system.cpu_s(), cluster_cpu_s(client)
        for query in islice(system.queries, count):
            system.search(query)
        service_ms = (system.cpu_s() - service_s) / count * 1_000
        cluster_ms = (cluster_cpu_s(client) - cluster_s) / count * 1_000
        both_ms = service_ms + cluster_ms
        print(
            f"  {system.name:<22} {service_ms:6.1f} {cluster_ms:6.1f} {both_ms:6.1f} ms", flush=True
        )


def is_complete(answer: Answer, system: str) -> bool:
    """Return whether the search succeeded, and used the model if the system has one."""
    return answer.status == 200 and (system not in WITH_MODEL or "rerank" in answer.mode)


def measure_clients(
    systems: Sequence[System], clients: int, *, seconds: float, rounds: int
) -> dict[str, float]:
    """Send queries with ``clients`` clients; return the answers per second of each system.

    Each client sends one query at a time, and systems take turns. Also print the latencies.
    """
    answers: dict[str, list[Answer]] = {system.name: [] for system in systems}
    with ThreadPoolExecutor(clients) as threads:
        for _ in range(rounds):
            for system in systems:
                end = time.perf_counter() + seconds

                def client(system: System = system, end: float = end) -> list[Answer]:
                    received = []
                    while (now := time.perf_counter()) < end:
                        received.append(system.service.measure(next(system.queries), now))
                    return received

                futures = [threads.submit(client) for _ in range(clients)]
                for future in futures:
                    answers[system.name] += future.result()
    print(f"{clients} clients")
    speeds = {}
    for name, received in answers.items():
        served = [answer for answer in received if answer.status == 200]
        speeds[name] = speed = len(served) / (seconds * rounds)
        suffix = f"   {speed:6.1f}/s"
        if len(served) < len(received):
            suffix += f", {len(received) - len(served)} not answered"
        if degraded := sum(not is_complete(answer, name) for answer in served):
            suffix += f", {degraded / len(served):.0%} of the answers by text search only"
        print_latencies(name, [answer.latency_s * 1_000 for answer in served], suffix)
    return speeds


def wait_for_model(system: System) -> None:
    """Wait until the circuit breaker of the model lets a query through, and send a query."""
    time.sleep(OPEN_S)
    system.service.measure(next(system.queries), time.perf_counter())


def find_peak_rate(system: System, *, max_rate: float, seconds: float) -> tuple[float, float]:
    """Return the highest request rate with a p95 latency within ``MAX_P95_MS``, and this p95.

    The rate is found by bisection between ``MIN_RATE`` and ``max_rate`` with an open load. Rejected
    requests count as not answered, and so do requests that a system with a model answers without
    its model. After such requests the model gets time to recover.
    """
    best = 0.0, float("nan")
    low, high = MIN_RATE, max(MIN_RATE, max_rate)
    wait_for_model(system)
    for _ in range(RATES_TRIED):
        rate = (low * high) ** 0.5
        answers = send_at_rate(
            system.service, system.queries, mean_gap_s=1 / rate, seconds=seconds, seed=0
        )
        latencies_ms = [
            answer.latency_s * 1_000 if is_complete(answer, system.name) else np.inf
            for answer in answers
        ]
        p95 = float(np.percentile(latencies_ms, 95, method="higher"))
        if p95 <= MAX_P95_MS:
            best, low = (len(answers) / seconds, p95), rate
        else:
            high = rate
        if np.inf in latencies_ms:
            wait_for_model(system)
    return best


def main() -> None:
    """Copy the products, run the systems, and print the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("judgments", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=300, help="queries of the single client")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-only", action="store_true", help="measure one client only")
    parser.add_argument("--serve", choices=SYSTEMS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.model)
        return
    queries = read_queries(arguments.judgments)
    with connect(current_settings()) as client:
        copied = copy_catalogue(client, current_settings().index, arguments.model)
        print(
            f"{copied:,} products; {RERANKED} reranked; kNN {NEAREST} and {RERANKED // 2} nearest"
        )
        try:
            with running_systems(SYSTEMS, arguments.model, queries) as systems:
                direct = Direct(client, distinct_queries(queries))
                measure_one_client([direct, *systems], arguments.queries)
                measure_processor_time(client, systems, arguments.queries)
                if arguments.latency_only:
                    return
                for clients in (4, 16):
                    speeds = measure_clients(
                        systems, clients, seconds=arguments.seconds, rounds=arguments.rounds
                    )
                print(f"requests per second with p95 within {MAX_P95_MS} ms, open load")
                for system in systems:
                    rate, p95 = find_peak_rate(
                        system, max_rate=speeds[system.name], seconds=2 * arguments.seconds
                    )
                    print(
                        f"  {system.name:<22} {rate:6.1f}/s   p95 {p95:.0f} ms   "
                        f"{system.memory_mb():,.0f} MB per process",
                        flush=True,
                    )
        finally:
            client.indices.delete(index=INDEX, ignore_unavailable=True)


if __name__ == "__main__":
    main()

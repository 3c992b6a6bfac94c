"""Measure how the cost of searches grows with the catalogue.

``python benchmarks/growth.py JUDGMENTS.tsv --model MODEL --products 50000 500000 5000000`` grows
the index that the environment variables name, whose searches must use the codes of the model, into
scratch indices of these sizes. A new product has the first half of one product's title and the
second half of another's that shares a code, the codes of the first and the next ones of the second,
and the mean of both vectors. Each query is sent to three systems, in turns:

- ``direct``: ten hits of a text clause, and the facets, straight to Elasticsearch;
- ``gram-es``: the search of ``gram-es serve``, in the process;
- ``match+kNN``: a text clause and the nearest vectors (``int8_hnsw``), ten hits. The graph of the
  vectors takes longest to make, so that ``--knn-up-to`` limits the sizes that get one.

Elasticsearch caches no facets. The table has the latency, and the processor time of Elasticsearch,
which hardly depends on what else the machine does. ``--figure FILE`` draws the table; this needs
matplotlib: ``pip install "gram-es[figures]"``.
"""

from __future__ import annotations

import argparse
import time
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk
from load import distinct_queries, read_queries
from numpy.typing import NDArray
from processor_time import NODE_MEASURES_S, cluster_cpu_s
from side_by_side import (
    KNN,
    NEAREST,
    PAGE,
    Direct,
    EncoderOnlyGram,
    HybridSearcher,
    add_vector_field,
)

from gram_es.cluster.client import connect
from gram_es.codes.stored_codes import code_fields, read_codes
from gram_es.index.scan import EVERYTHING, scan
from gram_es.index.scratch_index import create_scratch_index
from gram_es.model.gram import Gram
from gram_es.model.quantise import dequantise, quantise
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import current_settings

INDEX = "gram-es-growth"
DIRECT, GRAM, HYBRID = "direct", "gram-es", "match+kNN"
WARM_UP = 20
_COLORS = {DIRECT: "#9aa5b1", HYBRID: "#b45309", GRAM: "#0f766e"}


@dataclass(frozen=True, slots=True)
class Row:
    """What searches of one system cost in an index of ``products``, in milliseconds."""

    products: int
    system: str
    p50_ms: float
    p95_ms: float
    cluster_ms: float


class Parents:
    """The products to recombine: their documents, vectors and codes.

    :param documents: the sources of products that have the codes of ``slot``.
    """

    def __init__(self, documents: Sequence[Mapping[str, Any]], slot: str) -> None:
        self.documents = documents
        self._slot = slot
        fields = [document["gram"][slot] for document in documents]
        self._codes = [read_codes(field["codes"], field["packed"]) for field in fields]
        self._vectors = dequantise([b64decode(field["vector"]) for field in fields])
        self._sharing: defaultdict[str, list[int]] = defaultdict(list)
        for number, codes in enumerate(self._codes):
            for code in codes[:3]:
                self._sharing[code.label].append(number)

    def grow(self, count: int, *, has_graph: bool) -> Iterator[dict[str, Any]]:
        """Yield ``count`` documents: first the parents, then their children.

        :param has_graph: whether they have their vectors for kNN search, too.
        """
        chance = Random(0)  # noqa: S311 - repeatable
        for number in range(count):
            first = number % len(self.documents)
            document, vector = dict(self.documents[first]), self._vectors[first]
            if number >= len(self.documents):
                second = self._second(first, chance)
                vector = vector + self._vectors[second]
                document |= self._child(f"grown-{number}", first, second, vector)
            if has_graph:
                document[KNN] = (vector / np.linalg.norm(vector)).tolist()
            yield document

    def _second(self, first: int, chance: Random) -> int:
        codes = self._codes[first][:3]
        sharing = self._sharing[chance.choice(codes).label] if codes else [first]
        return chance.choice(sharing)

    def _child(
        self, product_id: str, first: int, second: int, vector: NDArray[np.float32]
    ) -> dict[str, Any]:
        """Return the fields in which a child differs from its first parent."""
        one, other = self.documents[first], self.documents[second]
        stems = _halves(*(b64decode(parent["stems"]).decode() for parent in (one, other)))
        both = (*self._codes[first], *self._codes[second])
        codes = list({code.label: code for code in both}.values())[: len(self._codes[first])]
        [stored] = quantise(vector[None])
        return {
            "id": product_id,
            "group": product_id,
            "identifiers": [product_id],
            "title": _halves(one["title"], other["title"]),
            "text": _halves(one["text"], other["text"]),
            "stems": b64encode(stems.encode()).decode("ascii"),
            "gram": {
                self._slot: {
                    **one["gram"][self._slot],
                    **code_fields(codes),
                    "vector": b64encode(stored.tobytes()).decode("ascii"),
                }
            },
        }


def _halves(one: str, other: str) -> str:
    head, tail = one.split(), other.split()
    return " ".join([*head[: (len(head) + 1) // 2], *tail[len(tail) // 2 :]])


def make_index(
    client: Elasticsearch, parents: Parents, gram: Gram, count: int, *, has_graph: bool
) -> None:
    """Create the scratch index with ``count`` products, in as many segments as merging leaves."""
    create_scratch_index(
        client, INDEX, slot=gram.slot, fingerprint=gram.fingerprint, family=gram.family
    )
    if has_graph:
        add_vector_field(client, INDEX, gram.dimensions)
    # Otherwise merges of millions of products are slowed down.
    unthrottled = {"merge.scheduler.auto_throttle": False}
    client.indices.put_settings(
        index=INDEX,
        settings={"refresh_interval": -1, "requests.cache.enable": False, **unthrottled},
    )

    def actions() -> Iterator[dict[str, Any]]:
        for document in parents.grow(count, has_graph=has_graph):
            yield {"_index": INDEX, "_id": document["id"], "_source": document}

    patient = client.options(request_timeout=1_800)
    for _ in parallel_bulk(patient, actions(), thread_count=2, chunk_size=500):
        pass
    client.indices.put_settings(index=INDEX, settings={"refresh_interval": "1s"})
    patient.indices.refresh(index=INDEX)
    patient.indices.flush(index=INDEX)
    _wait_for_merges(client)


def _wait_for_merges(client: Elasticsearch) -> None:
    while client.indices.stats(index=INDEX, metric="merge")["_all"]["total"]["merges"]["current"]:
        time.sleep(5)


def measure(
    client: Elasticsearch, model: Path, queries: Sequence[str], count: int, *, has_graph: bool
) -> list[Row]:
    """Send each query to each system, in turns, and return what they cost."""
    direct = Direct(client, iter(queries), index=INDEX)
    searcher = Searcher(client, Gram.load(model, threads=1), index=INDEX)
    systems: dict[str, Callable[[str], object]] = {
        DIRECT: direct.search,
        GRAM: lambda query: searcher.search(SearchRequest(query, size=PAGE)),
    }
    if has_graph:
        encoder = EncoderOnlyGram.load(model, threads=1)
        hybrid = HybridSearcher(client, encoder, window=PAGE, nearest=NEAREST, index=INDEX)
        systems[HYBRID] = lambda query: hybrid.search(SearchRequest(query, size=PAGE))
    latencies: defaultdict[str, list[float]] = defaultdict(list)
    for query in queries:
        for name, search in systems.items():
            began = time.perf_counter()
            search(query)
            latencies[name].append((time.perf_counter() - began) * 1_000)
    return [
        Row(
            count,
            name,
            float(np.percentile(latencies[name][WARM_UP:], 50)),
            float(np.percentile(latencies[name][WARM_UP:], 95)),
            _cluster_ms(client, search, queries),
        )
        for name, search in systems.items()
    ]


def _cluster_ms(
    client: Elasticsearch, search: Callable[[str], object], queries: Sequence[str]
) -> float:
    """Return the processor time of Elasticsearch for a search, the mean of ``queries``, in ms."""
    time.sleep(NODE_MEASURES_S)
    began_s = cluster_cpu_s(client)
    for query in queries:
        search(query)
    time.sleep(NODE_MEASURES_S)
    return (cluster_cpu_s(client) - began_s) / len(queries) * 1_000


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw latency and processor time against the size of the catalogue."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    figure = Figure(figsize=(9.0, 3.2), layout="constrained")
    for axes, name, title in zip(
        figure.subplots(1, 2),
        ("p95_ms", "cluster_ms"),
        ("p95 of a search", "processor time in Elasticsearch"),
        strict=True,
    ):
        for system, color in _COLORS.items():
            own = [row for row in rows if row.system == system]
            values = [getattr(row, name) for row in own]
            axes.plot([row.products for row in own], values, "o-", color=color, label=system)
        axes.set(title=title, xlabel="products", ylabel="ms", xscale="log", yscale="log")
        axes.set_xticks(sorted({row.products for row in rows}))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Grow the index to each size, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("judgments", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--products", type=int, nargs="+", default=[50_000, 500_000])
    parser.add_argument("--knn-up-to", type=int, default=500_000, metavar="PRODUCTS")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--figure", type=Path)
    arguments = parser.parse_args()
    distinct = distinct_queries(read_queries(arguments.judgments))
    queries = list(islice(distinct, WARM_UP + arguments.queries))
    gram = Gram.load(arguments.model, threads=1)
    rows: list[Row] = []
    with connect(current_settings()) as client:
        source = scan(client, current_settings().index, EVERYTHING, page_size=500)
        parents = Parents([hit["_source"] for page in source for hit in page], gram.slot)
        print("products\tsystem\tp50_ms\tp95_ms\tcluster_ms", flush=True)
        try:
            for count in arguments.products:
                has_graph = count <= arguments.knn_up_to
                make_index(client, parents, gram, count, has_graph=has_graph)
                for row in measure(client, arguments.model, queries, count, has_graph=has_graph):
                    rows.append(row)
                    print(
                        f"{row.products}\t{row.system}\t{row.p50_ms:.1f}\t{row.p95_ms:.1f}"
                        f"\t{row.cluster_ms:.1f}",
                        flush=True,
                    )
        finally:
            client.indices.delete(index=INDEX, ignore_unavailable=True)
    if arguments.figure:
        draw(rows, arguments.figure)


if __name__ == "__main__":
    main()

"""Measure the processor time of the parts of a search, in the process and in Elasticsearch.

``python benchmarks/search_profile.py JUDGMENTS.tsv --model MODEL`` searches the index that the
environment variables name, which must use the codes of the model, once for each query. Processor
time hardly depends on what else the machine does. With ``--figure FILE`` the parts are drawn as
bars; this needs matplotlib: ``pip install "gram-es[figures]"``.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

from elastic_transport import Transport
from load import distinct_queries, read_queries
from processor_time import cluster_cpu_s

from gram_es.cluster.client import connect
from gram_es.model.encoding.onnx_encoder import OnnxEncoder
from gram_es.model.gram import Gram
from gram_es.retrieval import searcher as searching
from gram_es.retrieval.planner import Planner
from gram_es.retrieval.recall import multi_search
from gram_es.retrieval.request import SearchRequest
from gram_es.settings import current_settings

WARM_UP = 30
CLUSTER, REST = "Elasticsearch", "the rest"
# Each part, and the function that it is; a part inside another one does not count twice.
PARTS: tuple[tuple[str, Any, str], ...] = (
    ("encoder", OnnxEncoder, "encode"),
    ("codes", Gram, "understand"),
    ("spelling and plan", Planner, "plan"),
    ("requests and their JSON", Transport, "perform_request"),
    ("reading hits", multi_search, "_hits"),
    ("rerank", searching, "order_page"),
    ("page", searching, "fetch_page"),
)


class Parts:
    """The processor time of each part in this thread, without the parts inside it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inside = [0.0]

    def measured(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function``, whose processor time is added to the part ``name``."""

        def measure(*arguments: Any, **options: Any) -> Any:
            self._inside.append(0.0)
            began = time.thread_time()
            try:
                return function(*arguments, **options)
            finally:
                spent = time.thread_time() - began
                self.seconds[name] += spent - self._inside.pop()
                self._inside[-1] += spent

        return measure


@contextmanager
def measured_parts() -> Iterator[Parts]:
    """Measure ``PARTS`` within the context."""
    parts = Parts()
    with ExitStack() as stack:
        for name, owner, function in PARTS:
            measured = parts.measured(name, getattr(owner, function))
            stack.enter_context(patch.object(owner, function, measured))
        yield parts


def draw(milliseconds: Mapping[str, float], path: Path) -> None:
    """Draw the parts as bars."""
    import matplotlib as mpl
    from figures import ACCENT, INK, QUIET
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "gram-es"  # equal figures give equal files
    figure = Figure(figsize=(8, 0.42 * len(milliseconds) + 0.5), layout="constrained")
    axes = figure.subplots()
    names, values = list(milliseconds), [*milliseconds.values()]
    colours = [QUIET if name == CLUSTER else ACCENT for name in names]
    bars = axes.barh(names, values, color=colours)
    axes.bar_label(bars, fmt="%.1f", padding=3, fontsize=9, color=INK)
    axes.invert_yaxis()
    axes.set_xlabel("processor time of a search, ms", fontsize=9, color=INK)
    axes.tick_params(labelsize=9, colors=INK)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Search, print the time of each part, and draw the figure if it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("judgments", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--figure", type=Path)
    arguments = parser.parse_args()
    queries = distinct_queries(read_queries(arguments.judgments))
    count = arguments.queries
    settings = current_settings()
    with connect(settings) as client, measured_parts() as parts:
        gram = Gram.load(arguments.model, threads=1)
        searcher = searching.Searcher(client, gram, index=settings.index)
        for query in islice(queries, WARM_UP):
            searcher.search(SearchRequest(query))
        began, cluster_began = time.thread_time(), cluster_cpu_s(client)
        parts.seconds.clear()
        for query in islice(queries, count):
            searcher.search(SearchRequest(query))
        in_process = time.thread_time() - began
        in_cluster = cluster_cpu_s(client) - cluster_began
    seconds = {name: parts.seconds[name] for name, _, _ in PARTS}
    seconds[REST] = in_process - sum(seconds.values())
    seconds[CLUSTER] = in_cluster
    milliseconds = {name: value / count * 1_000 for name, value in seconds.items()}
    for name, value in milliseconds.items():
        print(f"{name:<24} {value:6.2f} ms")
    print(f"{'together':<24} {sum(milliseconds.values()):6.2f} ms, mean of {count} searches")
    if arguments.figure:
        draw(milliseconds, arguments.figure)


if __name__ == "__main__":
    main()

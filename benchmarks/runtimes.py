"""Compare the encoder in torch and in ONNX Runtime: speed, and deviation of the vectors.

``python benchmarks/runtimes.py MODEL FEED JUDGMENTS.tsv``: each round measures every runtime in
turn. Timings vary between runs; compare the ratios. Vectors are compared with those of torch in
single precision. Two figures show the deviation: the lowest cosine between the two vectors of a
text, and the share of a query's ten nearest products that stay the same.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from model_cost import load_sample, matmul_precision, sample_parser
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic

from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.encoding.network import GramNetwork
from gram_es.model.encoding.onnx_graph import encoder_graph
from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.tokenizer import TextTokenizer, batches_by_length
from gram_es.text.normalise import normalise
from gram_es.text.product import model_text

ROUNDS = 3
BATCH = 64
NEAREST = 10
Ids = Sequence[Sequence[int]]
Encode = Callable[[NDArray[np.int64], NDArray[np.bool_]], NDArray[np.float32]]


def write_graphs(network: GramNetwork, folder: Path) -> dict[str, Path]:
    """Write the encoder as ONNX graphs and return their paths.

    They are in single precision, with weights of eight bits by block, as services have them, and
    with those of ONNX Runtime's dynamic quantisation.
    """
    paths = {name: folder / f"{name}.onnx" for name in ("single", "eight bits", "dynamic int8")}
    weights = {name: weight.numpy() for name, weight in network.state_dict().items()}
    paths["single"].write_bytes(encoder_graph(network.config, weights, single=True))
    paths["eight bits"].write_bytes(encoder_graph(network.config, weights))
    quantize_dynamic(paths["single"], paths["dynamic int8"], weight_type=QuantType.QInt8)
    return paths


def torch_encoder(network: GramNetwork, kind: str) -> Encode:
    """Return the encoder in torch; ``kind`` is the precision, ``bfloat16`` or ``single``."""

    @torch.inference_mode()
    def encode(ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        with matmul_precision(kind):
            return network.encode(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()

    return encode


def onnx_encoder(graph: Path) -> Encode:
    """Return the encoder in ONNX Runtime with as many threads as torch."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def encode(ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        inputs = {"ids": ids, "mask": mask}
        vectors: NDArray[np.float32] = session.run(None, inputs)[0]
        return vectors

    return encode


def encode_batches(encode: Encode, text: TextTokenizer, sequences: Ids) -> NDArray[np.float32]:
    """Return the vectors of token sequences, in the order of ``sequences``."""
    batches = list(batches_by_length(sequences, BATCH))
    parts = [encode(*text.pad([sequences[n] for n in batch])) for batch in batches]
    return np.concatenate(parts)[np.argsort(np.concatenate(batches))]


def nearest(queries: NDArray[np.float32], products: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the nearest products of each query, ``(queries, NEAREST)``."""
    return np.argsort(-(queries @ products.T), axis=1, kind="stable")[:, :NEAREST]


def main() -> None:
    """Measure each runtime and print a line for each."""
    arguments = sample_parser(__doc__).parse_args()
    encoder = TorchEncoder.load(arguments.model)
    network, text = encoder.network, encoder.tokenizer
    sample, typed = load_sample(arguments)
    products = text.prompted_ids([model_text(product) for product in sample], PRODUCT_PROMPT)
    queries = text.prompted_ids([normalise(query) for query in typed], QUERY_PROMPT)
    with tempfile.TemporaryDirectory() as work:
        graphs = write_graphs(network, Path(work))
        sizes = [f"{name} {path.stat().st_size / 1e6:.0f} MB" for name, path in graphs.items()]
        runtimes = {
            "torch, single": torch_encoder(network, "single"),
            "torch, bfloat16": torch_encoder(network, "bfloat16"),
            **{f"ONNX Runtime, {name}": onnx_encoder(path) for name, path in graphs.items()},
        }
    print(f"graphs: {', '.join(sizes)}")
    speeds: dict[str, list[float]] = {name: [] for name in runtimes}
    times: dict[str, list[float]] = {name: [] for name in runtimes}
    vectors: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
    for _ in range(ROUNDS):
        for name, encode in runtimes.items():
            started = time.perf_counter()
            product_vectors = encode_batches(encode, text, products)
            speeds[name].append(len(products) / (time.perf_counter() - started))
            query_vectors = []
            for query in queries:
                started = time.perf_counter()
                query_vectors.append(encode(*text.pad([query])))
                times[name].append((time.perf_counter() - started) * 1_000)
            vectors[name] = np.concatenate(query_vectors), product_vectors
    reference = vectors["torch, single"]
    reference_nearest = nearest(*reference)
    for name, pair in vectors.items():
        cosines = np.concatenate([(a * b).sum(1) for a, b in zip(pair, reference, strict=True)])
        same = np.mean(
            [
                len(np.intersect1d(a, b)) / NEAREST
                for a, b in zip(reference_nearest, nearest(*pair), strict=True)
            ]
        )
        p50, p95 = np.percentile(times[name], [50, 95])
        print(
            f"{name:<21} {np.median(speeds[name]):5.0f} products/s   a query p50 {p50:4.1f}, "
            f"p95 {p95:4.1f} ms   lowest cosine {cosines.min():.4f}, {same:.1%} of the nearest kept"
        )


if __name__ == "__main__":
    main()

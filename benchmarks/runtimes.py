"""The encoder under torch and under ONNX Runtime: texts a second, milliseconds a query, drift.

``python benchmarks/runtimes.py MODEL FEED JUDGMENTS.tsv`` needs the extra ``runtimes``. Each round
measures every runtime in turn: machines are noisy, read the ratios. Drift is against torch in
single precision: the least cosine of a text with itself, and how many of a query's ten nearest
products stay.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from model_cost import model_and_sample, products_in, sampled
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from gram_es.model import folder as model_folder
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.network import GramNetwork
from gram_es.model.tokenizer import TextEncoder, batches_by_length
from gram_es.text.normalise import normalise
from gram_es.text.product import model_text

ROUNDS = 3
BATCH = 64
NEAREST = 10
Ids = Sequence[Sequence[int]]
Encode = Callable[[Tensor, Tensor], NDArray[np.float32]]


class Pooled(nn.Module):
    """The network's encoding as a graph to export."""

    def __init__(self, network: GramNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, mask: Tensor) -> Tensor:
        """Return the texts' vectors."""
        return self.network.encode(input_ids, mask)


def exported(network: GramNetwork, folder: Path) -> tuple[Path, Path]:
    """Write the encoder as ONNX; return the graph in single precision and with int8 weights."""
    single, small = folder / "single.onnx", folder / "int8.onnx"
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", max=512)
    shapes = {name: {0: batch, 1: length} for name in ("input_ids", "mask")}
    ids = torch.ones(2, 9, dtype=torch.int64)
    with products_in("single"):
        torch.onnx.export(
            Pooled(network).eval(),
            (ids, ids.bool()),
            single,
            input_names=["input_ids", "mask"],
            dynamic_shapes=shapes,
            external_data=False,
            verbose=False,
        )
    quantize_dynamic(single, small, weight_type=QuantType.QInt8)
    return single, small


def by_torch(network: GramNetwork, kind: str) -> Encode:
    """Encode with torch in bfloat16 (if the processor can) or in single precision."""

    @torch.inference_mode()
    def encode(ids: Tensor, mask: Tensor) -> NDArray[np.float32]:
        with products_in(kind):
            return network.encode(ids, mask).numpy()

    return encode


def by_onnx(graph: Path) -> Encode:
    """Encode with ONNX Runtime, on as many threads as torch."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def encode(ids: Tensor, mask: Tensor) -> NDArray[np.float32]:
        asked = {"input_ids": ids.numpy(), "mask": mask.numpy()}
        found: NDArray[np.float32] = session.run(None, asked)[0]
        return found

    return encode


def encode_batches(encode: Encode, text: TextEncoder, sequences: Ids) -> NDArray[np.float32]:
    """Return the vectors of all sequences, in their order."""
    rows = list(batches_by_length(sequences, BATCH))
    parts = [encode(*text.pad([sequences[n] for n in batch])) for batch in rows]
    return np.concatenate(parts)[np.argsort(np.concatenate(rows))]


def nearest(queries: NDArray[np.float32], products: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return each query's nearest products, ``(queries, NEAREST)``."""
    return np.argsort(-(queries @ products.T), axis=1, kind="stable")[:, :NEAREST]


def main() -> None:
    """Measure and print a table."""
    asked = model_and_sample(__doc__).parse_args()
    loaded = model_folder.load(asked.model)
    network, text = loaded.network, loaded.text
    some, typed = sampled(asked)
    products = text.prompted([model_text(product) for product in some], PRODUCT_PROMPT)
    queries = text.prompted([normalise(query) for query in typed], QUERY_PROMPT)
    with tempfile.TemporaryDirectory() as work:
        single, small = exported(network, Path(work))
        sizes = [path.stat().st_size for path in (single, small)]
        runtimes = {
            "torch, single": by_torch(network, "single"),
            "torch, bfloat16": by_torch(network, "bfloat16"),
            "ONNX Runtime, single": by_onnx(single),
            "ONNX Runtime, int8": by_onnx(small),
        }
    print(f"graphs: {sizes[0] / 1e6:.0f} MB in single precision, {sizes[1] / 1e6:.0f} MB in int8")
    speeds: dict[str, list[float]] = {name: [] for name in runtimes}
    times: dict[str, list[float]] = {name: [] for name in runtimes}
    vectors: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
    for _ in range(ROUNDS):
        for name, encode in runtimes.items():
            began = time.perf_counter()
            of_products = encode_batches(encode, text, products)
            speeds[name].append(len(products) / (time.perf_counter() - began))
            found = []
            for query in queries:
                began = time.perf_counter()
                found.append(encode(*text.pad([query])))
                times[name].append((time.perf_counter() - began) * 1_000)
            vectors[name] = np.concatenate(found), of_products
    plain = vectors["torch, single"]
    best = nearest(*plain)
    for name, (of_queries, of_products) in vectors.items():
        cosines = np.concatenate([(of_queries * plain[0]).sum(1), (of_products * plain[1]).sum(1)])
        stay = np.mean(
            [
                len(np.intersect1d(a, b)) / NEAREST
                for a, b in zip(best, nearest(of_queries, of_products), strict=True)
            ]
        )
        p50, p95 = np.percentile(times[name], [50, 95])
        print(
            f"{name:<21} {np.median(speeds[name]):5.0f} products/s   a query p50 {p50:4.1f}, "
            f"p95 {p95:4.1f} ms   least cosine {cosines.min():.4f}, {stay:.1%} of the nearest stay"
        )


if __name__ == "__main__":
    main()

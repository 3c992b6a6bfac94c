"""Run a BERT as the encoder of texts in ONNX Runtime, without torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from safetensors.numpy import load_file

from gram_es.errors import first_line
from gram_es.model.config import WEIGHTS, GramConfig
from gram_es.model.encoding.bert_config import is_plain_bert
from gram_es.model.encoding.onnx_graph import encoder_graph
from gram_es.model.encoding.text_encoder import TextEncoder, Vectors
from gram_es.model.tokenizer import TextTokenizer

MAX_BYTES = 1_900_000_000  # a graph cannot have more than 2 GiB
_FATAL_ONLY = 4  # errors are raised as well


class OnnxEncoder(TextEncoder):
    """An encoder for inference; threads may share it."""

    def __init__(self, session: InferenceSession, tokenizer: TextTokenizer, config: GramConfig):
        super().__init__(tokenizer, config, int(session.get_outputs()[0].shape[1]))
        self._session = session

    @staticmethod
    def can_load(folder: Path, config: GramConfig) -> bool:
        """Return whether the encoder in ``folder`` is of a kind that a graph is made for."""
        return is_plain_bert(config.encoder) and (folder / WEIGHTS).stat().st_size < MAX_BYTES

    @classmethod
    def load(cls, folder: Path, config: GramConfig, *, threads: int = 0) -> OnnxEncoder:
        """Read the encoder of a model folder with its configuration.

        :param threads: the number of threads that encode a batch; 0 stands for one per processor.
        :raises OSError: if a file cannot be read.
        :raises ValueError: if the tokenizer is not valid, or the weights do not fit ``config``.
        :raises RuntimeError: if ONNX Runtime rejects the graph.
        """
        graph = encoder_graph(config, load_file(folder / WEIGHTS))
        session = open_session(graph, threads=threads)
        return cls(session, TextTokenizer.load(folder, config), config)

    def _batch_vectors(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Vectors:
        with _runtime_errors():
            vectors: Vectors = self._session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        return vectors


def open_session(graph: bytes, *, threads: int = 0) -> InferenceSession:
    """Return a session that runs a graph on the processor.

    :param threads: the number of threads that encode a batch; 0 stands for one per processor.
    :raises RuntimeError: if ONNX Runtime rejects the graph.
    """
    options = SessionOptions()
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    options.log_severity_level = _FATAL_ONLY
    # Threads that spin as they wait would take the processor from Elasticsearch.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    with _runtime_errors():
        return InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@contextmanager
def _runtime_errors() -> Iterator[None]:
    """Turn errors of ONNX Runtime, whose classes share no base, into ``RuntimeError``."""
    try:
        yield
    except Exception as error:
        raise RuntimeError(first_line(error)) from error

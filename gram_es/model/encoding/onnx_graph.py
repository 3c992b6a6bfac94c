"""The encoder of texts as an ONNX graph, made from its weights without torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from gram_es.model.config import FIRST, GramConfig
from gram_es.model.encoding.bert_config import BertConfig
from gram_es.model.encoding.eight_bits import BLOCK, eight_bits

Weights = Mapping[str, NDArray[np.float32]]
_OPSET = 20  # the first one with Gelu
_IR_VERSION = 10
_CONTRIBUTED = "com.microsoft"  # operators of ONNX Runtime
_IN_INTEGERS = 4  # of the accuracies of MatMulNBits the fastest
_MASKED = -3e38
_MIN_NORM = 1e-12


def encoder_graph(config: GramConfig, weights: Weights, *, single: bool = False) -> bytes:
    """Return the graph of a BERT (Devlin et al., NAACL 2019) that encodes texts as unit vectors.

    Its inputs are ``ids``, ``(B, L)`` int64, and ``mask``, ``(B, L)`` bool, false for padding; its
    output is ``vectors``, ``(B, d)`` float32, pooled as configured.

    :param weights: with the names of ``transformers``.
    :param single: whether to multiply in single precision instead of by weights of eight bits.
    :raises ValueError: if the weights do not fit the configuration.
    """
    bert = BertConfig.of(config.encoder)
    _check_fit(bert, weights)
    graph = _Graph(bert, weights, single=single)
    states = graph.embeddings()
    for number in range(bert.num_hidden_layers):
        states = graph.layer(states, f"encoder.layer.{number}.")
    graph.unit_vectors(graph.pooled(states, first=config.pooling == FIRST))
    return graph.serialised()


def _check_fit(bert: BertConfig, weights: Weights) -> None:
    heads = bert.num_attention_heads
    if heads < 1 or bert.hidden_size % heads:
        raise ValueError(f"{heads} attention heads cannot share {bert.hidden_size} dimensions")
    shapes = bert.shapes()
    if wrong := sorted(shapes.keys() ^ weights.keys()):
        raise ValueError(f"the weights and the configuration differ in {wrong[0]}")
    for name, shape in shapes.items():
        if weights[name].shape != shape:
            raise ValueError(f"{name} has the shape {weights[name].shape}, not {shape}")


class _Graph:
    """A graph in the making; its methods add nodes and return the name of their result."""

    def __init__(self, bert: BertConfig, weights: Weights, *, single: bool) -> None:
        self._bert = bert
        self._weights = weights
        self._single = single
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def embeddings(self) -> str:
        """Return the states before the first layer, ``(B, L, d)``."""
        prefix = "embeddings."
        positions = (
            self._weights[f"{prefix}position_embeddings.weight"]
            + self._weights[f"{prefix}token_type_embeddings.weight"][0]
        ).astype(np.float32)
        length = self._add("Shape", "ids", start=1, end=2)
        zero = self._integers(0)
        position = self._add("Slice", self._constant(positions), zero, length, zero)
        word = self._word(f"{prefix}word_embeddings.weight")
        return self._normalised(self._add("Add", word, position), f"{prefix}LayerNorm")

    def _word(self, name: str) -> str:
        """Return the vector of each token; half precision halves what takes the most memory."""
        if self._single:
            return self._add("Gather", self._weight(name), "ids")
        halved = self._constant(self._weights[name].astype(np.float16))
        return self._add("Cast", self._add("Gather", halved, "ids"), to=TensorProto.FLOAT)

    def layer(self, states: str, prefix: str) -> str:
        """Return the states after the layer whose weights begin with ``prefix``."""
        attended = self._attended(states, f"{prefix}attention.self.")
        states = self._output(attended, states, f"{prefix}attention.output.")
        widened = self._add("Gelu", self._linear(states, f"{prefix}intermediate.dense"))
        return self._output(widened, states, f"{prefix}output.")

    def pooled(self, states: str, *, first: bool) -> str:
        """Return the state of the first token, or else the mean over the tokens, ``(B, d)``."""
        if first:
            number = self._constant(np.array(0, dtype=np.int64))
            return self._add("Gather", states, number, axis=1)
        share = self._add("Cast", "mask", to=TensorProto.FLOAT)
        counted = self._add("Mul", states, self._add("Unsqueeze", share, self._integers(2)))
        total = self._add("ReduceSum", counted, self._integers(1), keepdims=0)
        return self._add("Div", total, self._add("ReduceSum", share, self._integers(1), keepdims=1))

    def unit_vectors(self, pooled: str) -> None:
        """Scale vectors to unit length, and make them the output."""
        norm = self._add("ReduceL2", pooled, self._integers(1), keepdims=1)
        least = self._constant(np.array(_MIN_NORM, dtype=np.float32))
        self._add("Div", pooled, self._add("Max", norm, least), name="vectors")

    def serialised(self) -> bytes:
        """Return the graph as bytes."""
        inputs = [
            helper.make_tensor_value_info(name, kind, ["batch", "length"])
            for name, kind in (("ids", TensorProto.INT64), ("mask", TensorProto.BOOL))
        ]
        shape: list[str | int | None] = ["batch", self._bert.hidden_size]
        output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, shape)
        graph = helper.make_graph(
            self._nodes, "encoder", inputs, [output], list(self._constants.values())
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIBUTED, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        serialised: bytes = model.SerializeToString()
        return serialised

    def _attended(self, states: str, prefix: str) -> str:
        """Return what the heads attend to, ``(B, L, d)``."""
        width = self._bert.hidden_size
        query, key, value = (
            self._heads(self._linear(states, f"{prefix}{name}"), is_key=name == "key")
            for name in ("query", "key", "value")
        )
        scale = self._constant(
            np.array((width // self._bert.num_attention_heads) ** -0.5, dtype=np.float32)
        )
        scores = self._add("Mul", self._add("MatMul", query, key), scale)
        shares = self._add("Softmax", self._add("Add", scores, self._padding()), axis=-1)
        attended = self._add("Transpose", self._add("MatMul", shares, value), perm=[0, 2, 1, 3])
        return self._add("Reshape", attended, self._integers(0, 0, width))

    def _heads(self, states: str, *, is_key: bool) -> str:
        """Return states by head, ``(B, H, L, d/H)``, those of keys transposed."""
        heads = self._bert.num_attention_heads
        width = self._bert.hidden_size // heads
        split = self._add("Reshape", states, self._integers(0, 0, heads, width))
        return self._add("Transpose", split, perm=[0, 2, 3, 1] if is_key else [0, 2, 1, 3])

    def _padding(self) -> str:
        """Return what is added to the scores: nothing, or for padding a number without share."""
        absent = self._add("Not", "mask")
        penalty = self._constant(np.array(_MASKED, dtype=np.float32))
        bias = self._add("Mul", self._add("Cast", absent, to=TensorProto.FLOAT), penalty)
        return self._add("Unsqueeze", bias, self._integers(1, 2))

    def _output(self, states: str, residual: str, prefix: str) -> str:
        added = self._add("Add", self._linear(states, f"{prefix}dense"), residual)
        return self._normalised(added, f"{prefix}LayerNorm")

    def _linear(self, states: str, name: str) -> str:
        return self._add("Add", self._product(states, name), self._weight(f"{name}.bias"))

    def _product(self, states: str, name: str) -> str:
        if self._single:
            return self._add("MatMul", states, self._weight(f"{name}.weight", transposed=True))
        weight = self._weights[f"{name}.weight"].astype(np.float32, copy=False)
        blocks, scales = eight_bits(weight)
        return self._add(
            "MatMulNBits",
            states,
            self._constant(blocks),
            self._constant(scales),
            domain=_CONTRIBUTED,
            N=weight.shape[0],
            K=weight.shape[1],
            bits=8,
            block_size=BLOCK,
            accuracy_level=_IN_INTEGERS,
        )

    def _normalised(self, states: str, name: str) -> str:
        scale, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        epsilon = self._bert.layer_norm_eps
        return self._add("LayerNormalization", states, scale, bias, axis=-1, epsilon=epsilon)

    def _add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        result = name or f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [result], **attributes))
        return result

    def _weight(self, name: str, *, transposed: bool = False) -> str:
        weight = self._weights[name].astype(np.float32, copy=False)
        return self._constant(weight.T if transposed else weight)

    def _integers(self, *values: int) -> str:
        return self._constant(np.array(values, dtype=np.int64))

    def _constant(self, values: NDArray[np.generic]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants[name] = numpy_helper.from_array(np.asarray(values, order="C"), name)
        return name

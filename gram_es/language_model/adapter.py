"""LoRA: a few trained weights beside those of a language model (Hu et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from peft import (
    LoraConfig,
    LoraModel,
    get_peft_model_state_dict,
    inject_adapter_in_model,
    set_peft_model_state_dict,
)
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from gram_es.errors import ModelError, first_line
from gram_es.language_model.given_adapter import LoraFacts

_RANK: Final = 16
_PREFIX: Final = "base_model.model."  # of names in files, by which peft and transformers find them


def add_adapter(network: Any, *, seed: int) -> nn.ParameterList:
    """Add an adapter that changes nothing yet, and return its weights, in single precision.

    The weights of the network are frozen. Call it within the same seed for the same weights.
    """
    network.requires_grad_(False)
    torch.manual_seed(seed)
    inject_adapter_in_model(adapter_config(), network)
    for layer in adapter_layers(network):
        # Autocast casts the adapter's weights, which is quicker than to cast what they read.
        layer.cast_input_dtype_enabled = False  # type: ignore[attr-defined]
    weights = adapter_weights(network)
    for weight in weights:
        weight.data = weight.data.float()  # small steps would be lost in half precision
    return weights


def adapter_config() -> LoraConfig:
    """Return the shape of an adapter: low-rank matrices beside all linear layers but the head."""
    return LoraConfig(
        r=_RANK, lora_alpha=2 * _RANK, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def adapter_layers(network: Any) -> list[BaseTunerLayer]:
    """Return the layers that have an adapter."""
    return [module for module in network.modules() if isinstance(module, BaseTunerLayer)]


def adapter_weights(network: Any) -> nn.ParameterList:
    """Return the weights of the adapter, in the order of the network's layers."""
    named = network.named_parameters()
    return nn.ParameterList([weight for name, weight in named if "lora_" in name])


def insert_adapter(network: Any, tensors: Mapping[str, Tensor]) -> None:
    """Add an adapter with trained weights, to use and not to train.

    :raises ModelError: if the weights do not fit the network.
    """
    inject_adapter_in_model(adapter_config(), network)
    _check_fit(adapter_tensors(network), tensors)
    set_adapter_tensors(network, tensors)
    for weight in adapter_weights(network):
        weight.data = weight.data.to(network.dtype)
    network.requires_grad_(False)


def merged_with_adapter(network: Any, facts: LoraFacts, tensors: Mapping[str, Tensor]) -> Any:
    """Return the network with weights that are changed as an adapter says; it is used up.

    :raises ModelError: if the weights of the adapter do not fit the network.
    """
    names = {name.removeprefix(_PREFIX).partition(".lora_")[0] for name in tensors}
    try:
        layers = LoraModel(network, _given_config(facts, sorted(names)), "default")
        _check_fit(adapter_tensors(network), tensors)
        set_adapter_tensors(network, tensors)
        return layers.merge_and_unload(safe_merge=True)
    except ValueError as error:  # no such layer, or weights that are not finite
        raise _misfit(first_line(error)) from None


def _given_config(facts: LoraFacts, layers: list[str]) -> LoraConfig:
    chosen = facts.model_dump(exclude={"peft_type", "base_model_name_or_path"})
    return LoraConfig(target_modules=layers, task_type="CAUSAL_LM", **chosen)


def _check_fit(own: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
    """Check that weights have the names and the shapes of those that a network has.

    :raises ModelError: if they have not.
    """
    if _shapes(own) != _shapes(tensors):
        raise _misfit("it was trained for another one")


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name.removeprefix(_PREFIX): tensor.shape for name, tensor in tensors.items()}


def _misfit(fault: str) -> ModelError:
    return ModelError(
        f"the adapter does not fit the language model: {fault}; name the one that it was trained "
        "for, or train with --family llm again"
    )


def set_adapter_tensors(network: Any, tensors: Mapping[str, Tensor]) -> None:
    """Replace the weights of the adapter by those that :func:`adapter_tensors` returned."""
    own = {name.removeprefix(_PREFIX): tensor for name, tensor in tensors.items()}
    set_peft_model_state_dict(network, own)


def adapter_tensors(network: Any) -> dict[str, Tensor]:
    """Return the weights of the adapter by the names that peft gives them in files."""
    tensors: dict[str, Tensor] = get_peft_model_state_dict(network)
    return {
        f"{_PREFIX}{name}": value.detach().cpu().contiguous() for name, value in tensors.items()
    }


class WithoutAdapter:
    """A network as it was before its adapter; both share their weights."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self.config = network.config
        self._layers = adapter_layers(network)

    def get_output_embeddings(self) -> Any:
        """Return the head, which has no adapter."""
        return self._network.get_output_embeddings()

    def base_model(self, **inputs: Any) -> Any:
        """Run the network below its head without the adapter."""
        self._use_adapter(False)
        try:
            return self._network.base_model(**inputs)
        finally:
            self._use_adapter(True)

    def _use_adapter(self, used: bool) -> None:
        for layer in self._layers:
            layer.enable_adapters(used)

"""Adapters that peft has written, in place of the language model that they belong to."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from gram_es.errors import ModelError
from gram_es.language_model.given_adapter import adapters_on
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.load import load_language_model, source_sha256
from gram_es.language_model.source import check_source
from gram_es.model.gram import Gram

# Where peft reads a property of transformers that will go.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")

LABELS = ["sofa bed", "drill"]

SaveAdapter = Callable[..., Path]


@pytest.fixture
def save_adapter(small_language_model: Path, tmp_path: Path) -> SaveAdapter:
    """Return a function that lets peft write an adapter whose weights are not zero."""

    def save(name: str = "adapter", *, seed: int = 1, **options: Any) -> Path:
        chosen = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "down_proj"], **options}
        network = AutoModelForCausalLM.from_pretrained(small_language_model)
        model = get_peft_model(network, LoraConfig(task_type="CAUSAL_LM", **chosen))
        torch.manual_seed(seed)
        with torch.no_grad():
            for parameter_name, weight in model.named_parameters():
                if "lora_" in parameter_name:
                    weight += torch.randn_like(weight)
        model.save_pretrained(str(tmp_path / name))
        return tmp_path / name

    return save


def likelihoods(model: LanguageModel) -> list[float]:
    return model.log_likelihoods(model.prompt("to find"), LABELS).tolist()


def change_config(adapter: Path, **changes: Any) -> None:
    path = adapter / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"use_rslora": True, "target_modules": "all-linear"},
        {"use_dora": True},
        {"rank_pattern": {"down_proj": 2}, "alpha_pattern": {"layers.0.self_attn.q_proj": 3}},
    ],
)
def test_an_adapter_changes_what_its_language_model_says_as_it_does_in_peft(
    save_adapter: SaveAdapter, small_language_model: Path, options: dict[str, Any]
):
    adapter = save_adapter(**options)
    plain = load_language_model(str(small_language_model))
    network = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(small_language_model), str(adapter)
    )
    by_peft = LanguageModel(plain._tokenizer, network.merge_and_unload().eval(), name="peft")

    model = load_language_model(str(adapter))

    assert likelihoods(model) == pytest.approx(likelihoods(by_peft), abs=1e-4)
    assert abs(likelihoods(model)[0] - likelihoods(plain)[0]) > 1e-2
    assert not [name for name, _ in model._network.named_modules() if "lora" in name]


def test_names_and_hashes_tell_adapters_apart(
    save_adapter: SaveAdapter, small_language_model: Path
):
    first, other = save_adapter("first"), save_adapter("other", seed=2)
    stronger = Path(shutil.copytree(first, first.with_name("stronger")))
    change_config(stronger, lora_alpha=16)
    again = Path(shutil.copytree(first, first.with_name("again")))
    folders = [str(folder) for folder in (first, other, stronger, again)]

    names = [load_language_model(folder).name for folder in folders]
    hashes = [source_sha256(folder) for folder in [*folders, str(small_language_model)]]

    assert all(name.startswith("language model+") for name in names)
    assert (names[3], hashes[3]) == (names[0], hashes[0])
    assert len(set(names)) == 3
    assert len(set(hashes)) == 4


def test_an_adapter_on_an_adapter_changes_both(save_adapter: SaveAdapter):
    first = save_adapter("first")
    second = save_adapter("second", seed=2)
    alone = load_language_model(str(second))
    change_config(second, base_model_name_or_path=str(first))

    model = load_language_model(str(second))

    assert model.name.count("+") == 2
    assert likelihoods(model) != pytest.approx(likelihoods(alone), abs=1e-3)


def test_an_adapter_without_its_language_model_says_which_is_missing(
    save_adapter: SaveAdapter, tmp_path: Path
):
    adapter = save_adapter()
    change_config(adapter, base_model_name_or_path=str(tmp_path / "gone"))

    message = rf"there is no folder {tmp_path}/gone, to which the adapter in {adapter} belongs; put"
    for check in (check_source, load_language_model, source_sha256):
        with pytest.raises(ModelError, match=message):
            check(str(adapter))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"peft_type": "IA3"}, "peft_type: Input should be 'LORA'"),
        ({"r": 0}, "r: Input should be greater than 0"),
        ({"base_model_name_or_path": None}, "base_model_name_or_path: Input should be a valid"),
        ({"rank_pattern": {"(.*a)*": 2}}, "rank_pattern.*should match pattern"),
    ],
)
def test_an_adapter_that_is_not_understood_is_rejected(
    save_adapter: SaveAdapter, changes: dict[str, Any], message: str
):
    adapter = save_adapter()
    change_config(adapter, **changes)

    with pytest.raises(ModelError, match=f"cannot read the adapter in .*{message}"):
        check_source(str(adapter))


def test_damaged_files_are_rejected(save_adapter: SaveAdapter):
    adapter = save_adapter()
    (adapter / "adapter_config.json").write_text("{")
    with pytest.raises(ModelError, match=r"cannot read the adapter in .*Invalid JSON"):
        check_source(str(adapter))

    (save_adapter() / "adapter_model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"cannot read the adapter in .*No such file"):
        check_source(str(adapter))


def test_a_pickle_in_the_place_of_an_adapter_is_not_loaded(
    save_adapter: SaveAdapter, tmp_path: Path
):
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "exploded",))

    adapter = save_adapter()
    weights = adapter / "adapter_model.safetensors"
    weights.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelError, match="cannot load the language model"):
        load_language_model(str(adapter))

    weights.rename(adapter / "adapter_model.bin")
    with pytest.raises(ModelError, match="cannot read the adapter"):
        load_language_model(str(adapter))
    assert not (tmp_path / "exploded").exists()


def test_an_adapter_that_belongs_to_itself_is_rejected(save_adapter: SaveAdapter):
    first, second = save_adapter("first"), save_adapter("second")
    change_config(first, base_model_name_or_path=str(second))
    change_config(second, base_model_name_or_path=str(first))

    with pytest.raises(ModelError, match=f"the adapter in {first} belongs to itself"):
        adapters_on(str(first))


def test_an_adapter_of_other_shapes_or_layers_does_not_fit(save_adapter: SaveAdapter):
    adapter = save_adapter()
    path = adapter / "adapter_model.safetensors"
    tensors = load_file(path)

    save_file({name: weight[:, :3].contiguous() for name, weight in tensors.items()}, path)
    with pytest.raises(ModelError, match="does not fit the language model: it was trained for"):
        load_language_model(str(adapter))

    renamed = {name.replace("q_proj", "no_proj"): weight for name, weight in tensors.items()}
    save_file(renamed, path)
    with pytest.raises(ModelError, match="does not fit the language model"):
        load_language_model(str(adapter))

    save_file({name: weight * float("nan") for name, weight in tensors.items()}, path)
    with pytest.raises(ModelError, match=r"does not fit the language model: .*NaN"):
        load_language_model(str(adapter))


def test_a_model_of_gram_es_is_no_language_model(other_gram: Gram):
    with pytest.raises(ModelError, match="is a model of gram-es without a language model"):
        load_language_model(str(other_gram.parts.folder))


def test_an_encoder_is_no_language_model(small_encoder: str):
    with pytest.raises(ModelError, match=r"is no causal language model, .* lacks \d+ weights"):
        load_language_model(small_encoder)

"""Train adapters of a tiny random language model for the model of a shop."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from gram_es.errors import ModelError, TrainingError
from gram_es.language_model.code_tree.code_search import CodeSearch
from gram_es.language_model.given_adapter import adapters_on
from gram_es.language_model.load import load_language_model
from gram_es.language_model.sides import PRODUCTS, QUERIES
from gram_es.language_model.trained import FOLDER, WEIGHTS, AdapterFacts, file_sha256
from gram_es.model.gram import Gram
from gram_es.model.manifest import read_manifest
from gram_es.records import Judgment, Product
from gram_es.retrieval.open import experts_of, load_experts
from gram_es.settings import Settings
from gram_es.text.spelling.speller import Spelling
from gram_es.training import stage_loop
from gram_es.training.language_model.alignment import AlignmentStage
from gram_es.training.language_model.options import LanguageModelOptions
from gram_es.training.language_model.supervised import SupervisedStage
from gram_es.training.language_model.train import TrainedAdapter, train_language_model

Train = Callable[..., TrainedAdapter]

QUERY = Spelling("garden hose", "garden hose")


@pytest.fixture
def train(
    other_gram: Gram,
    shop: tuple[Product, ...],
    small_language_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Train:
    for module in ("training.language_model.train", "language_model.query_codes"):
        monkeypatch.setattr(f"gram_es.{module}.common_words", lambda: ["garden", "hose"])

    def run(judgments=(), resume: bool = False, **options) -> TrainedAdapter:
        chosen = LanguageModelOptions(str(small_language_model), tokens=2_100)
        return train_language_model(
            other_gram,
            shop[:100],
            judgments,
            replace(chosen, **options),
            checkpoints=tmp_path / "checkpoint",
            resume=resume,
        )

    return run


@pytest.fixture
def restart(tmp_path: Path) -> Callable[[], None]:
    return lambda: (tmp_path / "checkpoint" / "training.safetensors").unlink()


@pytest.fixture
def model_folder(other_gram_dir: Path, tmp_path: Path) -> Path:
    """A folder with the model's files, to which an adapter may be added."""
    folder = tmp_path / "model"
    folder.mkdir()
    for file in other_gram_dir.iterdir():
        (folder / file.name).symlink_to(file)
    return folder


def assert_equal(first: TrainedAdapter, second: TrainedAdapter) -> None:
    assert first.tensors.keys() == second.tensors.keys()
    for name, tensor in first.tensors.items():
        assert tensor.equal(second.tensors[name]), name


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(GRAM_ES_CACHE_DIR=tmp_path / "cache")


def test_equal_seeds_train_equal_weights(train: Train, restart: Callable[[], None]):
    first = train(seed=5)
    restart()
    second = train(seed=5)
    restart()
    other = train(seed=6)

    assert_equal(first, second)
    assert len(first.reports[0].losses) == 4  # 2,100 tokens in passes of 512
    name = next(name for name in first.tensors if "lora_B" in name)
    assert not first.tensors[name].equal(other.tensors[name])
    assert first.tensors[name].any()


def test_an_interrupted_training_is_resumed_as_if_it_had_not_been(
    train: Train, restart: Callable[[], None], monkeypatch: pytest.MonkeyPatch
):
    whole = train()
    restart()
    monkeypatch.setattr(stage_loop, "CHECKPOINT_S", 0.0)
    steps = []
    loss = SupervisedStage.loss

    def loss_of_two_steps(stage: SupervisedStage, rng) -> torch.Tensor:
        if len(steps) == 2:
            raise KeyboardInterrupt
        steps.append(1)
        return loss(stage, rng)

    with monkeypatch.context() as patched:
        patched.setattr(SupervisedStage, "loss", loss_of_two_steps)
        with pytest.raises(KeyboardInterrupt):
            train()
    with pytest.raises(TrainingError, match="add --resume to continue it"):
        train()
    with pytest.raises(TrainingError, match="belongs to another feed"):
        train(resume=True, seed=9)

    assert_equal(train(resume=True), whole)


def test_judged_queries_are_learnt_but_for_those_held_out(
    train: Train, shop: tuple[Product, ...], monkeypatch: pytest.MonkeyPatch
):
    learnt: set[str] = set()

    def keep_queries(run: Any, *_: object) -> None:
        learnt.update(query.text for query in run.examples.queries if query.judged)

    monkeypatch.setattr("gram_es.training.language_model.train._run_stage", keep_queries)
    queries = {f"a gift number {number} for him" for number in range(10, 40)}

    train([Judgment(query, shop[0].id, 3.0) for query in sorted(queries)])

    assert learnt < queries
    assert 20 < len(learnt) < 30


def test_a_trained_language_model_is_used_with_its_model_whose_fingerprint_stays(
    train: Train, model_folder: Path, small_language_model: Path, settings: Settings
):
    before = read_manifest(model_folder)

    facts = train().save(model_folder)

    assert read_manifest(model_folder) == before
    experts = load_experts(Gram.load(model_folder), None, settings)
    assert experts is not None
    assert experts.name == facts.name == f"language model+{facts.weights_sha256[:8]}"
    [untrained] = experts_of([experts.gram], str(small_language_model), settings)
    [answer], [plain] = (both.understand([QUERY]) for both in (experts, untrained))
    assert (answer.language_model, plain.language_model) == (facts.name, "language model")
    assert answer.codes
    assert answer.codes != plain.codes
    config = json.loads((model_folder / FOLDER / "adapter_config.json").read_text("utf-8"))
    assert config["peft_type"] == "LORA"
    assert not [*model_folder.rglob("*.bin"), *model_folder.rglob("*.pt")]


def test_without_a_trained_language_model_there_is_one_expert(other_gram: Gram, settings: Settings):
    assert load_experts(other_gram, None, settings) is None


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft's own
def test_the_folder_of_a_trained_model_stands_for_its_language_model_anywhere(
    train: Train, model_folder: Path, small_language_model: Path
):
    facts = train().save(model_folder)
    network = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(small_language_model), str(model_folder / FOLDER)
    )
    tensors = get_peft_model_state_dict(network)

    model = load_language_model(str(model_folder))

    saved = load_file(model_folder / FOLDER / WEIGHTS)
    assert saved.keys() == tensors.keys()
    assert all(tensor.equal(saved[name]) for name, tensor in tensors.items())
    assert model.name.startswith("language model+")
    assert facts.source == adapters_on(str(model_folder))[0]


def test_a_damaged_adapter_is_not_used(train: Train, model_folder: Path, settings: Settings):
    facts = train().save(model_folder)
    gram, folder = Gram.load(model_folder), model_folder / FOLDER
    weights = (folder / WEIGHTS).read_bytes()

    (folder / WEIGHTS).write_bytes(weights[:-1] + b"x")
    with pytest.raises(ModelError, match="is damaged or was edited"):
        load_experts(gram, None, settings)

    (folder / WEIGHTS).write_bytes(weights)
    replace(facts, format=0).save(folder)
    with pytest.raises(ModelError, match="it has format 0, not 1"):
        load_experts(gram, None, settings)

    replace(facts, codes_fingerprint="another").save(folder)
    with pytest.raises(ModelError, match="was trained for other codes"):
        load_experts(gram, None, settings)


def test_an_adapter_is_used_with_no_other_language_model(
    train: Train, model_folder: Path, small_language_model: Path, tmp_path: Path, settings: Settings
):
    facts = train().save(model_folder)
    other = tmp_path / "other"
    other.mkdir()
    for file in small_language_model.iterdir():
        (other / file.name).symlink_to(file)
    (other / "model.safetensors").unlink()
    save_file({"weight": torch.zeros(1)}, other / "model.safetensors")
    replace(facts, source=str(other)).save(model_folder / FOLDER)

    with pytest.raises(ModelError, match=r"is not the language model that .* was trained for"):
        load_experts(Gram.load(model_folder), None, settings)

    replace(facts, source=str(tmp_path / "gone")).save(model_folder / FOLDER)
    with pytest.raises(ModelError, match=r"no folder .*gone, for .* edit source in .*\.json"):
        load_experts(Gram.load(model_folder), None, settings)


def test_an_adapter_of_another_shape_does_not_fit(
    train: Train, model_folder: Path, settings: Settings
):
    facts = train().save(model_folder)
    folder = model_folder / FOLDER
    save_file({"weight": torch.zeros(1)}, folder / WEIGHTS)
    changed = replace(facts, weights_sha256=file_sha256(folder / WEIGHTS))
    changed.save(folder)

    assert AdapterFacts.load(folder) == changed
    with pytest.raises(ModelError, match="does not fit the language model"):
        load_experts(Gram.load(model_folder), None, settings)


def test_all_stages_run_in_order_and_resume_between_them(
    train: Train, restart: Callable[[], None], monkeypatch: pytest.MonkeyPatch
):
    few = ("supervised", "co-training", "alignment")
    found = {QUERIES: np.arange(10), PRODUCTS: np.arange(5, 15)}  # a random network agrees on none
    monkeypatch.setattr(
        CodeSearch, "find", lambda search, texts: [found[search._side]] * len(texts)
    )
    for limit in ("cotraining.MAX_ASKED", "alignment.MAX_PAIRS"):
        monkeypatch.setattr(f"gram_es.training.language_model.{limit}", 6)
    whole = train(stages=few)
    restart()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(AlignmentStage, "loss", stop)
        with pytest.raises(KeyboardInterrupt):
            train(stages=few)
    resumed = train(stages=few, resume=True)

    assert [report.name for report in whole.reports] == list(few)
    assert_equal(resumed, whole)


def test_codes_are_found_by_an_adapter_that_learns_beside_weights_of_half_precision(
    train: Train, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gram_es.language_model.load._precision", lambda *_, **__: torch.bfloat16)
    monkeypatch.setattr("gram_es.training.language_model.cotraining.MAX_ASKED", 6)

    trained = train(stages=("supervised", "co-training"))

    assert [report.name for report in trained.reports] == ["supervised", "co-training"]
    assert {tensor.dtype for tensor in trained.tensors.values()} == {torch.float32}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use")
def test_a_language_model_is_trained_on_a_gpu(train: Train, model_folder: Path):
    trained = train(device="cuda")

    assert all(tensor.device.type == "cpu" for tensor in trained.tensors.values())
    assert trained.save(model_folder).stages == ("supervised",)

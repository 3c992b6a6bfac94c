import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gram_es.errors import ModelError
from gram_es.model import folder as model_folder
from gram_es.model.config import GramConfig
from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.folder import (
    ModelParts,
    check_target_folder,
    load_model_folder,
    save_model_folder,
)
from gram_es.model.gram import Gram
from gram_es.model.manifest import Manifest, read_manifest
from gram_es.text.spelling.speller import Spelling


@pytest.fixture
def copied(gram_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(gram_dir, tmp_path / "model"))


def load_parts(folder: Path) -> ModelParts:
    loaded = load_model_folder(folder)
    encoder = TorchEncoder.load(folder)
    return ModelParts(
        encoder,
        loaded.codebook,
        loaded.prior,
        loaded.rules,
        loaded.speller,
        loaded.terms,
        loaded.shopper_words,
    )


def save_again(parts: ModelParts, folder: Path) -> Manifest:
    return save_model_folder(folder, parts, card="")


def test_a_model_folder_has_hugging_faces_layout_and_no_pickle(gram_dir: Path):
    names = {path.name for path in gram_dir.iterdir()}

    assert {"config.json", "model.safetensors", "tokenizer.json", "codebook.tsv"} <= names
    assert {"codes.safetensors", "truth.json", "vocabulary.tsv"} <= names
    assert {"README.md", "gram.json"} <= names
    assert not any(name.endswith((".bin", ".pt", ".pkl")) for name in names)


def test_files_have_the_read_permissions_of_the_folder(gram_dir: Path):
    modes = {path.name: path.stat().st_mode & 0o777 for path in gram_dir.iterdir()}

    assert modes["codes.safetensors"] == gram_dir.stat().st_mode & 0o666
    assert modes["model.safetensors"] == gram_dir.stat().st_mode & 0o666
    assert {mode & 0o444 for mode in modes.values()} == {gram_dir.stat().st_mode & 0o444}


def test_loading_twice_gives_the_same_codes(gram: Gram, gram_dir: Path):
    reloaded, query = Gram.load(gram_dir), Spelling("desk lamp", "desk lamp")

    assert reloaded.fingerprint == gram.fingerprint
    assert reloaded.slot == f"m{gram.fingerprint[:12]}"
    assert reloaded.understand([query])[0].codes == gram.understand([query])[0].codes


def test_saving_again_keeps_all_fingerprints(copied: Path, gram: Gram):
    manifest = save_again(load_parts(copied), copied)

    fingerprints = manifest.encoder_fingerprint, manifest.codes_fingerprint
    assert manifest.fingerprint == gram.fingerprint
    assert fingerprints == (gram.encoder_fingerprint, gram.codes_fingerprint)


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda p: next(p.encoder.network.parameters()).data.add_(0.5), {"encoder"}),
        (lambda p: setattr(p.encoder.config, "query_prefix", "query: "), {"encoder"}),
        (lambda p: setattr(p.encoder.config, "max_product_tokens", 32), {"encoder"}),
        (lambda p: setattr(p.encoder.config, "inferred_decay", 9.0), {"codes"}),
        (lambda p: np.negative(p.prior.centroids, out=p.prior.centroids), {"codes"}),
        (lambda p: setattr(p.encoder.config, "text_weight", 0.2), set()),
        (lambda p: setattr(p.encoder.config, "abstain_below", 0.2), set()),
    ],
    ids=["weights", "prefix", "limit", "decay", "centroids", "text_weight", "abstain_below"],
)
def test_a_change_of_the_model_changes_the_fingerprints_that_it_concerns(
    change: Callable[[ModelParts], object], changed: set[str], copied: Path, gram: Gram
):
    parts = load_parts(copied)
    change(parts)

    manifest = save_again(parts, copied)

    assert manifest.fingerprint != gram.fingerprint
    assert (manifest.encoder_fingerprint != gram.encoder_fingerprint) == ("encoder" in changed)
    assert (manifest.codes_fingerprint != gram.codes_fingerprint) == ("codes" in changed)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "codebook.tsv", "codes.safetensors", "config.json"]
)
def test_the_error_of_a_damaged_file_says_its_name(copied: Path, name: str):
    with (copied / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(ModelError, match=rf"{name} is damaged"):
        Gram.load(copied)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("text_weight", "heavy", r"config\.json: text_weight: input should be a valid num"),
        ("separator", "[END]", r"the tokenizer has no token \[END\]"),
    ],
)
def test_the_error_of_a_bad_configuration_says_the_cause(
    copied: Path, field: str, value: str, message: str
):
    parts = load_parts(copied)
    setattr(parts.encoder.config, field, value)
    save_again(parts, copied)

    with pytest.raises(ModelError, match=message):
        Gram.load(copied)


def test_the_error_of_a_missing_file_says_its_name(copied: Path):
    (copied / "tokenizer.json").unlink()

    with pytest.raises(ModelError, match=r"lacks tokenizer\.json"):
        Gram.load(copied)


def test_a_file_that_the_manifest_no_longer_lists_is_checked_all_the_same(copied: Path):
    manifest = json.loads((copied / "gram.json").read_text())
    del manifest["files"]["vocabulary.tsv"]
    (copied / "gram.json").write_text(json.dumps(manifest))

    with pytest.raises(ModelError, match=r"vocabulary\.tsv is damaged or was edited"):
        load_model_folder(copied)


@pytest.mark.parametrize("name", ["fingerprint", "encoder_fingerprint", "codes_fingerprint"])
def test_a_fingerprint_that_is_not_that_of_the_files_is_rejected(name: str, copied: Path):
    manifest = json.loads((copied / "gram.json").read_text())
    manifest[name] = manifest[name][::-1]
    (copied / "gram.json").write_text(json.dumps(manifest))

    with pytest.raises(ModelError, match=r"gram\.json does not fit the model's files"):
        load_model_folder(copied)


class Payload:
    """An object whose pickle creates a file when it is loaded."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._trace,)


def sign(folder: Path) -> None:
    """Let the manifest of a folder list its files as they are, as an attacker would."""
    old = read_manifest(folder)
    files = {name: model_folder._sha256(folder / name) for name in old.files}
    manifest = model_folder._manifest(files, GramConfig.load(folder), old.dimensions)
    (folder / "gram.json").write_text(json.dumps(asdict(manifest)))


@pytest.mark.parametrize("name", ["model.safetensors", "codes.safetensors", "tokenizer.json"])
def test_a_pickle_in_the_place_of_a_file_is_not_loaded(name: str, copied: Path, tmp_path: Path):
    trace = tmp_path / "trace"
    (copied / name).write_bytes(pickle.dumps(Payload(trace)))
    sign(copied)

    with pytest.raises(ModelError, match=r"^cannot (load|read) ") as caught:
        Gram.load(copied)

    assert "edited" not in str(caught.value)  # the checksums are right
    assert not trace.exists()
    pickle.loads(pickle.dumps(Payload(trace)))  # noqa: S301 - our own bytes
    assert trace.exists()


def test_code_that_the_configuration_of_an_encoder_names_does_not_run(copied: Path, tmp_path: Path):
    trace = tmp_path / "trace"
    (copied / "evil.py").write_text(f"open({str(trace)!r}, 'w')\nModel = Config = None\n")
    for name in ("pytorch_model.bin", "training_args.bin"):
        (copied / name).write_bytes(pickle.dumps(Payload(trace)))
    kinds = ("AutoModel", "AutoConfig", "AutoTokenizer")
    foreign = {"auto_map": dict.fromkeys(kinds, "evil.Model")}
    fields = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps({**fields, **foreign}))
    (copied / "tokenizer_config.json").write_text(json.dumps(foreign))
    sign(copied)

    Gram.load(copied)
    load_parts(copied)

    assert not trace.exists()


def test_a_model_of_another_format_is_rejected(copied: Path):
    manifest = json.loads((copied / "gram.json").read_text(encoding="utf-8"))
    newer = {**manifest, "format": 99, "new": True}
    (copied / "gram.json").write_text(json.dumps(newer), encoding="utf-8")

    with pytest.raises(ModelError, match="format 99"):
        Gram.load(copied)


def test_the_error_of_a_folder_without_a_model_says_how_to_train_one(tmp_path: Path):
    with pytest.raises(ModelError, match="gram-es train FEED --out"):
        Gram.load(tmp_path)


def test_other_files_are_not_overwritten(gram_dir: Path, tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    parts = load_parts(gram_dir)

    with pytest.raises(ModelError, match="contains other files"):
        save_again(parts, tmp_path)


def test_a_file_in_the_place_of_the_folder_is_detected_before_training(tmp_path: Path):
    (tmp_path / "model").write_text("", encoding="utf-8")

    with pytest.raises(ModelError, match="cannot write a model to"):
        check_target_folder(tmp_path / "model")


def test_saving_leaves_no_other_file_next_to_the_folder(copied: Path):
    save_again(load_parts(copied), copied)

    assert [path.name for path in copied.parent.iterdir()] == [copied.name]


def test_a_model_of_another_language_is_rejected(
    gram_dir: Path, use_language: Callable[[str], None]
):
    use_language("german")

    with pytest.raises(ModelError, match="english, but this process uses german: set GRAM_ES_L"):
        Gram.load(gram_dir)

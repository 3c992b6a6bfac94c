import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gram_es.errors import ModelError
from gram_es.model import folder as model_folder
from gram_es.model.gram import Gram


@pytest.fixture
def copied(gram_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(gram_dir, tmp_path / "model"))


def save_again(loaded: model_folder.Checkpoint, folder: Path) -> model_folder.Manifest:
    return model_folder.save(
        folder,
        network=loaded.network,
        text=loaded.text,
        codebook=loaded.codebook,
        speller=loaded.speller,
        card="",
    )


def test_a_model_folder_has_hugging_faces_layout_and_no_pickle(gram_dir: Path):
    names = {path.name for path in gram_dir.iterdir()}

    assert {"config.json", "model.safetensors", "tokenizer.json", "codebook.tsv"} <= names
    assert {"MODEL_CARD.md", "gram.json"} <= names
    assert not any(name.endswith((".bin", ".pt", ".pkl")) for name in names)


def test_whoever_may_read_the_folder_may_read_its_files(gram_dir: Path):
    modes = {path.name: path.stat().st_mode & 0o777 for path in gram_dir.iterdir()}

    assert modes["model.safetensors"] == gram_dir.stat().st_mode & 0o666
    assert {mode & 0o444 for mode in modes.values()} == {gram_dir.stat().st_mode & 0o444}


def test_loading_twice_gives_the_same_codes(gram: Gram, gram_dir: Path):
    again = Gram.load(gram_dir)

    assert again.fingerprint == gram.fingerprint
    assert again.slot == f"m{gram.fingerprint[:12]}"
    assert again.understand(["desk lamp"])[0].codes == gram.understand(["desk lamp"])[0].codes


def test_other_weights_have_another_fingerprint(copied: Path, gram: Gram):
    loaded = model_folder.load(copied)
    loaded.network.code_tokens.weight.data.add_(0.5)

    manifest = save_again(loaded, copied)

    assert manifest.fingerprint != gram.fingerprint


@pytest.mark.parametrize("name", ["model.safetensors", "codebook.tsv", "config.json"])
def test_a_damaged_file_is_named(copied: Path, name: str):
    with (copied / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(ModelError, match=rf"{name} is damaged"):
        Gram.load(copied)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("text_weight", "heavy", r"config\.json: text_weight: input should be a valid num"),
        ("separator", "[SEP]", r"the tokenizer has no \[SEP\]"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_told(
    copied: Path, field: str, value: str, fault: str
):
    loaded = model_folder.load(copied)
    setattr(loaded.network.config, field, value)
    save_again(loaded, copied)

    with pytest.raises(ModelError, match=fault):
        Gram.load(copied)


def test_a_missing_file_is_named(copied: Path):
    (copied / "tokenizer.json").unlink()

    with pytest.raises(ModelError, match=r"lacks tokenizer\.json"):
        Gram.load(copied)


def test_a_model_of_another_format_is_refused(copied: Path):
    manifest = json.loads((copied / "gram.json").read_text(encoding="utf-8"))
    newer = {**manifest, "format": 99, "new": True}
    (copied / "gram.json").write_text(json.dumps(newer), encoding="utf-8")

    with pytest.raises(ModelError, match="format 99"):
        Gram.load(copied)


def test_a_folder_without_a_model_says_how_to_train_one(tmp_path: Path):
    with pytest.raises(ModelError, match="gram-es train FEED --out"):
        Gram.load(tmp_path)


def test_other_peoples_files_are_not_overwritten(gram_dir: Path, tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    loaded = model_folder.load(gram_dir)

    with pytest.raises(ModelError, match="holds other files"):
        save_again(loaded, tmp_path)


def test_a_file_in_the_place_of_the_folder_is_told_before_training(tmp_path: Path):
    (tmp_path / "model").write_text("", encoding="utf-8")

    with pytest.raises(ModelError, match="no model can be written"):
        model_folder.check_target(tmp_path / "model")


def test_saving_leaves_nothing_beside_the_folder(copied: Path):
    loaded = model_folder.load(copied)

    save_again(loaded, copied)

    assert [path.name for path in copied.parent.iterdir()] == [copied.name]


def test_a_model_of_another_language_is_refused(gram_dir: Path, speak: Callable[[str], None]):
    speak("german")

    with pytest.raises(ModelError, match="speaks english, and this process german: set GRAM_ES_L"):
        Gram.load(gram_dir)

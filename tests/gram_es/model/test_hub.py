import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from sentence_transformers import SentenceTransformer

from gram_es.errors import ModelError
from gram_es.language_model.trained import ADAPTER_FILES
from gram_es.model.card import MeasuredTask, record_measures
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.gram import Gram
from gram_es.model.hub import fetch_model


@pytest.fixture
def uploaded(other_gram: Gram, tmp_path: Path) -> Path:
    """Return a folder that has what is uploaded to the hub."""
    other_gram.save_pretrained(tmp_path / "uploaded")
    return tmp_path / "uploaded"


def metadata(folder: Path) -> dict[str, object]:
    _, text, _ = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(text)


def test_a_saved_model_is_the_same_model(uploaded: Path, other_gram: Gram) -> None:
    assert Gram.from_pretrained(uploaded).fingerprint == other_gram.fingerprint
    assert Gram.from_pretrained(str(uploaded)).slot == other_gram.slot


def test_a_model_is_not_saved_over_another_one(uploaded: Path, other_gram: Gram) -> None:
    with pytest.raises(ModelError, match="contains a model"):
        other_gram.save_pretrained(uploaded)


def test_what_is_no_file_of_a_model_is_not_copied(uploaded: Path, tmp_path: Path) -> None:
    (uploaded / "evil.py").write_text("")

    Gram.load(uploaded).save_pretrained(tmp_path / "again")

    assert not (tmp_path / "again" / "evil.py").exists()
    assert (tmp_path / "again" / "1_Pooling" / "config.json").exists()


def test_a_trained_language_model_goes_with_its_model(uploaded: Path, tmp_path: Path) -> None:
    for name in ADAPTER_FILES:
        (uploaded / name).parent.mkdir(exist_ok=True)
        (uploaded / name).write_text(name)

    Gram.load(uploaded).save_pretrained(tmp_path / "again")

    assert [(tmp_path / "again" / name).read_text() for name in ADAPTER_FILES] == [*ADAPTER_FILES]


def test_a_model_that_the_hub_lacks_is_an_error_of_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unreachable(*_arguments: object, **_options: object) -> str:
        raise FileNotFoundError("no snapshot of shop/model\nand more lines")

    monkeypatch.setattr("huggingface_hub.snapshot_download", unreachable)

    with pytest.raises(ModelError, match=r"no folder shop/model.*\(no snapshot of shop/model\)"):
        fetch_model("shop/model")


def test_only_the_files_of_a_model_are_downloaded(
    monkeypatch: pytest.MonkeyPatch, uploaded: Path
) -> None:
    asked: dict[str, object] = {}

    def download(repository: str, **options: object) -> str:
        asked.update(options, repository=repository)
        return str(uploaded)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)

    Gram.from_pretrained("shop/model", revision="v2")

    patterns = asked.pop("allow_patterns")
    assert asked == {"repository": "shop/model", "revision": "v2"}
    assert {"config.json", "model.safetensors", "gram.json", "1_Pooling/config.json"} <= {*patterns}


@pytest.mark.filterwarnings("ignore")  # of sentence-transformers itself
@pytest.mark.parametrize(("kind", "prompt"), [("query", QUERY_PROMPT), ("doc", PRODUCT_PROMPT)])
def test_sentence_transformers_encodes_as_the_model_does(
    uploaded: Path, kind: str, prompt: str
) -> None:
    texts = ["oak table", "cordless drill 18 v with two batteries"]
    model = SentenceTransformer(str(uploaded), device="cpu")

    vectors = model.encode_query(texts) if kind == "query" else model.encode_document(texts)

    expected = TorchEncoder.load(uploaded).encode(texts, prompt)  # in single precision, too
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_measures_are_in_the_hubs_schema_and_replace_older_ones(uploaded: Path) -> None:
    task = MeasuredTask("Lamp Shop", grading={"relevant": 2.0})
    for value in (0.5, 0.75):
        record_measures(uploaded, task, {"nDCG@10": value})

    [model] = metadata(uploaded)["model-index"]
    [result] = model["results"]
    assert model["name"] == "uploaded"
    assert result["dataset"] == {"name": "Lamp Shop", "type": "lamp-shop"}
    assert result["metrics"] == [
        {"type": "ndcg_at_10", "value": 0.75, "name": "nDCG@10", "args": {"relevant": 2.0}}
    ]
    assert Gram.load(uploaded)  # the card is no part of the fingerprint


def test_a_part_of_a_dataset_is_recorded_beside_the_whole(uploaded: Path) -> None:
    easier = MeasuredTask("Lamp Shop", parts=("judged products", "50 queries"))

    record_measures(uploaded, MeasuredTask("Lamp Shop"), {"R@10": 0.5})
    record_measures(uploaded, easier, {"R@10": 0.9})

    [model] = metadata(uploaded)["model-index"]
    whole, part = model["results"]
    assert whole["metrics"][0]["value"] == 0.5
    assert part["metrics"][0]["value"] == 0.9
    assert part["dataset"] == {
        "name": "Lamp Shop (judged products, 50 queries)",
        "type": "lamp-shop",
        "config": "judged-products-50-queries",
    }


@pytest.mark.parametrize(
    "text", ["tags: [lamp", "- lamp", "model-index: lamp", "tags: 5", "5: lamp", "a: b: c"]
)
def test_metadata_broken_by_hand_are_an_error_of_one_sentence(uploaded: Path, text: str) -> None:
    (uploaded / "README.md").write_text(f"---\n{text}\n---\n\n# Lamps\n", encoding="utf-8")

    with pytest.raises(ModelError, match=r"README\.md.*; correct the metadata") as caught:
        record_measures(uploaded, MeasuredTask("Lamp Shop"), {"R@10": 0.5})

    assert "\n" not in str(caught.value)


def test_the_card_names_library_and_encoder(gram_dir: Path, other_gram_dir: Path) -> None:
    card, other = metadata(gram_dir), metadata(other_gram_dir)

    assert card["library_name"] == "gram-es"
    assert card["base_model"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert card["license"] == "apache-2.0"
    assert "base_model" not in other  # it was made from a folder of this machine
    assert json.dumps(other_gram_dir.name) not in json.dumps(other)

from pathlib import Path

import numpy as np
import pytest

from gram_es.codes.prior import CodePrior
from gram_es.errors import ModelError

LABELS = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32)
CARRIERS = [
    (0, np.array([[0.6, 0.8], [0.8, 0.6]], dtype=np.float32)),
    (1, np.array([[0.8, 0.6]], dtype=np.float32)),
]


def test_a_centroid_is_the_normalised_mean_of_the_products_that_state_the_code():
    prior = CodePrior.fit(LABELS, CARRIERS)

    assert prior.centroids[0] == pytest.approx([0.5**0.5, 0.5**0.5], abs=1e-3)
    assert prior.centroids[1] == pytest.approx([0.8, 0.6], abs=1e-3)


def test_a_code_that_no_product_states_has_its_label_as_centroid():
    prior = CodePrior.fit(LABELS, CARRIERS)

    assert prior.centroids[2].tolist() == [0.0, 1.0]


def test_a_score_is_the_mean_of_the_cosines_with_label_and_centroid():
    prior = CodePrior.fit(LABELS, CARRIERS)

    [scores] = prior.scores(np.array([[0.0, 1.0]], dtype=np.float32))

    assert scores == pytest.approx([0.5**0.5 / 2, (1 + 0.6) / 2, 1.0], abs=1e-3)


def test_the_floor_of_a_code_is_two_deviations_below_the_scores_of_its_products():
    prior = CodePrior.fit(LABELS, CARRIERS)

    low, high = (0.6 + 0.9899) / 2, (0.8 + 0.9899) / 2
    expected = (low + high) / 2 - 2 * ((high - low) / 2 + 0.01)
    assert prior.floors == pytest.approx([expected, (0.6 + 1) / 2 - 2 * 0.01, -1], abs=2e-3)


def test_a_loaded_prior_gives_the_same_scores(tmp_path: Path):
    prior = CodePrior.fit(LABELS, CARRIERS)
    prior.save(tmp_path / "codes.safetensors")

    loaded = CodePrior.load(tmp_path / "codes.safetensors", codes=3)

    texts = np.array([[0.28, 0.96]], dtype=np.float32)
    assert loaded.scores(texts).tolist() == prior.scores(texts).tolist()
    assert loaded.floors.tolist() == prior.floors.tolist()


def test_the_number_of_codes_must_be_that_of_the_codebook(tmp_path: Path):
    CodePrior.fit(LABELS, CARRIERS).save(tmp_path / "codes.safetensors")

    with pytest.raises(ModelError, match="vectors for 3 codes, the codebook has 4"):
        CodePrior.load(tmp_path / "codes.safetensors", codes=4)


def test_the_error_of_a_damaged_file_says_its_name(tmp_path: Path):
    (tmp_path / "codes.safetensors").write_bytes(b"no tensors")

    with pytest.raises(ModelError, match=r"cannot read the vectors .*codes\.safetensors"):
        CodePrior.load(tmp_path / "codes.safetensors", codes=3)

import numpy as np
import pytest

from gram_es.model.quantise import dequantise, quantise


def test_bytes_become_unit_vectors():
    stored = [np.array([3, 4], dtype=np.int8).tobytes(), np.array([0, -9], dtype=np.int8).tobytes()]

    assert dequantise(stored) == pytest.approx(np.array([[0.6, 0.8], [0.0, -1.0]]))


def test_quantising_keeps_directions():
    vectors = np.random.default_rng(0).normal(size=(50, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    restored = dequantise([row.tobytes() for row in quantise(vectors)])

    assert np.abs(restored @ vectors.T - vectors @ vectors.T).max() < 0.01


def test_a_zero_vector_stays_zero():
    assert quantise(np.zeros((1, 3), dtype=np.float32)).tolist() == [[0, 0, 0]]
    assert dequantise([bytes(3)]).tolist() == [[0.0, 0.0, 0.0]]


def test_vectors_of_different_lengths_are_rejected():
    with pytest.raises(ValueError, match="different lengths"):
        dequantise([bytes(2), bytes(4)])

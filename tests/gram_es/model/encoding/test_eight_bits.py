import numpy as np

from gram_es.model.encoding.eight_bits import BLOCK, eight_bits


def test_a_value_differs_by_half_a_step_of_its_block_at_most():
    weight = np.random.default_rng(0).normal(size=(5, 3 * BLOCK)).astype(np.float32)
    weight[0, :BLOCK] *= 100

    blocks, scales = eight_bits(weight)

    steps = scales.reshape(5, 3, 1)
    restored = (blocks.astype(np.float32) - 128) * steps
    assert (np.abs(restored - weight.reshape(5, 3, BLOCK)) <= steps * 0.501).all()


def test_the_last_block_of_a_row_is_filled_up():
    weight = np.arange(1, 2 * (BLOCK + 8) + 1, dtype=np.float32).reshape(2, -1)

    blocks, scales = eight_bits(weight)

    assert blocks.shape == (2, 2, BLOCK)
    assert (blocks[:, 1, 8:] == 128).all()
    assert scales.shape == (4,)


def test_a_row_of_zeros_stays_zero():
    blocks, scales = eight_bits(np.zeros((1, BLOCK), dtype=np.float32))

    assert (blocks == 128).all()
    assert np.isfinite(scales).all()

import numpy as np
import pytest

from gram_es.model.config import GramConfig
from gram_es.model.encoding.text_encoder import TextEncoder
from gram_es.model.pretrained import create_text_encoder
from gram_es.training.calibration.score_scale import scale_constants


def test_the_default_encoder_keeps_the_default_constants():
    encoder = create_text_encoder()

    scale_constants(encoder)

    defaults = GramConfig(encoder={})
    for name in ("code_temperature", "containment_bonus", "inferred_decay", "text_weight"):
        assert getattr(encoder.config, name) == pytest.approx(getattr(defaults, name), rel=0.011)


def test_cosines_that_differ_half_as_much_weigh_twice_as_much(monkeypatch: pytest.MonkeyPatch):
    wide, narrow = create_text_encoder(), create_text_encoder()
    encode = TextEncoder.encode

    def half_as_far_apart(self: TextEncoder, texts: list[str], prompt: str) -> np.ndarray:
        vectors = encode(self, texts, prompt)
        if self is wide:
            return vectors
        common = np.full((len(texts), 1), 0.5**0.5, dtype=np.float32)
        return np.concatenate([vectors * 0.5**0.5, common], axis=1)

    monkeypatch.setattr(TextEncoder, "encode", half_as_far_apart)
    for encoder in (wide, narrow):
        scale_constants(encoder)

    assert narrow.config.code_temperature == pytest.approx(wide.config.code_temperature / 2, 0.02)
    assert narrow.config.text_weight == pytest.approx(wide.config.text_weight / 2, 0.02)
    assert narrow.config.inferred_decay == pytest.approx(wide.config.inferred_decay * 2, 0.02)

"""Fit the constants that depend on how far apart an encoder puts texts.

The cosines of unrelated texts have a standard deviation of .074 with the default encoder, of .056
with bge-small-en-v1.5 and of .026 with e5-small-v2. A difference of .05 is much for the last and
little for the first, so constants that are added to cosines, or that divide them, are scaled.
"""

from __future__ import annotations

import numpy as np

from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.encoding.text_encoder import TextEncoder
from gram_es.training.calibration.vocabulary_words import vocabulary_words

_WORDS = 500
_DEFAULT_SPREAD = 0.074  # of the default encoder, for which the constants were chosen
_DECIMALS = 2  # so that equal encoders have equal constants, whatever the processor rounds


def scale_constants(encoder: TextEncoder) -> None:
    """Scale the constants of the encoder's configuration to the spread of its cosines."""
    scale = round(_spread(encoder) / _DEFAULT_SPREAD, _DECIMALS)
    config = encoder.config
    config.code_temperature *= scale
    config.containment_bonus *= scale
    config.inferred_decay /= scale
    config.text_weight *= scale
    config.agreement_weight *= scale


def _spread(encoder: TextEncoder) -> float:
    """Return the standard deviation of the cosines between different words of the vocabulary."""
    words = vocabulary_words(encoder)
    if len(words) < 2:
        return _DEFAULT_SPREAD
    drawn = np.random.default_rng(0).permutation(len(words))[:_WORDS]
    texts = [words[number] for number in drawn.tolist()]
    queries, products = (encoder.encode(texts, p) for p in (QUERY_PROMPT, PRODUCT_PROMPT))
    cosines = queries @ products.T
    return float(cosines[~np.eye(len(texts), dtype=np.bool_)].std())

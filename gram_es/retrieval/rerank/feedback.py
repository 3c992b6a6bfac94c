"""Pseudo-relevance feedback with vectors: products similar to the best hits are likely relevant.

This is Rocchio's method (1971) for dense vectors, as in Li et al. (arXiv 2108.11044). It needs no
second search, because the vectors of the best hits have been retrieved already.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

FED_BACK: Final = 20  # hits; 5, 10 and 20 are equally good on held-out judged queries
_SHARPNESS: Final = 12.0  # a score lower by 1 divides a hit's share by exp(12)


def feedback_cosines(
    products: NDArray[np.float32], scores: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return each product's cosine with the weighted mean vector of the best products, ``(n,)``.

    :param products: ``(n, d)``, unit vectors.
    :param scores: ``(n,)``, the final scores without feedback. The score ``-inf`` excludes a
        product from the best products; at least one score must be finite.
    """
    best = np.argsort(-scores, kind="stable")[:FED_BACK]
    shares = np.exp(_SHARPNESS * (scores[best] - scores[best[0]]))
    mean = shares @ products[best]
    cosines: NDArray[np.float32] = products @ (mean / max(float(np.linalg.norm(mean)), 1e-6))
    return cosines

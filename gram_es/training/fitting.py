"""What is fitted on the final weights, on queries that no stage has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.codebook import Codebook
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.network import GramNetwork, encode_all
from gram_es.model.tokenizer import TextEncoder
from gram_es.training.pairs import QueryExample
from gram_es.training.teachers import Target
from gram_es.trie import Trie

_TEMPERATURES = (0.5, 0.7, 1.0, 1.4, 2.0)
_BEAMS = 10
_SURE_QUANTILE = 0.5
_UNSURE_QUANTILE = 0.02
_POOR_QUANTILE = 0.1


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fitted constants of a :class:`~gram_es.model.config.GramConfig`."""

    code_temperature: float
    usual_confidence: float
    abstain_below: float
    code_floor: float
    query_code_floor: float


@torch.inference_mode()
def fit(
    network: GramNetwork,
    trie: Trie,
    text: TextEncoder,
    *,
    codebook: Codebook,
    examples: Sequence[QueryExample],
    targets: Sequence[Target],
    products: Sequence[str],
    product_codes: Sequence[NDArray[np.int64]],
) -> Fitted:
    """Fit temperature, confidence, and the scores below which codes are dropped.

    :param examples: held-out queries with their teachers ``targets``.
    :param products: texts of some products, with the codes that are right for them.
    """
    labels = [code.label for code in codebook]
    codes = encode_all(network, text, labels, QUERY_PROMPT)
    queries = network.encode(*text.pad(text.prompted([e.typed for e in examples], QUERY_PROMPT)))
    beams = network.generate_codes(queries, trie, beams=_BEAMS)
    floor = _floor(queries.vectors, [numbers[:3] for numbers, _ in targets], codes)
    scores = (codes[beams.codes.clamp(min=0)] * queries.vectors[:, None]).sum(-1)
    confidence = (beams.log_probs.exp() * (scores >= floor)).sum(1).numpy()
    sold = encode_all(network, text, products, PRODUCT_PROMPT)
    return Fitted(
        code_temperature=_temperature(beams.codes, beams.log_probs, targets),
        usual_confidence=float(np.quantile(confidence, _SURE_QUANTILE)),
        abstain_below=float(np.quantile(confidence, _UNSURE_QUANTILE)),
        code_floor=_floor(sold, product_codes, codes),
        query_code_floor=floor,
    )


def _floor(texts: Tensor, right_codes: Sequence[NDArray[np.int64]], codes: Tensor) -> float:
    """Return the score that all but a few right codes reach with their texts."""
    owners = np.repeat(np.arange(len(texts)), [len(numbers) for numbers in right_codes])
    flat = np.concatenate([*right_codes, np.empty(0, dtype=np.int64)])
    if not len(flat):
        return -1.0
    scores = (codes[torch.from_numpy(flat)] * texts[torch.from_numpy(owners)]).sum(1)
    return float(np.quantile(scores.numpy(), _POOR_QUANTILE))


def _temperature(codes: Tensor, log_probs: Tensor, targets: Sequence[Target]) -> float:
    """Return the temperature under which the beam's weights match the teachers' best."""
    wanted = torch.zeros(codes.shape)
    for row, (numbers, weights) in enumerate(targets):
        worth = dict(zip(numbers.tolist(), weights.tolist(), strict=True))
        wanted[row] = torch.tensor([worth.get(code, 0.0) for code in codes[row].tolist()])
    reached = wanted.sum(1) > 0
    if not bool(reached.any()):
        return 1.0
    wanted = wanted[reached] / wanted[reached].sum(1, keepdim=True)
    scores = log_probs[reached].clamp(min=-1e4)
    losses = [-(wanted * (scores / t).log_softmax(1)).sum(1).mean() for t in _TEMPERATURES]
    return _TEMPERATURES[int(torch.stack(losses).argmin())]

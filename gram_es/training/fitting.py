"""What is fitted on the final weights, on queries that no stage has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.network import GramNetwork
from gram_es.model.tokenizer import TextEncoder
from gram_es.training.pairs import QueryExample
from gram_es.training.teachers import Target
from gram_es.trie import Trie

_TEMPERATURES = (0.5, 0.7, 1.0, 1.4, 2.0)
_BEAMS = 10
_SURE_QUANTILE = 0.5
_UNSURE_QUANTILE = 0.02
_POOR_QUANTILE = 0.05


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fitted constants of a :class:`~gram_es.model.config.GramConfig`."""

    temperature: float
    usual_confidence: float
    abstain_below: float
    code_floor: float


@torch.inference_mode()
def fit(
    network: GramNetwork,
    trie: Trie,
    text: TextEncoder,
    *,
    examples: Sequence[QueryExample],
    targets: Sequence[Target],
    products: Sequence[str],
    labels: Sequence[Sequence[str]],
) -> Fitted:
    """Fit temperature, confidence and the floor of product codes.

    :param examples: held-out queries with their teachers ``targets``.
    :param products: texts of some products, with the labels of codes that are right for them.
    """
    beams = network.generate_codes(
        network.encode(*text.pad(text.prompted([e.typed for e in examples], QUERY_PROMPT))),
        trie,
        beams=_BEAMS,
    )
    confidence = beams.log_probs.exp().sum(1).numpy()
    return Fitted(
        temperature=_temperature(beams.codes, beams.log_probs, targets),
        usual_confidence=float(np.quantile(confidence, _SURE_QUANTILE)),
        abstain_below=float(np.quantile(confidence, _UNSURE_QUANTILE)),
        code_floor=_code_floor(network, text, products, labels),
    )


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


def _code_floor(
    network: GramNetwork,
    text: TextEncoder,
    products: Sequence[str],
    labels: Sequence[Sequence[str]],
) -> float:
    """Return the score that nearly all right codes reach with their products."""
    owners = [n for n, own in enumerate(labels) for _ in own]
    flat = [label for own in labels for label in own]
    if not flat:
        return -1.0
    codes = network.encode(*text.pad(text.prompted(flat, QUERY_PROMPT))).vectors
    vectors = network.encode(*text.pad(text.prompted(products, PRODUCT_PROMPT))).vectors
    scores = (codes * vectors[owners]).sum(1).numpy()
    return float(np.quantile(scores, _POOR_QUANTILE))

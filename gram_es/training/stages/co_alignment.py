"""The linear head over the codebook that co-alignment trains.

One matrix product gives P(c | text) for every code at once, so co-alignment uses the whole codebook
instead of the few codes of a beam. The decoder then learns the distributions of the head. The head
itself is not saved with the model.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gram_es.training.data.postings import Postings

SCALE = 20.0


class CodeHead(nn.Module):
    """A linear head for P(c | text), a softmax over codes; ``weight`` is ``(codes, d)``."""

    def __init__(self, codes: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(codes, width))
        self.scale = nn.Parameter(torch.tensor(SCALE).log())

    @torch.no_grad()
    def initialise_at_centroids(self, products: Tensor, postings: Postings) -> None:
        """Set each code's vector to the mean of the products that carry it.

        :param products: ``(N, d)`` unit vectors.
        """
        for code in range(len(self.weight)):
            carriers = torch.from_numpy(postings.products_of(code))
            self.weight[code] = products[carriers].sum(0)
        self.weight.copy_(F.normalize(self.weight, dim=1))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return log P(c | text), ``(n, codes)``, of unit ``vectors``, ``(n, d)``."""
        return (self.scale.exp() * vectors @ self.weight.T).log_softmax(1)


def keep_top_k(log_probs: Tensor, keep: int) -> Tensor:
    """Return probabilities, ``(n, codes)``, with all but the ``keep`` best of each row set to 0."""
    lowest = log_probs.detach().topk(min(keep, log_probs.shape[1]), dim=1).values[:, -1:]
    return log_probs.exp() * (log_probs >= lowest)

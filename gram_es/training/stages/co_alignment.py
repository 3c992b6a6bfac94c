"""The code head: a linear layer over the codebook, which co-alignment trains.

Co-alignment makes queries and their relevant products share codes. One matrix product with the head
gives P(c | text) for every code c at once, so co-alignment uses the whole codebook instead of the
few codes of a beam. The decoder then learns to generate codes with these probabilities. The head is
not saved with the model.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gram_es.training.data.postings import Postings

SCALE = 20.0


class CodeHead(nn.Module):
    """A linear layer that computes P(c | text) of all codes c; ``weight`` is ``(codes, d)``."""

    def __init__(self, codes: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(codes, width))
        self.scale = nn.Parameter(torch.tensor(SCALE).log())

    @torch.no_grad()
    def initialise_at_centroids(self, products: Tensor, postings: Postings) -> None:
        """Set each code's vector to the normalised mean vector of the products with the code.

        :param products: ``(N, d)`` unit vectors of all products.
        :param postings: the products of each code.
        """
        for code in range(len(self.weight)):
            numbers = torch.from_numpy(postings.products_of(code))
            self.weight[code] = products[numbers].sum(0)
        self.weight.copy_(F.normalize(self.weight, dim=1))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return log P(c | text), ``(n, codes)``, for the texts' unit ``vectors``, ``(n, d)``."""
        return (self.scale.exp() * vectors @ self.weight.T).log_softmax(1)


def keep_top_k(log_probs: Tensor, keep: int) -> Tensor:
    """Return probabilities, ``(n, codes)``; all but the ``keep`` highest of each row become 0."""
    lowest = log_probs.detach().topk(min(keep, log_probs.shape[1]), dim=1).values[:, -1:]
    return log_probs.exp() * (log_probs >= lowest)

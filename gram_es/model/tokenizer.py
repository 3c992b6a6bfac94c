"""The tokenizer that ``tiny`` trains on its catalogue, and how texts become padded ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from gram_es.model.config import END_OF_CODE, PRODUCT_PROMPT, QUERY_PROMPT

OUR_TOKENS = [QUERY_PROMPT, PRODUCT_PROMPT, END_OF_CODE]


def train_tokenizer(texts: Iterable[str], *, vocabulary: int) -> PreTrainedTokenizerFast:
    """Train a BPE tokenizer of at most ``vocabulary`` tokens on normalised ``texts``.

    Equal texts give equal tokenizers, which ``tokenizers``' WordPiece trainer does not promise: it
    numbers its continuation tokens in the order of a hash map.
    """
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=["[PAD]", "[UNK]", *OUR_TOKENS],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",  # noqa: S106
        unk_token="[UNK]",  # noqa: S106
        additional_special_tokens=OUR_TOKENS,
    )


def _id(tokenizer: PreTrainedTokenizerFast, token: str) -> int:
    number = tokenizer.convert_tokens_to_ids(token)
    assert isinstance(number, int)
    return number


def batches_by_length(sequences: Sequence[Sequence[int]], size: int) -> Iterator[list[int]]:
    """Yield the positions of ``sequences`` in batches of like length, so that padding is short."""
    order = sorted(range(len(sequences)), key=lambda n: len(sequences[n]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


class TextEncoder:
    """Turns normalised texts into padded token ids, prompt first."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerFast, *, max_query_tokens: int, max_product_tokens: int
    ) -> None:
        self.tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        self._backend.no_padding()
        self._backend.no_truncation()
        self._pad = int(tokenizer.pad_token_id)
        self._limits = {QUERY_PROMPT: max_query_tokens, PRODUCT_PROMPT: max_product_tokens}
        self._prompt_ids = {p: _id(tokenizer, p) for p in self._limits}
        self._tail = [int(tokenizer.sep_token_id)] if tokenizer.sep_token else []
        self.end = _id(tokenizer, END_OF_CODE)
        self.unknown = int(tokenizer.unk_token_id)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text, without prompt, untruncated."""
        return [e.ids for e in self._backend.encode_batch(list(texts), add_special_tokens=False)]

    def prompted(self, texts: Sequence[str], prompt: str) -> list[list[int]]:
        """Return the ids that the encoder reads: the prompt, then the text cut to its limit.

        A pretrained encoder that expects a separator after a text gets it.
        """
        head, tail = [self._prompt_ids[prompt]], self._tail
        limit = self._limits[prompt] - len(head) - len(tail)
        return [head + ids[:limit] + tail for ids in self.ids(texts)]

    def pad(self, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Return ``(ids, mask)``, both ``(B, L)``, int64 and bool."""
        length = max(len(s) for s in sequences)
        rows = [list(s) + [self._pad] * (length - len(s)) for s in sequences]
        ids = torch.tensor(rows)
        lengths = torch.tensor([len(s) for s in sequences])
        return ids, torch.arange(length)[None, :] < lengths[:, None]

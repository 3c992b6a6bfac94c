"""The tokenizer that ``tiny`` trains on its catalogue, and how texts become padded ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor

from gram_es.model.config import END_OF_CODE, PRODUCT_PROMPT, QUERY_PROMPT, GramConfig

OUR_TOKENS = [QUERY_PROMPT, PRODUCT_PROMPT, END_OF_CODE]
PAD, UNKNOWN = "[PAD]", "[UNK]"
_TOKENIZER = "tokenizer.json"


def train_tokenizer(texts: Iterable[str], *, vocabulary: int) -> Tokenizer:
    """Train a BPE tokenizer of at most ``vocabulary`` tokens on normalised ``texts``.

    Equal texts give equal tokenizers, which ``tokenizers``' WordPiece trainer does not promise: it
    numbers its continuation tokens in the order of a hash map.
    """
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[PAD, UNKNOWN, *OUR_TOKENS],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def batches_by_length(sequences: Sequence[Sequence[int]], size: int) -> Iterator[list[int]]:
    """Yield the positions of ``sequences`` in batches of like length, so that padding is short."""
    order = sorted(range(len(sequences)), key=lambda n: len(sequences[n]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


class TextEncoder:
    """Turns normalised texts into padded token ids, prompt first."""

    def __init__(self, tokenizer: Tokenizer, config: GramConfig) -> None:
        """Take the tokenizer, and its tokens and the limits from the configuration.

        :raises ValueError: if the tokenizer lacks a token that the configuration names.
        """
        self.tokenizer = tokenizer
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._limits = {
            QUERY_PROMPT: config.max_query_tokens,
            PRODUCT_PROMPT: config.max_product_tokens,
        }
        self._prompt_ids = {prompt: self._id(prompt) for prompt in self._limits}
        self._tail = [] if config.separator is None else [self._id(config.separator)]
        self._pad, self.unknown = self._id(config.pad), self._id(config.unknown)
        self.end = self._id(END_OF_CODE)

    def _id(self, token: str) -> int:
        number: int | None = self.tokenizer.token_to_id(token)
        if number is None:
            raise ValueError(f"the tokenizer has no {token}")
        return number

    @classmethod
    def load(cls, folder: Path, config: GramConfig) -> TextEncoder:
        """Read what :meth:`save` wrote.

        :raises OSError: if the file cannot be read.
        :raises ValueError: if it holds no tokenizer, or one without our tokens.
        """
        told = (folder / _TOKENIZER).read_text(encoding="utf-8")
        try:
            tokenizer = Tokenizer.from_str(told)
        except Exception as error:  # noqa: BLE001 - tokenizers raises nothing narrower
            raise ValueError(f"{_TOKENIZER}: {error}") from None
        return cls(tokenizer, config)

    def save(self, folder: Path) -> None:
        """Write the tokenizer as Hugging Face does."""
        told = self.tokenizer.to_str(pretty=True)
        (folder / _TOKENIZER).write_text(told, encoding="utf-8")

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text, without prompt, untruncated."""
        return [e.ids for e in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

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

"""Train the tokenizer of the family ``tiny``, and turn texts into padded token ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor

from gram_es.model.config import END_OF_CODE, PRODUCT_PROMPT, QUERY_PROMPT, GramConfig

GRAM_TOKENS = [QUERY_PROMPT, PRODUCT_PROMPT, END_OF_CODE]
PAD, UNKNOWN = "[PAD]", "[UNK]"
_TOKENIZER = "tokenizer.json"


def train_tokenizer(texts: Iterable[str], *, vocabulary: int) -> Tokenizer:
    """Train a BPE tokenizer of at most ``vocabulary`` tokens on normalised ``texts``.

    Equal texts give equal tokenizers. With the WordPiece trainer of the library ``tokenizers``, the
    tokenizers could differ: that trainer numbers continuation tokens in the order of a hash map.
    """
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[PAD, UNKNOWN, *GRAM_TOKENS],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def batches_by_length(sequences: Sequence[Sequence[int]], size: int) -> Iterator[list[int]]:
    """Yield batches of at most ``size`` positions in ``sequences``.

    The sequences of a batch have similar lengths and therefore need little padding.
    """
    order = sorted(range(len(sequences)), key=lambda n: len(sequences[n]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


class TextTokenizer:
    """A tokenizer of normalised texts that adds prompts, truncates long texts and pads batches."""

    def __init__(self, tokenizer: Tokenizer, config: GramConfig) -> None:
        """Wrap a tokenizer with the special tokens and the length limits of a configuration.

        :raises ValueError: if the tokenizer lacks one of the special tokens.
        """
        self.tokenizer = tokenizer
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._limits = {
            QUERY_PROMPT: config.max_query_tokens,
            PRODUCT_PROMPT: config.max_product_tokens,
        }
        self._prompt_ids = {prompt: self._id(prompt) for prompt in self._limits}
        self._suffix = [] if config.separator is None else [self._id(config.separator)]
        self._pad, self.unknown = self._id(config.pad), self._id(config.unknown)
        self.end = self._id(END_OF_CODE)

    def _id(self, token: str) -> int:
        token_id: int | None = self.tokenizer.token_to_id(token)
        if token_id is None:
            raise ValueError(f"the tokenizer has no token {token}")
        return token_id

    @classmethod
    def load(cls, folder: Path, config: GramConfig) -> TextTokenizer:
        """Read the tokenizer that :meth:`save` wrote to ``folder``.

        :raises OSError: if the file cannot be read.
        :raises ValueError: if the file contains no tokenizer, or the tokenizer lacks a special
            token of ``config``.
        """
        tokenizer_json = (folder / _TOKENIZER).read_text(encoding="utf-8")
        try:
            tokenizer = Tokenizer.from_str(tokenizer_json)
        except Exception as error:  # noqa: BLE001 - the library raises no subclass
            raise ValueError(f"{_TOKENIZER}: {error}") from None
        return cls(tokenizer, config)

    def save(self, folder: Path) -> None:
        """Write the tokenizer to ``folder`` in the format of Hugging Face."""
        tokenizer_json = self.tokenizer.to_str(pretty=True)
        (folder / _TOKENIZER).write_text(tokenizer_json, encoding="utf-8")

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text, without a prompt and without a length limit."""
        return [e.ids for e in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def prompted_ids(self, texts: Sequence[str], prompt: str) -> list[list[int]]:
        """Return the token ids of each text for the encoder, with ``prompt`` in front.

        The separator is added at the end if the configuration has one. Long texts are truncated so
        that no sequence exceeds the length limit of the prompt.
        """
        prefix, suffix = [self._prompt_ids[prompt]], self._suffix
        limit = self._limits[prompt] - len(prefix) - len(suffix)
        return [prefix + ids[:limit] + suffix for ids in self.ids(texts)]

    def pad(self, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Return ``ids`` (int64) and ``mask`` (bool, false for padding), both ``(B, L)``."""
        length = max(len(s) for s in sequences)
        rows = [list(s) + [self._pad] * (length - len(s)) for s in sequences]
        ids = torch.tensor(rows)
        lengths = torch.tensor([len(s) for s in sequences])
        return ids, torch.arange(length)[None, :] < lengths[:, None]

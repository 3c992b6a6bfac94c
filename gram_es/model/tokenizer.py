"""Turn texts into padded token ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT, GramConfig

GRAM_TOKENS = [QUERY_PROMPT, PRODUCT_PROMPT]
_TOKENIZER = "tokenizer.json"
Ids = list[int]


def batches_by_length(sequences: Sequence[Sequence[int]], size: int) -> Iterator[list[int]]:
    """Yield batches of at most ``size`` positions in ``sequences``.

    The sequences of a batch have similar lengths and therefore need little padding.
    """
    order = sorted(range(len(sequences)), key=lambda n: len(sequences[n]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


def read_tokenizer(path: Path) -> Tokenizer:
    """Read a tokenizer in the format of Hugging Face.

    :raises OSError: if the file cannot be read.
    :raises ValueError: if the file contains no tokenizer.
    """
    text = path.read_text(encoding="utf-8")
    try:
        return Tokenizer.from_str(text)
    except Exception as error:  # noqa: BLE001 - the library raises no subclass
        raise ValueError(f"{path.name}: {error}") from None


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
        self._prefixes = {QUERY_PROMPT: config.query_prefix, PRODUCT_PROMPT: config.product_prefix}
        self._prompt_ids = {prompt: self._id(prompt) for prompt in self._limits}
        self._separator = config.separator
        self._suffix = [] if config.separator is None else [self._id(config.separator)]
        self._pad, self.unknown = self._id(config.pad), self._id(config.unknown)

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
        return cls(read_tokenizer(folder / _TOKENIZER), config)

    def save(self, folder: Path) -> None:
        """Write the tokenizer to ``folder`` in the format of Hugging Face.

        Another library that adds the special tokens adds those of :meth:`prompted_ids`: the
        separator, but no token in front of the prompt.
        """
        copy = Tokenizer.from_str(self.tokenizer.to_str())
        suffix = [] if self._separator is None else [(self._separator, self._id(self._separator))]
        template = " ".join(["$A", *(token for token, _ in suffix)])
        copy.post_processor = TemplateProcessing(single=template, special_tokens=suffix)
        (folder / _TOKENIZER).write_text(copy.to_str(pretty=True), encoding="utf-8")

    def ids(self, texts: Sequence[str]) -> list[Ids]:
        """Return the token ids of each text, without a prompt and without a length limit."""
        return [e.ids for e in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def prompted_ids(self, texts: Sequence[str], prompt: str) -> list[Ids]:
        """Return the token ids of each text for the encoder, with ``prompt`` in front.

        The prefix that the configuration has for the prompt follows the prompt. The separator is
        added at the end if the configuration has one. Long texts are truncated so that no sequence
        exceeds the length limit of the prompt.
        """
        first, suffix, prefix = [self._prompt_ids[prompt]], self._suffix, self._prefixes[prompt]
        limit = self._limits[prompt] - len(first) - len(suffix)
        sequences = self.ids([prefix + text for text in texts])
        return [first + ids[:limit] + suffix for ids in sequences]

    def pad(
        self, sequences: Sequence[Sequence[int]]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return ``ids`` and ``mask`` (false for padding), both ``(B, L)``."""
        lengths = np.array([len(sequence) for sequence in sequences])
        mask = np.arange(lengths.max())[None, :] < lengths[:, None]
        ids = np.full(mask.shape, self._pad, dtype=np.int64)
        ids[mask] = np.concatenate([np.asarray(sequence) for sequence in sequences])
        return ids, mask

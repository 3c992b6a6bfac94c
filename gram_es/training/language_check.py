"""Warn if the encoder cannot read the language of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from gram_es.model.encoding.text_encoder import TextEncoder
from gram_es.model.pretrained import DEFAULT_ENCODER
from gram_es.text.languages import ENGLISH
from gram_es.text.normalise import is_word

_TITLES = 2_000
# Tokenizers split a word of their own language into about 1.4 tokens, of a foreign one into 2.5.
_MAX_TOKENS_PER_WORD = 2.2
_MAX_UNKNOWN_SHARE = 0.2
_REMEDY = "name a multilingual encoder with --encoder, such as intfloat/multilingual-e5-small"


def language_warning(encoder: TextEncoder, titles: Sequence[str]) -> str | None:
    """Return a warning if the encoder does not know the language, or ``None``.

    :param titles: normalised titles of the catalogue.
    """
    config = encoder.config
    if config.encoder_source == DEFAULT_ENCODER and config.language != ENGLISH:
        return (
            f"the encoder {config.encoder_source} is English, but GRAM_ES_LANGUAGE is "
            f"{config.language}; codes and ranking will be poor: {_REMEDY}"
        )
    words = _words(titles)
    sequences = encoder.tokenizer.ids(words)
    count = sum(map(len, sequences))
    unknown = sum(ids.count(encoder.tokenizer.unknown) for ids in sequences)
    is_foreign = count > _MAX_TOKENS_PER_WORD * len(words)
    if not words or not (is_foreign or unknown > _MAX_UNKNOWN_SHARE * count):
        return None
    return (
        f"the encoder {config.encoder_source} does not know most words of the catalogue "
        f"({count / len(words):.1f} tokens for each word, {unknown / count:.0%} unknown); codes "
        f"and ranking will be poor: {_REMEDY}"
    )


def _words(titles: Sequence[str]) -> list[str]:
    step = max(1, len(titles) // _TITLES)
    return [word for title in titles[::step] for word in title.split() if is_word(word)]

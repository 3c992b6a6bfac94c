"""The whole words of an encoder's vocabulary, which are words of its languages."""

from __future__ import annotations

from gram_es.model.encoding.text_encoder import TextEncoder
from gram_es.text.normalise import normalise

_MIN_LETTERS = 4
_WORD_MARKS = ("▁", "Ġ")


def vocabulary_words(encoder: TextEncoder) -> list[str]:
    """Return the words of the tokenizer's vocabulary in alphabetical order."""
    words = set()
    tokens = list(encoder.tokenizer.tokenizer.get_vocab())
    # In some vocabularies a mark begins each word; other tokens are then the ends of words.
    begins_word = [token for token in tokens if token.startswith(_WORD_MARKS)]
    for token in begins_word or tokens:
        word = token.lstrip("".join(_WORD_MARKS))
        if word.isalpha() and len(word) >= _MIN_LETTERS and normalise(word) == word.lower():
            words.add(word.lower())
    return sorted(words)

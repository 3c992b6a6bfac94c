"""Expand patterns for titles and sentences.

In a pattern ``{slot}`` stands for a value, ``<a|b>`` for a choice, and ``[...]`` for an optional
part. An optional part is left out if one of its slots has no value; otherwise chance decides.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping, Sequence

SLOT = re.compile(r"\{(\w+)\}")
"""A slot of a pattern, such as ``{color}``."""

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_CHOICE = re.compile(r"<([^<>]*)>")
_KEEP_OPTIONAL = 0.6


def can_expand(pattern: str, values: Mapping[str, str]) -> bool:
    """Return whether every slot outside the optional parts of ``pattern`` has a value."""
    return all(slot in values for slot in SLOT.findall(_OPTIONAL.sub("", pattern)))


def expand(pattern: str, values: Mapping[str, str], rng: random.Random) -> str:
    """Return a text from ``pattern``: draw optional parts and choices, and fill the slots."""

    def keep(match: re.Match[str]) -> str:
        kept = rng.random() < _KEEP_OPTIONAL
        return match[1] if kept and can_expand(match[1], values) else ""

    pattern = _OPTIONAL.sub(keep, pattern)
    pattern = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), pattern)
    return _tidy(fill(pattern, values))


def fill(pattern: str, values: Mapping[str, str]) -> str:
    """Return ``pattern`` with each slot replaced by its value."""
    return SLOT.sub(lambda match: values[match[1]], pattern)


def headline(text: str, lower_case_words: Collection[str]) -> str:
    """Return ``text`` with each word capitalized, except ``lower_case_words`` after the first."""
    words = text.split()
    return " ".join(
        word if at and word.strip("(),") in lower_case_words else _capitalized(word)
        for at, word in enumerate(words)
    )


def sentence(text: str) -> str:
    """Return ``text`` with its first letter in upper case and a full stop at its end."""
    text = _capitalized(text)
    return text if text.endswith((".", "!", "?")) else text + "."


def listed(items: Sequence[str]) -> str:
    """Return ``items`` as an English list: ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def repeats_itself(text: str) -> bool:
    """Return whether a word of four letters or more occurs in ``text`` more than once."""
    words = re.findall(r"[a-z]{4,}", text.lower())
    return len(set(words)) < len(words)


def _capitalized(word: str) -> str:
    return word[:2].upper() + word[2:] if word.startswith("(") else word[:1].upper() + word[1:]


def _tidy(text: str) -> str:
    text = " ".join(text.split())
    text = re.sub(r" ([,;.)])", r"\1", text).replace("( ", "(").replace("()", "")
    text = re.sub(r"\b([Aa]) (?=[aeioAEIO]|8|11\b|18)", r"\1n ", text)
    text = re.sub(r"([,;/-]) ?(?=[,;])", "", text)
    return text.strip(" ,;-/|")

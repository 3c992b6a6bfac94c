"""Patterns for titles and sentences, and how a fact is said in words.

In a pattern ``{slot}`` is a value, ``[...]`` may be left out (and is, when one of its slots has no
value) and ``<a|b>`` is a choice.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from gram_es.sample.quantities import spell

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_CHOICE = re.compile(r"<([^<>]*)>")
_SLOT = re.compile(r"\{(\w+)\}")
_KEEP_OPTIONAL = 0.6
_LOWER_WORDS = re.compile(
    r"an?|and|at|by|for|from|in|of|on|or|the|to|with|w/|x|[mckd]?m|m?l|oz|lb|ft|k?g|qt|gal|lm|pk|ct|pc"
)

# Base color: what merchants call it. The base stands first, several times where it is usual.
COLORS: Mapping[str, tuple[str, ...]] = {
    "black": ("black", "black", "black", "jet black", "onyx"),
    "white": ("white", "white", "bright white", "arctic white"),
    "gray": ("gray", "gray", "charcoal", "heather gray", "slate"),
    "navy": ("navy", "navy", "navy blue", "midnight"),
    "blue": ("blue", "blue", "cobalt", "ocean blue", "denim blue"),
    "teal": ("teal", "teal", "deep teal"),
    "green": ("green", "green", "forest green", "sage", "moss"),
    "olive": ("olive", "olive", "olive green"),
    "red": ("red", "red", "crimson", "brick red"),
    "burgundy": ("burgundy", "burgundy", "oxblood"),
    "pink": ("pink", "pink", "blush", "rose"),
    "purple": ("purple", "purple", "plum", "lavender"),
    "yellow": ("yellow", "yellow", "mustard", "lemon"),
    "orange": ("orange", "orange", "rust", "burnt orange"),
    "beige": ("beige", "beige", "sand", "oatmeal"),
    "brown": ("brown", "brown", "chestnut", "cocoa"),
    "cream": ("cream", "cream", "ivory", "off-white"),
}
_FORMS: Mapping[str, tuple[str, ...]] = {
    "male": ("men's", "men's", "mens", "men"),
    "female": ("women's", "women's", "womens", "ladies'"),
    "unisex": ("unisex", "unisex"),
    "XS": ("XS", "X-Small"),
    "S": ("S", "S", "Small"),
    "M": ("M", "M", "Medium", "Med"),
    "L": ("L", "L", "Large"),
    "XL": ("XL", "XL", "X-Large"),
    "XXL": ("XXL", "2XL"),
    "stainless steel": ("stainless steel", "stainless steel", "stainless", "SS"),
    "polyester": ("polyester", "polyester", "poly"),
    "microfiber": ("microfiber", "micro-fiber"),
    "cast iron": ("cast iron", "cast-iron"),
    "dual zipper": ("dual zipper", "dual-zip"),
    "waterproof": ("waterproof", "waterproof", "WP"),
    "rechargeable": ("rechargeable", "USB rechargeable"),
}


def say(name: str, value: str, *, styles: Sequence[str], rng: random.Random) -> str:
    """Return the fact ``name = value`` as a merchant may word it, most often in ``styles[0]``."""
    if name == "color":
        return rng.choice(COLORS.get(value, (value,)))
    if value in _FORMS:
        return rng.choice(_FORMS[value])
    return spell(value, styles[0] if rng.random() < 0.75 else rng.choice(styles))


def can_expand(pattern: str, values: Mapping[str, str]) -> bool:
    """Return whether every slot that ``pattern`` cannot leave out has a value."""
    return all(slot in values for slot in _SLOT.findall(_OPTIONAL.sub("", pattern)))


def expand(pattern: str, values: Mapping[str, str], rng: random.Random) -> str:
    """Return ``pattern`` with its optional parts and choices settled and its slots filled."""

    def keep(found: re.Match[str]) -> str:
        kept = rng.random() < _KEEP_OPTIONAL
        return found[1] if kept and can_expand(found[1], values) else ""

    pattern = _OPTIONAL.sub(keep, pattern)
    pattern = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), pattern)
    return _tidy(_SLOT.sub(lambda found: values[found[1]], pattern))


def headline(text: str) -> str:
    """Return ``text`` with the first letter of each word that carries weight in upper case."""
    words = text.split()
    return " ".join(
        word if at and _LOWER_WORDS.fullmatch(word.strip("(),")) else _raise(word)
        for at, word in enumerate(words)
    )


def repeats_itself(text: str) -> bool:
    """Return whether a word of four letters or more stands in ``text`` twice."""
    words = re.findall(r"[a-z]{4,}", text.lower())
    return len(set(words)) < len(words)


def sentence(text: str) -> str:
    """Return ``text`` with its first letter in upper case and a full stop at its end."""
    text = _raise(text)
    return text if text.endswith((".", "!", "?")) else text + "."


def listed(items: Sequence[str]) -> str:
    """Return ``items`` as an English list: ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _raise(word: str) -> str:
    return word[:2].upper() + word[2:] if word.startswith("(") else word[:1].upper() + word[1:]


def _tidy(text: str) -> str:
    text = " ".join(text.split())
    text = re.sub(r" ([,;.)])", r"\1", text).replace("( ", "(").replace("()", "")
    text = re.sub(r"\b([Aa]) (?=[aeioAEIO]|8|11\b|18)", r"\1n ", text)
    text = re.sub(r"([,;/-]) ?(?=[,;])", "", text)
    return text.strip(" ,;-/|")

"""The languages that a shop may speak, by the names that Snowball and Elasticsearch give them."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal[
    "arabic",
    "armenian",
    "basque",
    "bulgarian",
    "catalan",
    "czech",
    "danish",
    "dutch",
    "english",
    "estonian",
    "finnish",
    "french",
    "german",
    "greek",
    "hebrew",
    "hindi",
    "hungarian",
    "indonesian",
    "irish",
    "italian",
    "korean",
    "lithuanian",
    "norwegian",
    "persian",
    "polish",
    "portuguese",
    "romanian",
    "russian",
    "serbian",
    "slovak",
    "spanish",
    "swedish",
    "tamil",
    "turkish",
    "ukrainian",
    "vietnamese",
    "other",
]
"""Of ``other``, and where no stemmer is known, every form of a word is a word of its own."""

ENGLISH: Final[Language] = "english"
OTHER: Final[Language] = "other"

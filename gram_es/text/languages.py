"""The languages that a shop can have; Snowball and Elasticsearch use the same names for them."""

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
"""In ``other``, and in languages without a Snowball stemmer, words are not stemmed."""

ENGLISH: Final[Language] = "english"
OTHER: Final[Language] = "other"

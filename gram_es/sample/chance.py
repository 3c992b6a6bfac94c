"""Chance that is the same in every process."""

from __future__ import annotations

import random


def source(*names: object) -> random.Random:
    """Return the random source that belongs to ``names``: a seed and what is drawn with it.

    Sources of their own keep a change to one type from changing all the others.
    """
    return random.Random("/".join(str(name) for name in names))  # noqa: S311

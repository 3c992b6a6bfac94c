"""Fingerprints as people compare them."""

from __future__ import annotations

from gram_es.index.lifecycle import LiveIndex

_SHOWN_CHARS = 12


def short(fingerprint: str | None) -> str:
    """Return as much of a fingerprint as tells models apart."""
    return fingerprint[:_SHOWN_CHARS] if fingerprint else "no model"


def live_fingerprint(live: LiveIndex) -> str | None:
    """Return the model whose codes are live in the index, or ``None``."""
    slot = live.slots.get(live.live_slot or "")
    return slot.fingerprint if slot else None

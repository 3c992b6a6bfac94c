"""Does a model fit an index: the one sentence that says which side is what, and what mends it."""

from __future__ import annotations

from pathlib import Path

from gram_es.index.lifecycle import LiveIndex

_SHOWN_CHARS = 12


def short(fingerprint: str) -> str:
    """Return as much of a fingerprint as people compare."""
    return fingerprint[:_SHOWN_CHARS]


def live_fingerprint(live: LiveIndex) -> str | None:
    """Return the model whose codes are live in the index, or ``None``."""
    slot = live.slots.get(live.live_slot or "")
    return slot.fingerprint if slot else None


def misfit(live: LiveIndex, own: str, folder: Path) -> str | None:
    """Return what is wrong if the live codes are not those of the model in ``folder``."""
    held = live_fingerprint(live)
    if held == own:
        return None
    return (
        f"the model in {folder} is {short(own)}, but the codes in {live.index} are those of "
        f"{short(held) if held else 'no model'}; name that model's folder (--model, "
        f"GRAM_ES_MODEL), or make this one live with gram-es index install --model {folder}"
    )

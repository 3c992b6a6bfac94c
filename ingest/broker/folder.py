"""Celery's filesystem transport with messages that appear whole.

kombu 5.7 opens a message under its final name and writes it afterwards, and its consumer takes no
lock: it can move away and parse a message that is still empty. Here a message is written under
another name and then renamed. All else is kombu's: taking a message is a rename into the folder
``processed``, so two workers never take the same one; there are no acknowledgements, so what a
killed worker had taken is forgotten, and the ledger has to send it again.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

_KEPT_S = 24 * 3600.0


class Channel(filesystem.Channel):
    """A channel whose messages are put in place by a rename."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        stem = f"{time.time_ns()}_{uuid.uuid4()}"  # consumers take messages in the order of names
        unfinished = folder / f"{stem}.{queue}.part"
        unfinished.write_text(dumps(payload), encoding="utf-8")  # type: ignore[no-untyped-call]
        unfinished.rename(folder / f"{stem}.{queue}.msg")


class Transport(filesystem.Transport):
    """The transport behind ``filesystem://``."""

    Channel = Channel


def make_folders(root: Path) -> dict[str, str]:
    """Make the broker's folders, on one disk so that a rename is atomic; return the options."""
    queue, processed, control = (root / name for name in ("queue", "processed", "control"))
    for folder in (queue, processed, control):
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "processed_folder": str(processed),
        "control_folder": str(control),
    }


def prune_processed(root: Path) -> None:
    """Remove messages that were taken a day ago or earlier: all they tell is in the ledger."""
    limit = time.time() - _KEPT_S
    for message in (root / "processed").glob("*.msg"):
        try:
            if message.stat().st_mtime < limit:
                message.unlink()
        except FileNotFoundError:  # another worker prunes too
            continue

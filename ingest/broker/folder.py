"""Celery's filesystem transport, with messages that are written atomically.

kombu 5.7 creates a file with the final name first and writes the message into it afterwards. Its
consumer uses no lock, so the consumer can read a file that is still empty. Here a message is
written under a temporary name and then renamed. The other code is kombu's. Receiving a message
renames it into the folder ``processed``, so two workers never receive the same one. There are no
acknowledgements: a message that a killed worker had received is lost, and the batch is resent from
the ledger.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

_RETENTION_S = 24 * 3600.0


class Channel(filesystem.Channel):
    """A channel that writes a message to a temporary file and publishes it by a rename."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        stem = f"{time.time_ns()}_{uuid.uuid4()}"  # consumers receive messages in order of name
        unfinished = folder / f"{stem}.{queue}.part"
        unfinished.write_text(dumps(payload), encoding="utf-8")  # type: ignore[no-untyped-call]
        unfinished.rename(folder / f"{stem}.{queue}.msg")


class Transport(filesystem.Transport):
    """The transport for ``filesystem://``."""

    Channel = Channel


def make_folders(root: Path) -> dict[str, str]:
    """Create the broker's folders and return the transport options that contain their paths.

    The folders are on one disk, so that renames between them are atomic.
    """
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
    """Delete messages that were received more than a day ago; the ledger stores the batches."""
    limit = time.time() - _RETENTION_S
    for message in (root / "processed").glob("*.msg"):
        try:
            if message.stat().st_mtime < limit:
                message.unlink()
        except FileNotFoundError:  # another worker deleted it
            continue
